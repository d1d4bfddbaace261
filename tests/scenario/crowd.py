#!/usr/bin/python3
"""What tests/scenario/crowd does to the agent: crowd.py STAGE.JSON

STAGE.JSON: "first" and "second", the sockets of two applications of one user; "agent", "lab", "bulk_pid", process ids; "naf",
"impu"; "bulk", the FQDN of bulk-naf.py, "counts" its file; "connections", how many "first" may have; "sanitized",
whether the build has sanitizers, of which nobody asks what memory they need.

Each kind is a way in which the first application, or a NAF on its behalf, misbehaves, in a process of its own. While it
does, the second one makes requests: the median of what they take may be LIMIT times what it was right before and after,
each counted as FLOOR at least. What agent, lab and this program waited for a processor is not counted: that is what
else the machine has to do. It is measured anew up to TRIES times, and the least is taken. No single request may take LONGEST_SECONDS.

Prints "ok" or "not ok" and a text for each kind, and at the end a line "crowd: ...".
"""
import json
import multiprocessing
import os
import select
import signal
import socket
import struct
import sys
import time
import traceback
from statistics import median

with open(sys.argv[1], encoding="ascii") as stage_file:
    STAGE = json.load(stage_file)
NAF, BULK, AGENT = STAGE["naf"], STAGE["bulk"], STAGE["agent"]
FIRST, SECOND = STAGE["first"], STAGE["second"]
CONNECTIONS = STAGE["connections"]
TREE = f"/pres-rules/users/{STAGE['impu']}/"
LIMIT, FLOOR_SECONDS, TRIES, SAMPLES = 2.0, 0.001, 3, 40
LONGEST_SECONDS = 1.0  # of one request meanwhile
IDLE_OCTETS = 8192
CHANNEL_OCTETS = 256 * 1024  # of a channel that is made for a request: TLS, its buffers, one piece of an answer
# Of a connection that has gone: Asio keeps what it has of each descriptor for the next one, and with it a page each.
STAYING_OCTETS = 4096 + 512
# Configured in tests/scenario/crowd.
HEADER_SECONDS, BODY_SECONDS, WRITE_SECONDS = 1, 2, 2
LATE_SECONDS = 3  # beyond that, on a busy machine
MEBI = 2**20


# --- HTTP -------------------------------------------------------------------------------------------

def request(target, host=NAF, method="GET", fields="", body=b""):
    return f"{method} {target} HTTP/1.1\r\nHost: {host}\r\n{fields}\r\n".encode() + body


OWN = request(TREE + "index")
DENIED = request("/", "other.home1.net")


def put(target, body, host=NAF):
    fields = f"Content-Type: application/auth-policy+xml\r\nContent-Length: {len(body)}\r\n"
    return request(target, host, "PUT", fields, body)


def connect(path):
    connection = socket.socket(socket.AF_UNIX)
    connection.connect(path)  # without a timeout, as it waits then while many are not accepted yet
    connection.settimeout(30)
    return connection


class Answers:
    """Reads the answers of a connection, one after the other."""

    def __init__(self, connection):
        self.connection, self.data = connection, b""

    def more(self):
        piece = self.connection.recv(65536)
        if not piece:
            raise EOFError
        self.data += piece

    def head(self):
        """Status and fields; the body is next."""
        while b"\r\n\r\n" not in self.data:
            self.more()
        head, _, self.data = self.data.partition(b"\r\n\r\n")
        lines = head.decode("latin-1").split("\r\n")
        return int(lines[0].split(" ")[1]), dict(line.lower().split(": ", 1) for line in lines[1:])

    def next(self):
        """Status, body; 0 at the end of the connection."""
        try:
            status, fields = self.head()
        except (EOFError, ConnectionError):
            return 0, b""
        octets = int(fields["content-length"])
        while len(self.data) < octets:
            self.more()
        body, self.data = self.data[:octets], self.data[octets:]
        return status, body


def ask(path, octets):
    with connect(path) as connection:
        try:
            connection.sendall(octets)
        except BrokenPipeError:
            pass  # it was told something already
        return Answers(connection).next()


def problem(answer):
    status, body = answer
    return f"{status} {json.loads(body)['type'].rpartition(':')[2]}" if status else "0"


def ended(connection, seconds):
    """Reads to the end of the connection; what came, or None when it does not end in time."""
    connection.settimeout(seconds)
    data = b""
    try:
        while piece := connection.recv(65536):
            data += piece
    except ConnectionError:
        pass
    except TimeoutError:
        return None
    return data


def status_of(data):
    return int(data.split(b" ", 2)[1]) if data else 0


# --- the agent and the NAF, from outside ------------------------------------------------------------

def memory():
    """Octets of anonymous resident memory of the agent."""
    with open(f"/proc/{AGENT}/smaps_rollup", encoding="ascii") as rollup:
        return next(int(line.split()[1]) for line in rollup if line.startswith("Anonymous:")) * 1024


def descriptors():
    return len(os.listdir(f"/proc/{AGENT}/fd"))


def naf_counts():
    """Octets of bodies that the bulk NAF has sent, and read."""
    with open(STAGE["counts"], "rb") as counts:
        return struct.unpack("=QQ", counts.read(16))


def drop_naf_connections():
    os.kill(STAGE["bulk_pid"], signal.SIGUSR1)


def wait_until(condition, seconds):
    end = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > end:
            return False
        time.sleep(0.02)
    return True


def rests(value, seconds=0.3, most=10):
    """The value that does not change for so long."""
    before, since, end = value(), time.monotonic(), time.monotonic() + most
    while time.monotonic() < end and time.monotonic() - since < seconds:
        time.sleep(0.02)
        if value() != before:
            before, since = value(), time.monotonic()
    return before


def waited_for_processor():
    """Seconds that those on a request's way have been ready to run and had to wait, as others had the processors."""
    total = 0
    for pid in ("self", AGENT, STAGE["lab"]):
        with open(f"/proc/{pid}/schedstat", encoding="ascii") as statistics:
            total += int(statistics.read().split()[1])
    return total / 1e9


# --- the second application -------------------------------------------------------------------------

class Second:
    """It has one connection that it keeps, and makes as many requests on new ones."""

    def __init__(self):
        self.kept = connect(SECOND)
        self.answers = Answers(self.kept)
        self.ratios = []
        self.longest = 0

    def one(self, connection, answers):
        connection.sendall(OWN)
        status, _ = answers.next()
        if status != 200:
            raise AssertionError(f"the second application got {status}")

    def median(self):
        times = []
        for number in range(SAMPLES):
            waited, began = waited_for_processor(), time.perf_counter()
            if number % 2:
                self.one(self.kept, self.answers)
            else:
                with connect(SECOND) as connection:
                    self.one(connection, Answers(connection))
            took = time.perf_counter() - began
            times.append(took - (waited_for_processor() - waited))
        self.longest = max(self.longest, *times)
        return max(FLOOR_SECONDS, median(times))

    def ratio(self, misbehaves):
        """The best of several measurements, with the medians and the longest request in seconds."""
        best = None
        for _ in range(TRIES):
            before = self.median()
            with misbehaves:
                self.longest = 0
                during = self.median()
                longest = self.longest
            quiet = median([before, self.median()])
            if best is None or (longest >= LONGEST_SECONDS, during / quiet) < (best[3] >= LONGEST_SECONDS, best[0]):
                best = during / quiet, quiet, during, longest
            if best[0] < LIMIT and best[3] < LONGEST_SECONDS:
                break
        self.ratios.append(best[0])
        return best


# --- the first application --------------------------------------------------------------------------

class Misbehaviour:
    """A process that misbehaves between __enter__ and __exit__. `function(misbehaving, stop)` sets the first event when
    it does, goes on until the second one is set, and returns what is wrong, or nothing, and a text."""

    def __init__(self, function):
        self.function = function

    def run(self, sender, misbehaving, stop):
        signal.signal(signal.SIGTERM, signal.SIG_DFL)
        os.nice(10)  # it is the agent's time that it may take, not the processor's
        try:
            sender.send(self.function(misbehaving, stop))
        except BaseException:  # whatever it is, the parent tells it
            sender.send((traceback.format_exc(), ""))

    def __enter__(self):
        self.receiver, sender = multiprocessing.Pipe(duplex=False)
        self.stop, misbehaving = multiprocessing.Event(), multiprocessing.Event()
        self.process = multiprocessing.Process(target=self.run, args=(sender, misbehaving, self.stop))
        self.process.start()
        misbehaving.wait(30)

    def __exit__(self, *_):
        self.stop.set()
        self.wrong, self.text = self.receiver.recv() if self.receiver.poll(30) else ("it does not end", "")
        self.process.join(5)
        if self.process.is_alive():
            self.process.kill()


KINDS = []


def kind(name):
    def add(function):
        KINDS.append((name, function))
        return function
    return add


def all_are(outcomes, wanted, what):
    """What a kind returns whose every outcome is to be the same one."""
    count = sum(outcomes.values())
    wrong = "" if set(outcomes) == {wanted} else f"wanted {wanted}, got {outcomes}"
    return wrong, f"{count} {what}: {wanted}"


def loop(misbehaving, stop, step, wanted, what):
    """`step` over and over."""
    outcomes = {}
    while not stop.is_set() or not outcomes:
        for outcome in step():
            outcomes[outcome] = outcomes.get(outcome, 0) + 1
        misbehaving.set()
    return all_are(outcomes, wanted, what)


class Dripping:
    """Connections that are sent one octet after the other, and are opened anew when they are ended; what they got."""

    def __init__(self, count, octets, head=b""):
        self.octets, self.head = octets, head
        self.outcomes = {}
        self.open = {}
        for _ in range(count):
            self.begin()

    def begin(self):
        connection = connect(FIRST)
        connection.sendall(self.head)
        self.open[connection] = 0

    def step(self):
        for connection in select.select(list(self.open), [], [], 0)[0]:
            outcome = status_of(ended(connection, 10))
            self.outcomes[outcome] = self.outcomes.get(outcome, 0) + 1
            del self.open[connection]
            connection.close()
            self.begin()
        for connection, at in self.open.items():
            try:
                connection.send(self.octets[at % len(self.octets):][:1])
            except (BrokenPipeError, ConnectionResetError):
                pass  # there is an answer to read
            self.open[connection] = at + 1
        time.sleep(0.02)

    def run(self, misbehaving, stop, seconds):
        end = time.monotonic() + seconds + LATE_SECONDS
        while not stop.is_set() or (not self.outcomes and time.monotonic() < end):
            self.step()
            misbehaving.set()
        return all_are(self.outcomes or {"no end": 1}, 408, "connections")


@kind("headers that come octet by octet")
def slow_headers(misbehaving, stop):
    return Dripping(50, b"X: y\r\n", b"GET / HTTP/1.1\r\n").run(misbehaving, stop, HEADER_SECONDS)


@kind("bodies that come octet by octet")
def slow_bodies(misbehaving, stop):
    return Dripping(20, b"x", request(TREE + "slow", method="PUT", fields="Content-Length: 100000\r\n")).run(
        misbehaving, stop, BODY_SECONDS)


@kind("chunks that come octet by octet")
def slow_chunks(misbehaving, stop):
    return Dripping(20, b"1\r\nx\r\n", request(TREE + "slow", method="PUT", fields="Transfer-Encoding: chunked\r\n")).run(
        misbehaving, stop, BODY_SECONDS)


@kind("bodies that were announced and never come")
def no_bodies(misbehaving, stop):
    head = request(TREE + "slow", method="PUT", fields="Content-Length: 9\r\nExpect: 100-continue\r\n")
    connections = [connect(FIRST) for _ in range(50)]
    for connection in connections:
        connection.sendall(head)
    misbehaving.set()
    outcomes = {}
    for connection in connections:
        data = ended(connection, BODY_SECONDS + LATE_SECONDS) or b""
        outcome = status_of(data.removeprefix(b"HTTP/1.1 100 Continue\r\n\r\n"))
        outcomes[outcome] = outcomes.get(outcome, 0) + 1
    stop.wait()
    return all_are(outcomes, 408, "connections")


@kind("half-closed after the request")
def half_closed(misbehaving, stop):
    def step():
        with connect(FIRST) as connection:
            connection.sendall(OWN)
            connection.shutdown(socket.SHUT_WR)
            yield status_of(ended(connection, 10))
    return loop(misbehaving, stop, step, 200, "requests")


@kind("half-closed in the middle of a header and of a body")
def half_closed_inside(misbehaving, stop):
    def step():
        for octets in (OWN[:-3], put(TREE + "half", b"<a/>")[:-2],
                       request(TREE + "half", method="PUT", fields="Transfer-Encoding: chunked\r\n", body=b"9\r\nx")):
            with connect(FIRST) as connection:
                connection.sendall(octets)
                connection.shutdown(socket.SHUT_WR)
                yield ended(connection, HEADER_SECONDS / 2)
    return loop(misbehaving, stop, step, b"", "requests")


@kind("gone before the answer")
def gone(misbehaving, stop):
    before = descriptors()

    def step():
        for _ in range(4):
            with connect(FIRST) as connection:
                connection.sendall(OWN)
        yield ask(FIRST, OWN)[0]  # and one that stays, so that they are not ever more
    result = loop(misbehaving, stop, step, 200, "times four requests, and one that stays")
    if not wait_until(lambda: descriptors() <= before + 32, 10):
        return f"{descriptors()} descriptors, {before} before", ""
    return result


def flood(count, octets, wanted, misbehaving, stop):
    """`count` connections on which requests are sent as fast as they are taken, and answers are read."""
    connections = [connect(FIRST) for _ in range(count)]
    for connection in connections:
        connection.setblocking(False)
    unsent = dict.fromkeys(connections, b"")
    answers = 0
    burst = octets * max(1, 8192 // len(octets))
    end = time.monotonic() + 60
    while not (stop.is_set() and answers >= 100) and time.monotonic() < end:
        readable, writable, _ = select.select(connections, connections, [], 1)
        for connection in readable:
            data = connection.recv(65536)
            if not data:
                return "the agent closed", ""
            answers += data.count(b"HTTP/1.1 " + wanted)
        for connection in writable:
            data = unsent[connection] or burst
            try:
                unsent[connection] = data[connection.send(data):]
            except BlockingIOError:
                pass
        misbehaving.set()
    return "" if answers >= 100 else f"{answers} answers", f"{answers} answers {wanted.decode()}"


@kind("pipelined requests that are refused")
def pipelined_denials(misbehaving, stop):
    return flood(8, DENIED, b"403", misbehaving, stop)


@kind("pipelined requests that are served")
def pipelined_requests(misbehaving, stop):
    return flood(4, request("/length/2000", BULK), b"200", misbehaving, stop)


@kind("pipelined requests whose answers are not read")
def unread_pipeline(misbehaving, stop):
    """The agent reads no more of them, and cuts the connection."""
    connection = connect(FIRST)
    sent = 0
    connection.setblocking(False)
    quiet_since = time.monotonic()
    pipeline = DENIED * 40000
    while time.monotonic() - quiet_since < 0.5:
        try:
            sent += connection.send(pipeline[sent:sent + 65536])
            quiet_since = time.monotonic()
        except BlockingIOError:
            misbehaving.set()
            time.sleep(0.02)
        except ConnectionError:
            break
    stop.wait()
    end = select.poll()
    end.register(connection, 0)  # its end is told without being asked for
    cut = end.poll(1000 * (WRITE_SECONDS + LATE_SECONDS))
    if sent > MEBI or not cut:
        return f"the agent took {sent} octets of requests" + ("" if cut else ", and the connection stays"), ""
    return "", f"{sent // 1024} KiB of requests were taken, then it is cut"


@kind("headers that are too large")
def header_flood(misbehaving, stop):
    lines = request("/", fields="X: y\r\n" * 10000)
    one_line = b"GET /" + b"x" * 40000

    def step():
        for octets in (lines, one_line):
            with connect(FIRST) as connection:
                try:
                    connection.sendall(octets)
                except BrokenPipeError:
                    pass
                yield status_of(ended(connection, 10))
    return loop(misbehaving, stop, step, 431, "requests")


@kind("connections that come and go")
def churn(misbehaving, stop):
    def step():
        for _ in range(20):
            connect(FIRST).close()
        yield "closed"
    return loop(misbehaving, stop, step, "closed", "times twenty connections")


@kind("chunks of one octet")
def small_chunks(misbehaving, stop):
    body = request("/sink", BULK, "PUT", "Transfer-Encoding: chunked\r\n", b"1\r\nx\r\n" * 5000 + b"0\r\n\r\n")

    def step():
        yield ask(FIRST, body)
    return loop(misbehaving, stop, step, (200, b"5000"), "bodies")


def streamed(octets, way):
    """A large answer that is read at once: all of it comes, and the agent holds none of it."""
    def run(misbehaving, stop):
        before = most = memory()
        count = 0
        while not stop.is_set() or not count:
            with connect(FIRST) as connection:
                connection.sendall(request(f"/{way}/{octets}", BULK))
                answers = Answers(connection)
                if (status := answers.head()[0]) != 200:
                    return f"the answer is {status}", ""
                got = len(answers.data)
                while got < octets:
                    piece = len(connection.recv(MEBI))
                    if not piece:
                        return f"the answer ended after {got} octets", ""
                    got += piece
                    misbehaving.set()
                    most = max(most, memory()) if got // MEBI % 8 == 0 else most
            count += 1
        grown = most - before
        wrong = "" if grown < 2 * MEBI or STAGE["sanitized"] else f"the agent grew by {grown} octets"
        return wrong, f"{count} answers of {octets // 1024} KiB, {grown // 1024} KiB more memory"
    return run


kind("large answers")(streamed(32 * MEBI, "length"))
kind("large answers in chunks")(streamed(32 * MEBI, "chunked"))
kind("answers in chunks of one octet")(streamed(MEBI // 4, "crumbs"))


@kind("large answers that are not read")
def unread_answers(misbehaving, stop):
    """The NAF is not read either, and after the time set the connection is cut."""
    before, sent_before = memory(), naf_counts()[0]
    connections = [connect(FIRST) for _ in range(16)]
    for connection in connections:
        connection.sendall(request(f"/length/{48 * MEBI}", BULK))
    began = time.monotonic()
    misbehaving.set()
    sent = rests(lambda: naf_counts()[0]) - sent_before
    grown = memory() - before
    if sent > 16 * 8 * MEBI:
        return f"the NAF got rid of {sent} octets", ""
    if grown > 16 * CHANNEL_OCTETS and not STAGE["sanitized"]:
        return f"the agent grew by {grown} octets", ""
    stop.wait()
    # Cut: what is in the socket can be read, and then it ends.
    time.sleep(max(0, WRITE_SECONDS + 1 - (time.monotonic() - began)))
    for connection in connections:
        data = ended(connection, LATE_SECONDS)
        if data is None or len(data) > 8 * MEBI:
            return f"a connection was not cut: {data and len(data)} octets", ""
    return "", f"16 of 48 MiB: the NAF could send {sent // 1024} KiB, the agent grew by {grown // 1024} KiB, all cut"


@kind("an answer that is read later")
def read_later(misbehaving, stop):
    """Read in part, left alone, read on: nothing is lost and nothing is held."""
    octets = 32 * MEBI
    sent_before = naf_counts()[0]
    with connect(FIRST) as connection:
        connection.sendall(request(f"/length/{octets}", BULK))
        answers = Answers(connection)
        answers.head()
        got = len(answers.data)
        while got < MEBI:
            got += len(connection.recv(65536))
        misbehaving.set()
        sent = rests(lambda: naf_counts()[0]) - sent_before
        while got < octets and (piece := connection.recv(MEBI)):
            got += len(piece)
    stop.wait()
    if sent > 16 * MEBI or got != octets:
        return f"the NAF had sent {sent} octets when 1 MiB was read; {got} came in the end", ""
    return "", f"the NAF had sent {sent // 1024} KiB when 1 MiB was read; all {octets // MEBI} MiB came"


@kind("all channels to the NAF held by answers that are not read")
def held_channels(misbehaving, stop):
    """At the second application's own NAF, with as many requests as would take every channel."""
    document = b"<a>" + b"x" * 900000 + b"</a>"
    stored, _ = ask(FIRST, put(TREE + "large", document))
    if stored not in (200, 201):
        return f"the document is not stored: {stored}", ""
    connections = []
    while not stop.is_set() or not connections:
        connections = [connect(FIRST) for _ in range(64)]
        for connection in connections:
            connection.sendall(request(TREE + "large"))
        time.sleep(0.1)
        misbehaving.set()
        stop.wait(WRITE_SECONDS)
        for connection in connections:
            connection.close()
    return "", "64 requests at a time"


@kind("a NAF that does not read")
def deaf_naf(misbehaving, stop):
    """The agent holds one body for each connection, and reads nothing beyond it."""
    before = memory()
    octets = MEBI // 2
    body = put("/deaf", bytes(octets), BULK)
    connections = [connect(FIRST) for _ in range(10)]
    left = {}
    for connection in connections:
        connection.sendall(body)
        connection.setblocking(False)
        left[connection] = body * 4
    taken = len(connections) * len(body)
    quiet_since = time.monotonic()
    while time.monotonic() - quiet_since < 0.5:
        for connection in select.select([], connections, [], 0.1)[1]:
            try:
                sent = connection.send(left[connection][:65536])
            except BrokenPipeError:
                return f"a connection ended with {problem(Answers(connection).next())}", ""
            left[connection] = left[connection][sent:]
            taken += sent
            quiet_since = time.monotonic()
        misbehaving.set()
    grown = memory() - before
    stop.wait()
    for connection in connections:
        connection.close()
    # More than once, as the agent sends again where a channel breaks that worked before.
    back = STAGE["sanitized"] or wait_until(lambda: drop_naf_connections() or memory() < before + 4 * MEBI, 10)
    text = f"10 bodies of 512 KiB: {taken // 1024} KiB taken, {grown // 1024} KiB more memory"
    if taken > 10 * 2 * octets:
        return "the agent reads on: " + text, ""
    if not STAGE["sanitized"] and (grown > 10 * 2 * octets or not back):
        return f"{text}; {(memory() - before) // 1024} KiB stay", ""
    return "", text


@kind("a NAF that answers octet by octet")
def dripping_naf(misbehaving, stop):
    connections = [connect(FIRST) for _ in range(20)]
    for connection in connections:
        connection.sendall(request("/drip/30", BULK))
    misbehaving.set()
    outcomes = {}
    for connection in connections:
        outcome = Answers(connection).next()
        outcomes[outcome] = outcomes.get(outcome, 0) + 1
    stop.wait()
    return all_are(outcomes, (200, bytes(30)), "answers")


@kind("idle connections, and more than there may be")
def idle_connections(misbehaving, stop):
    """As many as are configured stay; each one more is told so; none costs more memory than it may, nor when it is gone."""
    memory_before, descriptors_before = memory(), descriptors()
    connections = [connect(FIRST) for _ in range(CONNECTIONS)]
    fresh = (memory() - memory_before) / CONNECTIONS

    def step():
        yield problem(ask(FIRST, b""))
    wrong, beyond = loop(misbehaving, stop, step, "503 limit-connections", "more")
    if wrong:
        return wrong, ""
    poll = select.poll()
    for connection in connections:
        poll.register(connection, select.POLLIN)
    if closed := len(poll.poll(0)):
        return f"{closed} of {CONNECTIONS} were closed", ""
    for connection in connections:
        connection.sendall(DENIED)
    for connection in connections:
        if Answers(connection).next()[0] != 403:
            return "an idle connection is not served", ""
    used = (memory() - memory_before) / CONNECTIONS
    for connection in connections:
        connection.close()
    if not wait_until(lambda: descriptors() <= descriptors_before, 10):
        return f"{descriptors()} descriptors stay, {descriptors_before} before", ""
    given_back = wait_until(lambda: memory() - memory_before < CONNECTIONS * STAYING_OCTETS, 5)
    left = memory()
    for connection in [connect(FIRST) for _ in range(CONNECTIONS // 5)]:
        connection.close()
    again = wait_until(lambda: memory() < left + MEBI, 5)
    text = (f"{CONNECTIONS}, {fresh:.0f} octets of memory each, {used:.0f} after a request, limit {IDLE_OCTETS}; "
            f"{(left - memory_before) // 1024} KiB stay when they are gone, for the next ones; {beyond}")
    good = STAGE["sanitized"] or (max(fresh, used) <= IDLE_OCTETS and given_back and again)
    return "" if good else "too much memory", text


# ----------------------------------------------------------------------------------------------------

def main():
    only = sys.argv[2] if len(sys.argv) > 2 else ""
    stored, _ = ask(SECOND, put(TREE + "index", b"<ruleset xmlns='urn:ietf:params:xml:ns:common-policy'/>"))
    print("ok" if stored in (200, 201) else "not ok", f"the second application's document is there: {stored}", flush=True)
    second = Second()
    good = 0
    kinds = [one for one in KINDS if only in one[0]]
    for name, function in kinds:
        began = time.monotonic()
        misbehaviour = Misbehaviour(function)
        ratio, quiet, during, longest = second.ratio(misbehaviour)
        wrong = misbehaviour.wrong
        if ratio >= LIMIT:
            wrong = (wrong + "\n" if wrong else "") + "the second application is slowed down"
        if longest >= LONGEST_SECONDS:
            wrong = (wrong + "\n" if wrong else "") + f"a request of the second application took {longest:.2f} s"
        good += not wrong
        print("not ok" if wrong else "ok", f"{name}: {misbehaviour.text or '-'}; the second application {ratio:.2f} times",
              flush=True)
        print(f"# {quiet * 1e6:.0f} us quiet, {during * 1e6:.0f} us meanwhile; {time.monotonic() - began:.1f} s", flush=True)
        for line in wrong.split("\n") if wrong else []:
            print("#", line, flush=True)
    print(f"crowd: {len(kinds)} kinds, {good} harmless, {CONNECTIONS} idle connections at most; "
          f"a second application was slowed down {median(second.ratios):.2f} times, {max(second.ratios):.2f} at worst, limit {LIMIT:g}")


main()
