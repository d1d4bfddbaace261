"""The agent's front: its Unix socket beside its TCP port, idle connections, and what the policy takes."""

import json
import selectors
import socket
import subprocess
import time
from statistics import median

import agent
import methods
from processes import Failure
from upstream import XUI

CONNECTIONS = 16
IDLE_CONNECTIONS = 10_000
# Of those who make the connections, as the agent's are as many.
OWN_DESCRIPTORS = 200
HOST = "xcap.home1.net"
PATH = f"/pres-rules/users/{XUI}/index"
AGENT = """\
[log]
access = false
level = "error"
[card]
pin_file = "{folder}/pin"
pin_latch_file = "{folder}/pin-latch"
[ub]
bsf_host = "{bsf[name]}"
bsf_address = "127.0.0.1:{bsf[port]}"
[tls]
ca_file = "{ca}"
[limits]
connections = 11000
connections_per_uid = 11000
connections_per_caller = 11000
[[naf]]
name = "xcap.home1.net"
address = "127.0.0.1:{naf_port}"
[[socket]]
name = "apps"
path = "{folder}/front.sock"
mode = "0666"
[tcp]
port = {port}
[[application]]
name = "bench"
sockets = ["tcp"]
token_sha256 = "{token_sha256}"
nafs = ["*.home1.net"]
auids = ["pres-rules"]
[[application]]
name = "bench-unix"
sockets = ["apps"]
nafs = ["*.home1.net"]
auids = ["pres-rules"]
"""


class Door:
    """How to connect, and what a request looks like there."""

    def __init__(self, program, address, headers=()):
        self.program, self.address = program, address
        self.family = socket.AF_UNIX if isinstance(address, str) else socket.AF_INET
        fields = "".join(f"{header}\r\n" for header in (f"Host: {HOST}", *headers))
        self.request = f"GET {PATH} HTTP/1.1\r\n{fields}\r\n".encode()

    def connect(self):
        connection = socket.socket(self.family)
        connection.connect(self.address)
        return connection


def whole_answer(data):
    """Whether `data` is an answer of 200 with all of its body."""
    head, _, body = data.partition(b"\r\n\r\n")
    if not head.startswith(b"HTTP/1.1 200"):
        raise Failure(f"front: {data[:400]}")
    for line in head.split(b"\r\n"):
        if line.lower().startswith(b"content-length:"):
            return len(body) >= int(line.partition(b":")[2])
    return False


def load(door, seconds):
    """One request after the other on each connection: CPU of the agent in us a request, requests a second."""
    selector = selectors.DefaultSelector()
    data = {}
    for _ in range(CONNECTIONS):
        connection = door.connect()
        connection.sendall(door.request)
        selector.register(connection, selectors.EVENT_READ)
        data[connection] = b""
    count = 0
    cpu, began = door.program.cpu_seconds(), time.monotonic()
    while time.monotonic() - began < seconds:
        for key, _ in selector.select(1):
            connection = key.fileobj
            data[connection] += connection.recv(65536)
            if b"\r\n\r\n" in data[connection] and whole_answer(data[connection]):
                data[connection] = b""
                count += 1
                connection.sendall(door.request)
    cpu, took = door.program.cpu_seconds() - cpu, time.monotonic() - began
    for connection in data:
        connection.close()
    selector.close()
    if not count:
        raise Failure(f"front: no answer\n{door.program.last_lines()}")
    return {"cpu_us": cpu * 1e6 / count, "per_second": count / took}


def idle_octets(door, count):
    """Anonymous memory of the agent for each of so many connections that have had their answer and rest."""
    connections = []
    before = door.program.memory()["anonymous_kb"]
    for _ in range(count):
        connection = door.connect()
        connection.sendall(door.request)
        data = b""
        while not (b"\r\n\r\n" in data and whole_answer(data)):
            data += connection.recv(65536)
        connections.append(connection)
    octets = (door.program.memory()["anonymous_kb"] - before) * 1024 / count
    for connection in connections:
        connection.close()
    return octets


def decision_ns(build):
    program = build / "tests/bench/policy-decision"
    if not program.exists():
        raise Failure(f"{program} is not built: ninja -C {build} tests/bench/policy-decision")
    return json.loads(subprocess.run([program], capture_output=True, check=True, text=True).stdout)["decision_ns"]


def start(programs, operator):
    """The agent with both doors, in front of ut-lab's NAF."""
    folder = programs.folder
    (folder / "front-lab.toml").write_text(agent.LAB + f'[[naf]]\nname = "{HOST}"\n')
    lab = programs.start("ut-lab-front", [operator.binaries["ut-lab"], "--config", folder / "front-lab.toml",
                                          "--dir", folder / "front-lab"], stdout=subprocess.PIPE)
    described = json.loads(lab.process.stdout.readline() or "{}")
    if not described:
        raise Failure(f"ut-lab does not start:\n{lab.last_lines()}")
    program, port, headers = agent.launch(programs, operator, AGENT, bsf=described["bsf"], ca=described["ca_file"],
                                          naf_port=described["nafs"][0]["port"])
    methods.store_document(methods.Relay(program, port, PATH, headers, host=HOST))
    doors = {"tcp": Door(program, ("127.0.0.1", port), headers), "unix": Door(program, str(folder / "front.sock"))}
    return lab, program, doors


def measure(programs, operator, build, rounds, seconds, descriptors):
    """The medians of the rounds; `descriptors`: how many a process may have."""
    found = {"decision_ns": decision_ns(build), "idle_connections": min(IDLE_CONNECTIONS, descriptors - OWN_DESCRIPTORS)}
    lab, program, doors = start(programs, operator)
    loads = {name: [] for name in doors}
    for door in doors.values():
        load(door, 1)
    for number in range(rounds):
        for name in sorted(doors, reverse=bool(number % 2)):
            loads[name].append(load(doors[name], seconds))
    for name, of_door in loads.items():
        found[name] = {key: median(one[key] for one in of_door) for key in of_door[0]}
    found["idle_octets"] = idle_octets(doors["unix"], found["idle_connections"])
    programs.stop(program)
    programs.stop(lab)
    return found
