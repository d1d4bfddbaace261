"""The one server behind all relays: nginx with TLS, which is also a NAF that checks HTTP Digest."""

import json
import subprocess
import urllib.request
from pathlib import Path

from processes import Failure, free_port, listening

NAF = "xcap.home1.net"
DOCUMENT_OCTETS = 2048
XUI = "sip:alice@ims.mnc001.mcc001.3gppnetwork.org"
OPEN_PATH = "/open/document"               # for the relays that only originate TLS
UT_PATH = f"/pres-rules/users/{XUI}/index"  # the same octets, for authenticated requests only
HERE = Path(__file__).resolve().parent
LUA_MODULE = Path("/usr/lib/nginx/modules/ngx_http_lua_module.so")

CONFIGURATION = """\
load_module /usr/lib/nginx/modules/ndk_http_module.so;
load_module {lua_module};
daemon off;
master_process off;
pid {folder}/upstream.pid;
error_log {folder}/upstream.log warn;
worker_rlimit_nofile 8192;
events {{ worker_connections 4096; }}
http {{
  access_log off;
  client_body_temp_path {folder}/temp;
  proxy_temp_path {folder}/temp;
  fastcgi_temp_path {folder}/temp;
  uwsgi_temp_path {folder}/temp;
  scgi_temp_path {folder}/temp;
  default_type application/xml;
  tcp_nodelay on;
  keepalive_timeout 300s;
  keepalive_requests 100000000;
  init_by_lua_block {{ naf = assert(loadfile("{here}/naf.lua"))("{naf}") }}
  server {{
    listen 127.0.0.1:{port} ssl backlog=1024;
    server_name {naf};
    ssl_certificate {folder}/naf.pem;
    ssl_certificate_key {folder}/naf.key;
    ssl_protocols TLSv1.2 TLSv1.3;
    ssl_session_cache shared:tls:4m;
    root {folder}/documents;
    location = {open_path} {{ }}
    location = {ut_path} {{ access_by_lua_block {{ naf.check() }} }}
    # Zn: the BSF is asked for the key of a B-TID that is not known yet.
    location = /zn {{
      internal;
      proxy_pass http://127.0.0.1:{zn_port}/ks-naf;
      proxy_pass_request_headers off;
    }}
  }}
  server {{
    listen 127.0.0.1:{statistics_port};
    location / {{ content_by_lua_block {{ naf.say_statistics() }} }}
  }}
}}
"""


def make_certificates(folder):
    """A CA and the NAF's certificate, ECDSA P-256, made anew each time."""
    def openssl(*arguments):
        done = subprocess.run(["openssl", *arguments], cwd=folder, capture_output=True, text=True)
        if done.returncode != 0:
            raise Failure(f"openssl {arguments[0]}: {done.stderr}")

    key = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-noenc"]
    openssl("req", "-x509", *key, "-keyout", "ca.key", "-out", "ca.pem", "-days", "2",
            "-subj", "/CN=bench CA", "-addext", "keyUsage=critical,keyCertSign,cRLSign")
    openssl("req", *key, "-keyout", "naf.key", "-out", "naf.csr", "-subj", f"/CN={NAF}")
    (folder / "naf.ext").write_text(
        f"subjectAltName=DNS:{NAF}\nbasicConstraints=CA:FALSE\n"
        "keyUsage=critical,digitalSignature\nextendedKeyUsage=serverAuth\n")
    openssl("x509", "-req", "-in", "naf.csr", "-CA", "ca.pem", "-CAkey", "ca.key",
            "-out", "naf.pem", "-days", "2", "-sha256", "-extfile", "naf.ext")


class Upstream:
    """Runs until the programs end. Without an operator nobody can be authenticated."""

    def __init__(self, programs, operator):
        if not LUA_MODULE.exists():
            raise Failure("nginx's Lua module is missing: apt-get install libnginx-mod-http-lua")
        folder = programs.folder
        make_certificates(folder)
        self.ca = folder / "ca.pem"
        self.port = free_port()
        self.statistics_port = free_port()
        for path in (OPEN_PATH, UT_PATH):
            document = folder / "documents" / path.lstrip("/")
            document.parent.mkdir(parents=True)
            document.write_bytes(b"<presence/>\n".ljust(DOCUMENT_OCTETS, b" "))
        configuration = folder / "upstream.conf"
        configuration.write_text(CONFIGURATION.format(
            folder=folder, here=HERE, naf=NAF, port=self.port, lua_module=LUA_MODULE,
            statistics_port=self.statistics_port, zn_port=operator.zn_port if operator else 9,
            open_path=OPEN_PATH, ut_path=UT_PATH))
        program = programs.start("upstream", ["nginx", "-p", folder, "-e", folder / "upstream.log",
                                              "-c", configuration])
        program.wait_for(lambda: listening(self.port) and listening(self.statistics_port), 5,
                         "to listen")

    def statistics(self):
        """What the NAF counted: see naf.lua."""
        with urllib.request.urlopen(f"http://127.0.0.1:{self.statistics_port}/", timeout=5) as answer:
            return json.load(answer)
