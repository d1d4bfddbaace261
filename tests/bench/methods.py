"""CPU time of the agent for a warm request by method, beside HTTP Digest's, with ut-lab as the operator."""

import http.client
import json
import subprocess
from statistics import median

import agent
import measure as load
from handshakes import openssl
from processes import Failure
from relays import Relay
from upstream import DOCUMENT_OCTETS, XUI

REFERENCE = "digest"
# By method: what the NAF of the lab does, and what the agent may do there.
METHODS = {
    REFERENCE: ("", ""),
    "PSK TLS 1.2": ('methods = ["psk"]\ntls_max = "1.2"\n', 'methods = ["psk"]\npsk_tls = ["1.2"]\n'),
    "PSK TLS 1.3": ('methods = ["psk"]\ntls_min = "1.3"\n', 'methods = ["psk"]\npsk_tls = ["1.3"]\n'),
    "client certificate": ('methods = ["certificate"]\nclient_ca_file = "{folder}/methods-ca.pem"\n',
                           'methods = ["certificate"]\nclient_certificate = "{folder}/methods-user.pem"\n'
                           'client_key = "{folder}/methods-user.key"\n'),
    "AKAv2": ('methods = ["aka"]\n', 'methods = ["aka"]\n'),
}
CONNECTIONS = 16
AGENT = """\
[log]
access = false
[card]
pin_file = "{folder}/pin"
pin_latch_file = "{folder}/pin-latch"
[ub]
bsf_host = "{bsf[name]}"
bsf_address = "127.0.0.1:{bsf[port]}"
[tls]
ca_file = "{ca}"
{nafs}
[tcp]
port = {port}
[[application]]
name = "bench"
sockets = ["tcp"]
token_sha256 = "{token_sha256}"
nafs = ["*.home1.net"]
auids = ["pres-rules"]
"""


def fqdn(method):
    return method.lower().replace(" ", "-").replace(".", "-") + ".home1.net"


def make_certificate(folder):
    """A CA, and of it the subscriber's certificate."""
    key = ("-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "2")
    openssl("req", "-x509", *key, "-subj", "/CN=bench-users", "-keyout", folder / "methods-ca.key", "-out", folder / "methods-ca.pem")
    openssl("req", *key, "-subj", f"/CN={agent.IMPI}", "-keyout", folder / "methods-user.key", "-out", folder / "methods-user.csr")
    openssl("x509", "-req", "-days", "2", "-CA", folder / "methods-ca.pem", "-CAkey", folder / "methods-ca.key",
            "-CAcreateserial", "-in", folder / "methods-user.csr", "-out", folder / "methods-user.pem")
    (folder / "methods-user.key").chmod(0o600)


def start_lab(programs, operator):
    folder = programs.folder
    nafs = "".join(f'[[naf]]\nname = "{fqdn(method)}"\n{lab.format(folder=folder)}' for method, (lab, _) in METHODS.items())
    (folder / "methods-lab.toml").write_text(agent.LAB + nafs)
    lab = programs.start("ut-lab-methods", [operator.binaries["ut-lab"], "--config", folder / "methods-lab.toml",
                                            "--dir", folder / "methods-lab"], stdout=subprocess.PIPE)
    described = json.loads(lab.process.stdout.readline() or "{}")
    if not described:
        raise Failure(f"ut-lab does not start:\n{lab.last_lines()}")
    return lab, described


def start_agent(programs, operator, described):
    """The agent, and how the load reaches each NAF through it."""
    folder = programs.folder
    ports = {naf["name"]: naf["port"] for naf in described["nafs"]}
    nafs = "".join(f'[[naf]]\nname = "{fqdn(method)}"\naddress = "127.0.0.1:{ports[fqdn(method)]}"\n{own.format(folder=folder)}'
                   for method, (_, own) in METHODS.items())
    program, port, headers = agent.launch(programs, operator, AGENT, bsf=described["bsf"], ca=described["ca_file"], nafs=nafs)
    return program, {method: Relay(program, port, f"/pres-rules/users/{XUI}/index", headers, host=fqdn(method))
                     for method in METHODS}


def store_document(relay):
    text = '<ruleset xmlns="urn:ietf:params:xml:ns:common-policy"><!--{}--></ruleset>'
    body = text.format(" " * (DOCUMENT_OCTETS - len(text) + 2))
    headers = {"Host": relay.host, "Content-Type": "application/auth-policy+xml",
               **dict(header.split(": ", 1) for header in relay.headers)}
    connection = http.client.HTTPConnection("127.0.0.1", relay.port, timeout=20)
    connection.request("PUT", relay.path, body=body, headers=headers)
    answer = connection.getresponse()
    said = answer.read()
    connection.close()
    if answer.status not in (200, 201):
        raise Failure(f"{relay.host}: {answer.status} {said[:600].decode(errors='replace')}\n{relay.program.last_lines()}")


def measure(programs, operator, rounds, seconds):
    """{method: us of CPU a request}, the medians of the rounds."""
    make_certificate(programs.folder)
    lab, described = start_lab(programs, operator)
    program, relays = start_agent(programs, operator, described)
    found = {method: [] for method in METHODS}
    for relay in relays.values():
        store_document(relay)
    for _ in range(rounds):
        for method, point in load.load(relays, CONNECTIONS, seconds).items():
            found[method].append(point["cpu_us"])
    programs.stop(program)
    programs.stop(lab)
    return {method: median(costs) for method, costs in found.items()}
