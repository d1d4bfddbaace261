"""Round trips that a request costs when the operator is far away: name look-up and TCP counted."""

import json
import socket
import subprocess
import time
from pathlib import Path

import agent
from link import FAR, SlowLink
from processes import Failure
from upstream import XUI

ROUND_TRIP_SECONDS = 0.04
NAF = "xcap.home1.net"
LAB = agent.LAB + """\
[[naf]]
name = "xcap.home1.net"
port = 443
"""
AGENT = """\
[card]
pin_file = "{folder}/pin"
pin_latch_file = "{folder}/pin-latch"
[ub]
bsf_host = "{bsf_name}"
[tls]
ca_file = "{folder}/far-lab/ca.pem"
[[socket]]
name = "apps"
path = "{folder}/ut.sock"
[[application]]
name = "bench"
sockets = ["apps"]
users = ["{user}"]
nafs = ["{naf}"]
auids = ["pres-rules"]
"""


def fetch(path):
    """Seconds until the whole answer to a GET was there."""
    request = f"GET http://{NAF}/pres-rules/users/{XUI}/index HTTP/1.1\r\nHost: {NAF}\r\nConnection: close\r\n\r\n"
    start = time.monotonic()
    with socket.socket(socket.AF_UNIX) as application:
        application.connect(str(path))
        application.sendall(request.encode())
        answer = b"".join(iter(lambda: application.recv(65536), b""))
    seconds = time.monotonic() - start
    if not answer.startswith(b"HTTP/1.1 404 ") or b"problem+json" in answer:
        raise Failure(f"the request over the slow link failed:\n{answer.decode(errors='replace')}")
    return seconds


def fresh_agent(programs, operator, bsf_name, user):
    folder = programs.folder
    (folder / "ut.sock").unlink(missing_ok=True)
    settings = folder / "far-agent.toml"
    settings.write_text(AGENT.format(folder=folder, bsf_name=bsf_name, naf=NAF, user=user))
    agent.write_private(folder / "pin", agent.PIN)
    program = programs.start("ut-agent-far", [operator.binaries["ut-agent"], "--config", settings])
    program.wait_for((folder / "ut.sock").exists, 10, "to listen")
    time.sleep(agent.SETTLING_SECONDS)
    return program


def one_operator(programs, operator, link, naf_lines, use):
    """What `use` gives (of a function that posts to the lab) beside an operator at the far end."""
    folder = programs.folder
    (folder / "far-lab.toml").write_text('bsf_name = "bsf.home1.net"\nbsf_port = 80\n' + LAB + naf_lines)
    lab = programs.start("ut-lab-far", [*link.command(), operator.binaries["ut-lab"], "--config",
                                        folder / "far-lab.toml", "--dir", folder / "far-lab"],
                         stdout=subprocess.PIPE)
    described = json.loads(lab.process.stdout.readline() or "{}")
    if not described:
        raise Failure(f"ut-lab does not start:\n{lab.last_lines()}")
    far_end = programs.start("far_end", [*link.command(), "/usr/bin/python3",
                                         Path(__file__).with_name("far_end.py"), FAR, 80, 443],
                             stdout=subprocess.PIPE)
    far_end.process.stdout.readline()
    control = f"http://127.0.0.1:{described['control']['port']}"

    def post(path, body=""):
        subprocess.run([*link.command(), "curl", "-sSf", "-o", "/dev/null", "-d", body, f"{control}/{path}"],
                       check=True)
    try:
        return use(post, described["bsf"]["name"])
    finally:
        programs.stop(far_end)
        programs.stop(lab)


def measure(programs, operator, user):
    """Round trips by kind of request."""
    names = programs.folder / "resolv.conf"
    names.write_text(f"nameserver {FAR}\noptions timeout:2\n")
    subprocess.run(["mount", "--bind", names, "/etc/resolv.conf"], check=True)
    path = programs.folder / "ut.sock"

    def trips(seconds):
        return round(seconds / ROUND_TRIP_SECONDS, 2)

    with SlowLink(programs, ROUND_TRIP_SECONDS / 2) as link:
        def plain(post, bsf_name):
            program = fresh_agent(programs, operator, bsf_name, user)
            found = {"cold": trips(fetch(path)), "warm": trips(min(fetch(path) for _ in range(5)))}
            post("faults", '{"fault": "stale-nonce", "count": 1}')
            found["stale"] = trips(fetch(path))
            programs.stop(program)
            return found

        def with_nextnonce(_, bsf_name):
            program = fresh_agent(programs, operator, bsf_name, user)
            fetch(path)
            found = {"nextnonce": trips(min(fetch(path) for _ in range(5)))}
            programs.stop(program)
            return found
        found = one_operator(programs, operator, link, "", plain)
        found |= one_operator(programs, operator, link, 'nonce_mode = "one-time"\nnext_nonce = true\n', with_nextnonce)
    subprocess.run(["umount", "/etc/resolv.conf"], check=True)
    return found
