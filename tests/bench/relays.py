"""The peers: what stands between the load and the upstream and only originates TLS."""

from dataclasses import dataclass
from pathlib import Path

from processes import Program, free_port, listening
from upstream import NAF, OPEN_PATH


@dataclass
class Relay:
    """A running relay, and how the load reaches it."""
    program: Program
    port: int
    path: str = OPEN_PATH
    headers: tuple = ()
    host: str = NAF


NGINX = """\
daemon off;
master_process off;
pid {folder}/nginx.pid;
error_log {folder}/nginx.log warn;
worker_rlimit_nofile 8192;
events {{ worker_connections 4096; }}
http {{
  access_log off;
  client_body_temp_path {folder}/temp;
  proxy_temp_path {folder}/temp;
  fastcgi_temp_path {folder}/temp;
  uwsgi_temp_path {folder}/temp;
  scgi_temp_path {folder}/temp;
  keepalive_timeout 300s;
  keepalive_requests 100000000;
  upstream naf {{
    server 127.0.0.1:{upstream_port};
    keepalive 256;
    keepalive_requests 100000000;
  }}
  server {{
    listen 127.0.0.1:{port} backlog=1024;
    location / {{
      proxy_pass https://naf;
      proxy_http_version 1.1;
      proxy_set_header Connection "";
      proxy_set_header Host {naf};
      proxy_ssl_server_name on;
      proxy_ssl_name {naf};
      proxy_ssl_protocols TLSv1.2 TLSv1.3;
      proxy_ssl_verify on;
      proxy_ssl_trusted_certificate {ca};
    }}
  }}
}}
"""

HAPROXY = """\
global
  nbthread 1
  maxconn 4096
defaults
  mode http
  timeout connect 10s
  timeout client 300s
  timeout server 300s
  http-reuse always
listen relay
  bind 127.0.0.1:{port} backlog 1024
  server naf 127.0.0.1:{upstream_port} ssl ssl-min-ver TLSv1.2 verify required ca-file {ca} \
sni str({naf}) verifyhost {naf} pool-max-conn -1
"""

STUNNEL = """\
foreground = yes
debug = warning
output = {folder}/stunnel.log
pid =
[naf]
client = yes
accept = 127.0.0.1:{port}
connect = 127.0.0.1:{upstream_port}
sslVersionMin = TLSv1.2
verifyChain = yes
CAfile = {ca}
checkHost = {naf}
sni = {naf}
socket = l:TCP_NODELAY=1
socket = r:TCP_NODELAY=1
"""


def start_peer(name, programs, upstream):
    """Starts nginx, haproxy or stunnel anew, on a port of its own."""
    template, command = {
        "nginx": (NGINX, lambda file: ["nginx", "-p", programs.folder,
                                       "-e", programs.folder / "nginx.log", "-c", file]),
        "haproxy": (HAPROXY, lambda file: ["haproxy", "-db", "-f", file]),
        "stunnel": (STUNNEL, lambda file: ["stunnel", file]),
    }[name]
    port = free_port()
    file = Path(programs.folder) / f"{name}.conf"
    file.write_text(template.format(folder=programs.folder, port=port, naf=NAF, ca=upstream.ca,
                                    upstream_port=upstream.port))
    program = programs.start(name, command(file))
    program.wait_for(lambda: listening(port), 5, "to listen")
    return Relay(program, port)
