"""Load on one relay, and what it cost the relay."""

import http.client
import json
import subprocess
import threading
import time
from pathlib import Path

from processes import Failure
from upstream import DOCUMENT_OCTETS

REPORT = Path(__file__).resolve().parent / "wrk-report.lua"


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


def wrk(relay, connections, seconds):
    done = subprocess.run(
        ["wrk", "-t1", f"-c{connections}", f"-d{seconds}s", "--timeout", "10s", "-s", REPORT,
         *wrk_headers(relay), f"http://127.0.0.1:{relay.port}{relay.path}"],
        capture_output=True, text=True, timeout=seconds + 30, check=False)
    for line in done.stdout.splitlines():
        if line.startswith("RESULT "):
            return json.loads(line.removeprefix("RESULT "))
    raise Failure(f"wrk: {done.stdout}{done.stderr}")


def load(relay, connections, seconds):
    """One point of the table. Memory is read shortly before the end, with all connections open."""
    wrk(relay, connections, 1)  # fills pools and caches
    memory = {}
    reader = threading.Timer(seconds * 0.8, lambda: memory.update(relay.program.memory()))
    reader.start()
    before = relay.program.cpu_seconds()
    point = wrk(relay, connections, seconds)
    cpu = relay.program.cpu_seconds() - before
    reader.join()
    good = point["requests"] - point["refused"]
    if good <= 0:
        raise Failure(f"{relay.program.name}: no request succeeded\n{relay.program.last_lines()}")
    point["cpu_us"] = cpu * 1e6 / good
    point["per_second"] = good / point["seconds"]
    return point | memory


def wake_ups(program, seconds):
    """Wake-ups a second of all threads of an idle program."""
    before = program.voluntary_switches()
    time.sleep(seconds)
    return (program.voluntary_switches() - before) / seconds
