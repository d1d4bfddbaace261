"""Load on one relay, and what it cost the relay."""

import http.client
import json
import mmap
import signal
import struct
import subprocess
import tempfile
import time
from contextlib import ExitStack
from pathlib import Path
from statistics import median

from processes import Failure
from upstream import DOCUMENT_OCTETS

SCRIPT = Path(__file__).resolve().parent / "wrk.lua"
SETTLING_SECONDS = 0.05  # after which a relay has answered what it was sent


def rotated(names, number):
    """Another one first each time, so that none always follows the same one."""
    at = number % len(names)
    return names[at:] + names[:at]


def wrk_headers(relay):
    """The same for every relay: what an application of ut-agent sends over TCP."""
    headers = [f"Host: {relay.host}", *relay.headers]
    return [part for header in headers for part in ("-H", header)]


def fetch(relay):
    """One request on a connection of its own; seconds until the whole document was there."""
    headers = {"Host": relay.host, **dict(header.split(": ", 1) for header in relay.headers)}
    started = time.perf_counter()
    connection = http.client.HTTPConnection("127.0.0.1", relay.port, timeout=20)
    connection.request("GET", relay.path, headers=headers)
    answer = connection.getresponse()
    body = answer.read()
    taken = time.perf_counter() - started
    connection.close()
    if answer.status != 200 or len(body) != DOCUMENT_OCTETS:
        raise Failure(f"{relay.program.name}: {answer.status} with {len(body)} octets\n"
                      f"{body[:600].decode(errors='replace')}\n{relay.program.last_lines()}")
    return taken


class Wrk:
    """wrk, whose connections to the relay stay open: it sends one request after the other on each while it is let."""

    def __init__(self, relay, connections):
        with tempfile.TemporaryFile() as file:
            file.truncate(8)
            self.counter = mmap.mmap(file.fileno(), 8)
            self.process = subprocess.Popen(
                ["wrk", "-t1", f"-c{connections}", "-d1h", "--timeout", "30s", "-s", SCRIPT, *wrk_headers(relay),
                 f"http://127.0.0.1:{relay.port}{relay.path}", "--", f"/proc/self/fd/{file.fileno()}"],
                stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, pass_fds=(file.fileno(),))

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.process.kill()
        self.process.communicate()

    def sent(self):
        return struct.unpack("=Q", self.counter)[0]

    def let(self):
        self.process.send_signal(signal.SIGCONT)

    def hold(self):
        self.process.send_signal(signal.SIGSTOP)
        time.sleep(SETTLING_SECONDS)

    def end(self):
        """What it says of all its requests."""
        self.let()
        time.sleep(SETTLING_SECONDS)  # a signal to a held program could go to the thread that does not wait for it
        self.process.send_signal(signal.SIGINT)
        said = self.process.communicate(timeout=30)[0]
        for line in said.splitlines():
            if line.startswith("RESULT "):
                return json.loads(line.removeprefix("RESULT "))
        raise Failure(f"wrk: {said}")


def turn(relay, wrk):
    """A second of load. Memory is read shortly before its end."""
    sent, cpu = wrk.sent(), relay.program.cpu_seconds()
    wrk.let()
    time.sleep(0.8)
    memory = relay.program.memory()
    time.sleep(0.2)
    wrk.hold()
    return memory | {"requests": wrk.sent() - sent, "cpu": relay.program.cpu_seconds() - cpu}


def point(relay, turns, said):
    """A point of the table."""
    # wrk counts those that were not answered with 200 over all turns alone.
    good = sum(one["requests"] for one in turns) * (1 - said["refused"] / max(1, said["requests"]))
    if good <= 0:
        raise Failure(f"{relay.program.name}: no request succeeded\n{relay.program.last_lines()}")
    return {"cpu_us": sum(one["cpu"] for one in turns) * 1e6 / good, "per_second": good / len(turns),
            **{key: median(one[key] for one in turns) for key in ("anonymous_kb", "total_kb")},
            **{key: said[key] for key in ("refused", "broken", "late")}}


def load(relays, connections, seconds):
    """{name: a point of the table} of so many seconds of load for each of {name: relay}: a second each in turn, so that a
    machine which is now faster and now slower is so for all. The first one fills pools and caches, and is not counted."""
    with ExitStack() as stack:
        wrks, turns = {}, {name: [] for name in relays}
        for name, relay in relays.items():
            wrks[name] = stack.enter_context(Wrk(relay, connections))
            turn(relay, wrks[name])
        for number in range(seconds):
            for name in rotated(list(relays), number):
                turns[name].append(turn(relays[name], wrks[name]))
        return {name: point(relay, turns[name], wrks[name].end()) for name, relay in relays.items()}


def wake_ups(program, seconds):
    """Wake-ups a second of all threads of an idle program."""
    before = program.voluntary_switches()
    time.sleep(seconds)
    return (program.voluntary_switches() - before) / seconds
