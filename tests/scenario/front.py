#!/usr/bin/python3
"""The requests of tests/scenario/front: front.py STAGE.JSON

STAGE.JSON: "apps" and "open", paths of the agent's Unix sockets; "tcp", its port, "token" for it; "control", the lab's
address; "naf", "impu". Each kind goes to the agent as raw octets, in one piece, and the sender then ends its side. After
most of them stands a proper request: whether it is answered shows whether the agent still knows where a message begins.

A kind with `weak` is first played against a victim: a relay that refuses whatever is not the user's own document, before
a server; both read HTTP as their flags say. When the server serves what is another's, the attack is one.

Prints "ok" or "not ok" and a text for each kind, and at the end a line "front: ...".
"""
import base64
import json
import re
import socket
import sys
import threading
import urllib.parse
import urllib.request
from typing import NamedTuple

with open(sys.argv[1], encoding="ascii") as stage_file:
    STAGE = json.load(stage_file)
NAF = STAGE["naf"]
OWN_TREE = f"/pres-rules/users/{STAGE['impu']}/"
OWN = OWN_TREE + "index"
OTHER_XUI = "sip:mallory@home1.net"
OTHER = f"/pres-rules/users/{OTHER_XUI}/index"
HOST = f"Host: {NAF}\r\n"
ECHO = "/lab/echo"


# --- the victim -------------------------------------------------------------------------------------

class Reader:
    """Reads requests from a stream as `flags` have it; without flags it takes nothing but the plainest."""

    def __init__(self, stream, flags):
        self.stream, self.flags, self.raw = stream, flags, b""

    def line(self):
        ends = [b"\r\n"] + [b"\n"] * ("lf" in self.flags) + [b"\r"] * ("cr" in self.flags)
        line = b""
        while not any(line.endswith(end) for end in ends):
            octet = self.stream.read(1)
            if not octet:
                break
            line += octet
        self.raw += line
        return line.decode("latin-1").strip("\r\n") if line else None

    def take(self, octets):
        data = self.stream.read(min(octets, 2**20))
        self.raw += data
        return data

    def length(self, value):
        value = value.strip()
        if "list-last" in self.flags:
            value = value.split(",")[-1].strip()
        if "strtol" in self.flags:
            found = re.match(r"\s*([+-]?(0[xX][0-9a-fA-F]+|\d+))", value)
            value = str(int(found[1], 0)) if found else "0"
        if "underscores" in self.flags:
            value = value.replace("_", "")
        size = int(value) if value.isdigit() else 0
        return size % 2**64 if "wrap" in self.flags else size

    def chunks(self):
        while True:
            line = self.line()
            if line is None:
                return
            size = re.match(r"[\s+]*(?:0x)?([0-9a-fA-F]*)" if "loose-chunk" in self.flags else r"([0-9a-fA-F]*)", line)[1]
            size = int(size or "0", 16)
            size = size % 2**64 if "wrap" in self.flags else size
            if size == 0:
                while self.line():
                    pass
                return
            self.take(size)
            if "no-chunk-end" in self.flags:
                if self.stream.peek(2)[:2] == b"\r\n":
                    self.take(2)
            else:
                self.take(2)

    def request(self):
        """(method, target, {field: [value]}) or None at the end; its octets are in `raw`."""
        self.raw = b""
        first = self.line()
        while first == "":
            first = self.line()
        if first is None:
            return None
        words = first.split(" ")
        method, target = words[0], words[1] if len(words) > 1 else ""
        old = words[-1] == "HTTP/1.0"
        fields, last = {}, None
        if len(words) < 3 and "0.9" in self.flags:
            return method, target, fields
        while line := self.line():
            if line[0] in " \t" and "fold" in self.flags and last:
                fields[last][-1] += " " + line.strip()
                continue
            name, _, value = line.partition(":")
            if "nul" in self.flags:
                name, value = name.replace("\0", ""), value.partition("\0")[0]
            if "underscore" in self.flags:
                name = name.replace("_", "-")
            name = name.lower() if "spaces" not in self.flags else name.strip(" \t").lower()
            fields.setdefault(name, []).append(value.strip(" \t"))
            last = name
        coding = ",".join(fields.get("transfer-encoding", []))
        lengths = fields.get("content-length", ["0"])
        chunked = "chunked" in coding.lower() if "loose-coding" in self.flags else coding.lower() == "chunked"
        if "no-body" in self.flags and method in ("GET", "HEAD", "DELETE"):
            return method, target, fields
        if "no-expected-body" in self.flags and "expect" in fields:
            return method, target, fields
        if chunked and "length" not in self.flags and not ("old" in self.flags and old):
            self.chunks()
        else:
            self.take(self.length(lengths[0 if "first" in self.flags else -1]))
        if ("upgrade" in self.flags and "upgrade" in fields) or ("connect" in self.flags and method == "CONNECT"):
            self.raw += self.stream.read()
        return method, target, fields


def meant(target, fields, flags):
    """What a server that reads targets as `flags` have it serves: authority and path."""
    authority = fields.get("host", [""])[0 if "first" in flags else -1]
    if (found := re.match(r"[hH][tT][tT][pP]s?://([^/?#]*)(.*)", target)) and "absolute" in flags:
        authority, target = found[1].rpartition("@")[2], found[2]
    path = target
    if "nul" in flags:
        path = path.partition("\0")[0].partition("%00")[0]
    if "query" not in flags:
        path = path.partition("?")[0]
    if "fragment" in flags:
        path = path.partition("#")[0]
    for _ in range(flags.count("decode")):
        path = urllib.parse.unquote(path)
    if "backslash" in flags:
        path = path.replace("\\", "/")
    if "parameters" in flags:
        path = re.sub(r";[^/]*", "", path)
    if "merge" in flags:
        path = re.sub(r"/+", "/", path)
    if "case" in flags:
        path = path.lower()
    if "dots" in flags:
        parts = []
        for part in path.split("/"):
            if part == "..":
                parts = parts[:-1]
            elif part != ".":
                parts.append(part)
        path = "/".join(parts)
    return authority + path


class Weak(NamedTuple):
    """Flags of the relay and of the server. The relay's "deny" has it refuse what it sees to be another's, where it
    otherwise allows what it sees to be the user's."""
    relay: str
    server: str


def accepted(listener):
    with listener:
        return listener.accept()[0]


def listen():
    listener = socket.create_server(("127.0.0.1", 0))
    return listener, listener.getsockname()


def weak_relay(listener, behind, flags):
    """The naive proxy: what it allows goes on as it came."""
    with accepted(listener) as client, socket.create_connection(behind) as server:
        reader = Reader(client.makefile("rb"), flags)
        while request := reader.request():
            method, target, fields = request
            place = re.sub(r"^[hH][tT][tT][pP]s?://[^/?#]*", "", target) if "absolute" in flags else target
            allowed = (f"/users/{OTHER_XUI}" not in place if "deny" in flags
                       else place.startswith(OWN_TREE) or method in ("CONNECT", "OPTIONS"))
            if allowed and fields.get("host", [NAF])[0 if "first" in flags else -1] == NAF:
                server.sendall(reader.raw)


def weak_server(listener, flags, served):
    with accepted(listener) as client:
        reader = Reader(client.makefile("rb"), flags)
        while request := reader.request():
            served.append(meant(request[1], request[2], flags))


def falls(weak, octets):
    """Whether the victim serves what is another's."""
    served = []
    front, front_at = listen()
    back, back_at = listen()
    threads = [threading.Thread(target=weak_relay, args=(front, back_at, weak.relay.split())),
               threading.Thread(target=weak_server, args=(back, weak.server.split(), served))]
    for thread in threads:
        thread.start()
    with socket.create_connection(front_at) as client:
        client.sendall(octets)
        client.shutdown(socket.SHUT_WR)
        for thread in threads:
            thread.join(10)
    return any(OTHER.rpartition("/")[0] in one or "mallory.home1.net" in one for one in served)


# --- the agent --------------------------------------------------------------------------------------

def connect(door):
    if door == "tcp":
        return socket.create_connection(("127.0.0.1", STAGE["tcp"]), 10)
    client = socket.socket(socket.AF_UNIX)
    client.settimeout(10)
    client.connect(STAGE[door])
    return client


def answers_of(data, heads):
    """The answers in `data`, each as "STATUS" or "STATUS problem", and the bodies. `heads`: how many answers at the
    front have no body because HEAD was asked."""
    answers, bodies = [], []
    while data:
        header, found, data = data.partition(b"\r\n\r\n")
        if not found:
            return answers + ["a broken answer"], bodies
        status = header.split(b" ")[1].decode()
        final = status[0] != "1"
        fields = {name.strip().lower(): value.strip() for name, _, value in
                  (line.partition(b":") for line in header.split(b"\r\n")[1:])}
        body = b""
        if final and heads > 0:
            heads -= 1
        elif fields.get(b"transfer-encoding") == b"chunked":
            while True:
                size, _, data = data.partition(b"\r\n")
                size = int(size, 16)
                body, data = body + data[:size], data[size + 2:]
                if size == 0:
                    break
        elif final and status not in ("204", "304"):
            length = int(fields.get(b"content-length", len(data)))
            body, data = data[:length], data[length:]
        problem = ""
        if fields.get(b"content-type") == b"application/problem+json" and body:
            problem = " " + json.loads(body)["type"].rpartition(":")[2]
        answers.append(status + problem)
        if final:
            bodies.append(body)
    return answers, bodies


def ask(door, octets, heads=0):
    with connect(door) as client:
        data = b""
        try:
            client.sendall(octets)
            client.shutdown(socket.SHUT_WR)
        except (BrokenPipeError, ConnectionResetError):
            pass  # the refusal is there to be read
        try:
            while piece := client.recv(65536):
                data += piece
        except ConnectionResetError:
            pass
        except TimeoutError:
            return ["no end"], []
    return answers_of(data, heads)


def seen():
    """What came to the NAF: requests and octets."""
    with urllib.request.urlopen(STAGE["control"] + "/stats") as answer:
        naf = json.load(answer)["nafs"][NAF]
    return naf["requests"], naf["application_octets"]


# --- the table --------------------------------------------------------------------------------------

class Kind(NamedTuple):
    name: str
    octets: bytes
    wanted: list  # the answers
    reached: int = 0  # requests that the NAF gets
    weak: Weak = None
    door: str = "apps"
    heads: int = 0
    body: bytes = None  # that the NAF gets, by its echo
    without: tuple = ()  # fields that the NAF must not get


def request(method="GET", target=OWN, fields="", body="", version="HTTP/1.1", host=HOST):
    return f"{method} {target} {version}\r\n{host}{fields}\r\n{body}"


PROBE = request()
SMUGGLED = request(target=OTHER)
MALFORMED = ["400 request-malformed"]
TARGET = ["400 request-target-invalid"]
HOST_INVALID = ["400 request-host-invalid"]
DENIED = ["403 policy-path-denied"]
PAGE = ["403 policy-web-page"]
TABLE = []


def add(name, text, wanted, reached=0, weak=None, probe=True, **more):
    """With the probe behind it, unless told otherwise."""
    octets = (text if isinstance(text, bytes) else text.encode("latin-1"))
    TABLE.append(Kind(name, octets + (PROBE.encode() if probe else b""), wanted, reached, weak and Weak(*weak), **more))


def put(fields, body="", **more):
    return request("PUT", fields="Content-Type: application/auth-policy+xml\r\n" + fields, body=body, **more)


def chunk(text, size=None):
    return f"{len(text):x}\r\n{text}\r\n" if size is None else f"{size}\r\n{text}\r\n"


def framing():
    """Two readers take them for different messages."""
    hidden = "0\r\n\r\n" + SMUGGLED
    length = f"Content-Length: {len(hidden)}\r\n"
    add("Content-Length and chunked", put(length + "Transfer-Encoding: chunked\r\n", hidden), MALFORMED, 0, ("length", ""))
    add("chunked and Content-Length", put("Transfer-Encoding: chunked\r\n" + length, hidden), MALFORMED, 0, ("length", ""))
    one = chunk(SMUGGLED)
    add("chunked and the length of its size line", put(
        f"Content-Length: {one.index(SMUGGLED)}\r\nTransfer-Encoding: chunked\r\n", one + "0\r\n\r\n"), MALFORMED, 0, ("", "length"))
    whole = f"Content-Length: {len(SMUGGLED)}\r\n"
    add("two lengths", put("Content-Length: 0\r\n" + whole, SMUGGLED), MALFORMED, 0, ("", "first"))
    add("two lengths, the other one first", put(whole + "Content-Length: 0\r\n", SMUGGLED), MALFORMED, 0, ("first", ""))
    add("the same length twice", put("Content-Length: 1\r\nContent-Length: 1\r\n", "x"), MALFORMED)
    for name, value, relay, server in (
            ("a list of lengths", f"0, {len(SMUGGLED)}", "list-last", "strtol"),
            ("a length with +", f"+{len(SMUGGLED)}", "strtol", ""),
            ("a length with -", f"-0, {len(SMUGGLED)}", "list-last", "strtol"),
            ("a length with a space in it", f"{len(SMUGGLED)} 0", "strtol", ""),
            ("a length in hexadecimal digits", f"0x{len(SMUGGLED):x}", "strtol", ""),
            ("a length with an underscore", f"{len(SMUGGLED) // 100}_{len(SMUGGLED) % 100:02}", "underscores", ""),
            ("a length with a fraction", f"{len(SMUGGLED)}.0", "strtol", ""),
            ("a length beyond 64 bits", str(2**64), "", "wrap")):
        add(name, put(f"Content-Length: {value}\r\n", SMUGGLED), MALFORMED, 0, (relay, server))
    add("an empty length", put("Content-Length:\r\n", SMUGGLED), MALFORMED)
    for name, field, server in (
            ("xchunked", "Transfer-Encoding: xchunked", "loose-coding"),
            ("chunked and another coding", "Transfer-Encoding: chunked, identity", "loose-coding"),
            ("another coding and chunked", "Transfer-Encoding: gzip, chunked", "loose-coding"),
            ("chunked twice in a list", "Transfer-Encoding: chunked, chunked", "loose-coding"),
            ("chunked in two fields", "Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked", "loose-coding"),
            ("chunked and identity in two fields", "Transfer-Encoding: identity\r\nTransfer-Encoding: chunked", "loose-coding"),
            ("chunked with a parameter", "Transfer-Encoding: chunked;q=1", "loose-coding"),
            ("chunked in quotes", 'Transfer-Encoding: "chunked"', "loose-coding"),
            ("chunked behind a vertical tab", "Transfer-Encoding: \vchunked", "loose-coding"),
            ("chunked behind NUL", "Transfer-Encoding: \0chunked", "loose-coding"),
            ("chunked before NUL", "Transfer-Encoding: chunked\0x", "nul"),
            ("NUL in the name", "Transfer-\0Encoding: chunked", "nul"),
            ("a space behind the name", "Transfer-Encoding : chunked", "spaces"),
            ("a tab behind the name", "Transfer-Encoding\t: chunked", "spaces"),
            ("a folded name", "X: y\r\n Transfer-Encoding: chunked", "spaces"),
            ("a folded value", "Transfer-Encoding:\r\n chunked", "fold loose-coding"),
            ("a value folded by a tab", "Transfer-Encoding:\r\n\tchunked", "fold loose-coding"),
            ("a bare LF before the name", "X: y\nTransfer-Encoding: chunked", "lf"),
            ("a bare CR before the name", "X: y\rTransfer-Encoding: chunked", "cr"),
            ("CR CR LF before the name", "X: y\r\r\nTransfer-Encoding: chunked", None)):
        add("coding: " + name, put(length + field + "\r\n", hidden), MALFORMED, 0, server and ("length", server))
    add("coding: a first field that is folded", "PUT " + OWN + " HTTP/1.1\r\n Transfer-Encoding: chunked\r\n" + HOST
        + length + "\r\n" + hidden, MALFORMED, 0, ("length", "spaces"))
    add("coding: HTTP/1.0 and chunked", put(length + "Transfer-Encoding: chunked\r\n", hidden, version="HTTP/1.0"),
        MALFORMED, 0, ("old", ""))
    add("identity and nothing else", put("Transfer-Encoding: identity\r\n", SMUGGLED), MALFORMED)
    # The agent knows no such field: the body is the next request, and is judged as one.
    add("a length with _ in its name", put(whole.replace("-", "_"), SMUGGLED), ["409", *DENIED, "200"], 2, ("underscore", ""))
    add("a coding with _ in its name", put(length + "Transfer_Encoding: chunked\r\n", hidden), ["409", "200"], 2, ("length", "underscore"))
    add("a bare LF for the end of the header", "GET " + OWN + " HTTP/1.1\r\n" + HOST + "X: y\n\n" + SMUGGLED, MALFORMED, 0,
        ("", "lf"))
    add("bare LF everywhere", PROBE.replace("\r\n", "\n"), MALFORMED)
    add("bare CR everywhere", PROBE.replace("\r\n", "\r"), ["400 request-malformed"])


def chunks():
    coded = "Transfer-Encoding: chunked\r\n"
    hidden = "0\r\n\r\n" + SMUGGLED
    for name, body, relay, server in (
            ("a size beyond 64 bits", "10000000000000000\r\n\r\n" + SMUGGLED, "", "wrap"),
            ("a size with 0x", chunk(hidden, f"0x{len(hidden):x}") + "0\r\n\r\n", "loose-chunk", ""),
            ("a size with +", chunk(hidden, f"+{len(hidden):x}") + "0\r\n\r\n", "loose-chunk", ""),
            ("a size behind a space", chunk(hidden, f" {len(hidden):x}") + "0\r\n\r\n", "loose-chunk", ""),
            ("a size line that ends in LF", "5;\nabc\r\n0\r\n\r\n" + SMUGGLED, "", "lf"),
            ("LF in an extension", f"2;\nxx\r\n{len(hidden):02x}\r\n{hidden}\r\n0\r\n\r\n", "lf", ""),
            ("octets behind a chunk", "3\r\nabcXY0\r\n\r\n" + SMUGGLED, "", "")):
        add("chunk: " + name, put(coded, body), MALFORMED, 0,
            (relay, server) if relay != server else None)
    add("chunk: no size", put(coded, "\r\nabc\r\n0\r\n\r\n"), MALFORMED)
    add("chunk: a size that is no number", put(coded, "zz\r\n"), MALFORMED)
    add("chunk: a negative size", put(coded, "-1\r\nabc\r\n0\r\n\r\n"), MALFORMED)
    add("chunk: sizes that add up beyond the limit", put(coded, chunk("x" * 3000) + chunk("x" * 3000) + "0\r\n\r\n"), ["413 limit-body"])
    add("chunk: an endless size line", put(coded, "0" * 40000), ["431 limit-header"])
    add("chunk: an endless extension", put(coded, "1;" + "x" * 40000), ["431 limit-header"])
    add("chunk: a length in the trailer", put(coded, chunk("abc") + "0\r\nContent-Length: 9\r\n\r\n"), MALFORMED)
    add("chunk: an endless trailer", put(coded, "0\r\n" + "X: y\r\n" * 9000), ["431 limit-header"])


def handled():
    """Odd, but of one meaning: the NAF gets what was meant."""
    coded = "Transfer-Encoding: chunked\r\n"

    def echo(name, fields, body, got, answers=("200", "200"), method="POST", **more):
        octets = request(method, ECHO, fields, body).encode("latin-1") + request(target=ECHO).encode()
        TABLE.append(Kind(name, octets, list(answers), 2, door="open", body=got.encode("latin-1"), **more))

    echo("a chunked body", coded, chunk("ab") + chunk("cde") + "0\r\n\r\n", "abcde", without=("transfer-encoding",))
    echo("chunked in capitals", "TRANSFER-ENCODING: CHUNKED\r\n", chunk("abc") + "0\r\n\r\n", "abc")
    echo("chunk extensions", coded, "3;a=b;c=\"d\"\r\nabc\r\n0;e\r\n\r\n", "abc")
    echo("a chunk size with zeros before it", coded, "0000003\r\nabc\r\n000\r\n\r\n", "abc")
    echo("a length with zeros before it", "Content-Length: 0010\r\n", "0123456789", "0123456789")
    echo("space around a length", "Content-Length: \t 3 \t\r\n", "abc", "abc")
    echo("trailers", coded + "Trailer: Host, X-Late\r\n", chunk("abc") + "0\r\nHost: mallory.home1.net\r\nX-Late: 1\r\n"
         "Origin: http://evil.example\r\n\r\n", "abc", without=("x-late", "trailer", "origin"))
    echo("a body that is a request", f"Content-Length: {len(SMUGGLED)}\r\n", SMUGGLED, SMUGGLED)
    echo("100-continue", "Expect: 100-Continue\r\nContent-Length: 3\r\n", "abc", "abc", without=("expect",))
    echo("no body of POST", "Content-Length: 0\r\n", "", "")
    echo("fields that end here", "Connection: keep-alive, X-Hop\r\nX-Hop: 1\r\nTE: trailers\r\nKeep-Alive: 5\r\nVia: 1.1 x\r\n"
         "X-Forwarded-For: 1.2.3.4\r\nForwarded: for=x\r\nX_Forwarded_For: 1.2.3.4\r\nProxy-Connection: keep-alive\r\n"
         "Authorization: Basic YTpi\r\nX-3GPP-Asserted-Identity: \"sip:mallory@home1.net\"\r\nContent-Length: 0\r\n", "", "",
         without=("x-hop", "te", "keep-alive", "via", "x-forwarded-for", "forwarded", "x_forwarded_for", "proxy-connection", "connection"))
    add("an empty line before a request", "\r\n" + PROBE, ["200", "200"], 2)
    add("two empty lines before a request", "\r\n\r\n" + PROBE, MALFORMED)
    add("HEAD", request("HEAD"), ["200", "200"], 2, heads=1)
    add("a host in capitals with a dot and a port", request(host=f"Host: {NAF.upper()}.:80\r\n"), ["200", "200"], 2)
    add("the absolute form", request(target=f"HTTP://{NAF}{OWN}"), ["200", "200"], 2)
    add("HTTP/1.0 ends with its answer", request(version="HTTP/1.0"), ["200"], 1)
    add("Connection: close ends with its answer", request(fields="Connection: close\r\n"), ["200"], 1)
    add("a sender that ends its side", request(), ["200"], 1, probe=False)
    add("three in one piece", PROBE + PROBE, ["200"] * 3, 3)
    add("a denied one among three", PROBE + SMUGGLED, ["200", *DENIED, "200"], 2)
    add("a malformed one among three", PROBE + "GET / HTTP/1.1\nHost: x\r\n\r\n", ["200", *MALFORMED], 1)
    add("one whose host is doubled among three", PROBE + request(fields=HOST), ["200", *HOST_INVALID], 1)
    add("half of a request", PROBE + "GET " + OWN, ["200"], 1, probe=False)
    add("half of a body", put("Content-Length: 9\r\n", "<rul"), [], 0, probe=False)
    add("half of a chunk", put(coded, "9\r\n<rul"), [], 0, probe=False)


def switched():
    """Whatever asks for something else than the next request on this connection."""
    for name, fields in (("WebSocket", "Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Key: AAAA\r\n"),
                         ("TLS", "Connection: Upgrade\r\nUpgrade: TLS/1.2\r\n"),
                         ("HTTP/2", "Connection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\nHTTP2-Settings: AAMAAABk\r\n")):
        page = name == "WebSocket"
        add("upgrade to " + name, request(fields=fields) + SMUGGLED, [*(PAGE if page else ["200"]), *DENIED, "200"],
            1 if page else 2, ("upgrade", ""))
    add("CONNECT to the NAF", request("CONNECT", f"{NAF}:443") + SMUGGLED, ["405 request-connect-refused", *DENIED, "200"], 1,
        ("connect", ""))
    add("CONNECT to another host", request("CONNECT", "mallory.home1.net:443", host="Host: mallory.home1.net:443\r\n"),
        ["405 request-connect-refused", "200"], 1)
    for method in ("TRACE", "OPTIONS", "PATCH", "PROPFIND", "get", "GETX", "PURGE"):
        add("the method " + method, request(method), ["405 request-method-refused", "200"], 1)
    add("OPTIONS of everything", request("OPTIONS", "*"), ["405 request-method-refused", "200"], 1)
    for method in ("GET", "HEAD", "DELETE"):
        refused = ["400"] if method == "HEAD" else MALFORMED
        add(f"a request in the body of {method}", request(method, fields=f"Content-Length: {len(SMUGGLED)}\r\n", body=SMUGGLED),
            refused, 0, ("", "no-body"), heads=method == "HEAD")
        add(f"a request in the chunked body of {method}",
            request(method, fields="Transfer-Encoding: chunked\r\n", body="0\r\n\r\n"), refused, 0, heads=method == "HEAD")
    add("no octets in the body of GET", request(fields="Content-Length: 0\r\n"), ["200", "200"], 2)
    add("a request in a body that waits for 100", put(f"Expect: 100-continue\r\nContent-Length: {len(SMUGGLED)}\r\n", SMUGGLED),
        ["409", "200"], 2, ("", "no-expected-body"))
    add("another expectation", put("Expect: 200-ok\r\nContent-Length: 3\r\n", "abc"), MALFORMED)
    add("two expectations", put("Expect: 100-continue, x\r\nContent-Length: 3\r\n", "abc"), MALFORMED)
    add("HTTP/0.9", f"GET {OWN}\r\n\r\n", MALFORMED)
    add("HTTP/0.9 by its number", request(version="HTTP/0.9"), MALFORMED)
    add("HTTP/1.2", request(version="HTTP/1.2"), MALFORMED)
    add("HTTP/2.0", request(version="HTTP/2.0"), MALFORMED)
    add("HTTP/2 with prior knowledge", b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\0\0\0\4\0\0\0\0\0", MALFORMED)
    add("http in small letters", request(version="http/1.1"), MALFORMED)
    add("a space behind the version", request(version="HTTP/1.1 "), MALFORMED)
    add("two spaces in the request line", request(target=" " + OWN), MALFORMED)
    add("a tab in the request line", f"GET\t{OWN} HTTP/1.1\r\n{HOST}\r\n", MALFORMED)
    add("a TLS handshake", b"\x16\x03\x01\x00\x2f\x01\x00\x00\x2b\x03\x03" + bytes(41) + b"\r\n", MALFORMED)
    add("octets of no protocol", bytes(range(256)) * 4, MALFORMED)


def floods():
    limit = ["431 limit-header"]
    add("101 fields", request(fields="X: y\r\n" * 100), limit)
    add("100 fields", request(fields="X: y\r\n" * 99), ["200", "200"], 2)
    add("10,000 fields", request(fields="X: y\r\n" * 10000), limit)
    add("a field of 20 KB", request(fields="X: " + "y" * 20000 + "\r\n"), limit)
    add("a name of 20 KB", request(fields="X" * 20000 + ": y\r\n"), limit)
    add("a request line of 64 KB", request(target=OWN + "?" + "x" * 65536), limit)
    add("a method of 20 KB", request("G" * 20000), limit)
    add("1 MB without a line", "x" * 2**20, limit, probe=False)
    add("a length of 1 TB", put("Content-Length: 1099511627776\r\n"), ["413 limit-body"])
    add("1 MB of a body that is too large", put(f"Content-Length: {2**20}\r\n", "x" * 2**20), ["413 limit-body"])


def hosts():
    other = "Host: mallory.home1.net\r\n"
    add("no Host", request(host=""), HOST_INVALID)
    add("no Host in HTTP/1.0", request(host="", version="HTTP/1.0"), HOST_INVALID)
    add("the same Host twice", request(fields=HOST), HOST_INVALID)
    add("another Host before", request(host=other + HOST), HOST_INVALID, 0, ("", "first"))
    add("another Host behind", request(fields=other), HOST_INVALID, 0, ("first", ""))
    add("another Host than the absolute form", request(target=f"http://mallory.home1.net{OWN}"), [*HOST_INVALID, "200"], 1,
        ("absolute", "absolute"))
    add("the absolute form than another Host", request(target=f"http://{NAF}{OWN}", host=other), [*HOST_INVALID, "200"], 1)
    add("userinfo that looks like the NAF", request(target=f"http://{NAF}@mallory.home1.net{OWN}"), [*TARGET, "200"], 1,
        ("absolute", "absolute"))
    add("a fragment before the authority's end", request(target=f"http://mallory.home1.net#{OWN}"), [*HOST_INVALID, "200"], 1)
    add("another NAF", request(host=other), ["403 policy-naf-denied", "200"], 1)
    for name, value in (("an address", "127.0.0.1"), ("an IPv6 address", "[::1]"), ("localhost", "localhost"),
                        ("a list", f"{NAF}, mallory.home1.net"), ("a path", f"{NAF}/x"), ("a port that is too large", f"{NAF}:65536"),
                        ("nothing", ""), ("a name behind a space", f"{NAF} mallory.home1.net"), ("an underscore", "a_b.home1.net")):
        add(f"Host holds {name}", request(host=f"Host: {value}\r\n"), [*HOST_INVALID, "200"], 1)
    add("Host holds userinfo", request(host=f"Host: me@{NAF}\r\n"), [*TARGET, "200"], 1)
    add("the agent's own name", request(target="/status", host="Host: ut-agent\r\n"), ["404 request-resource-unknown", "200"], 1)
    for scheme in ("ftp", "file", "javascript", "sip", "urn"):
        add(f"the scheme {scheme}", request(target=f"{scheme}://{NAF}{OWN}"), [*TARGET, "200"], 1)
    add("a target without a slash", request(target="pres-rules"), [*TARGET, "200"], 1)
    add("a target that is an authority", request(target=f"{NAF}:443"), [*TARGET, "200"], 1)
    add("a target that is an asterisk", request(target="*"), [*TARGET, "200"], 1)


def paths():
    """Ways around the policy: `server` reads the target in its own way."""
    up = f"../{OTHER_XUI}/index"
    for name, target, wanted, relay, server in (
            ("dot segments", OWN_TREE + up, TARGET, "", "dots"),
            ("encoded dots", OWN_TREE + up.replace("..", "%2e%2e"), TARGET, "", "decode dots"),
            ("one encoded dot", OWN_TREE + up.replace("..", ".%2E"), TARGET, "", "decode dots"),
            ("dots encoded twice", OWN_TREE + up.replace("..", "%252e%252e"), TARGET, "", "decode decode dots"),
            ("encoded slashes", OWN_TREE + up.replace("/", "%2f"), TARGET, "", "decode dots"),
            ("slashes encoded twice", OWN_TREE + up.replace("/", "%252f"), TARGET, "", "decode decode dots"),
            ("dots and slashes encoded twice", OWN_TREE + up.replace("/", "%252f").replace("..", "%252e%252e"), TARGET, "",
             "decode decode dots"),
            ("backslashes", OWN_TREE + up.replace("/", "\\"), TARGET, "", "backslash dots"),
            ("encoded backslashes", OWN_TREE + up.replace("/", "%5c"), TARGET, "", "decode backslash dots"),
            ("dots with a parameter", OWN_TREE + up.replace("..", "..;x"), TARGET, "", "parameters dots"),
            ("dots in the absolute form", f"http://{NAF}{OWN_TREE}{up}", TARGET, "absolute", "absolute dots"),
            ("dots behind the node selector", OWN + "/~~/../../" + up, TARGET, "", "dots"),
            ("NUL behind another's document", OTHER.replace("mallory", "%6dallory") + "%00" + OWN, TARGET, "deny", "nul decode"),
            ("a raw NUL behind another's document", OTHER.replace("mallory", "%6dallory") + "\0" + OWN, MALFORMED, "deny", "nul decode"),
            ("another's XUI, encoded", OTHER.replace("mallory", "%6Dallory"), DENIED, "deny", "decode"),
            ("another's XUI, encoded twice", OTHER.replace("mallory", "%256Dallory"), DENIED, "deny", "decode decode"),
            ("another's XUI with an encoded colon", OTHER.replace("sip:", "sip%3A"), DENIED, "deny", "decode"),
            ("another's XUI in capitals", OTHER.replace("sip:mallory", "SIP:MALLORY"), DENIED, "deny", "case"),
            ("another's XUI behind a parameter", OTHER.replace("/users/", "/users;x/"), DENIED, "deny", "parameters"),
            ("another's XUI with a parameter before it", OTHER.replace("/users/", "/users/;x/"), DENIED, "deny", "parameters merge"),
            ("the tree in capitals", OTHER.replace("users", "Users"), TARGET, "deny", "case"),
            ("the tree, encoded", OTHER.replace("users", "u%73ers"), TARGET, "deny", "decode"),
            ("an empty segment behind the tree", OTHER.replace("/users/", "/users//"), TARGET, "deny", "merge"),
            ("an empty segment at the front", "/" + OTHER.replace("/users/", "//users//"), TARGET, "deny", "merge"),
            ("a fragment behind another's document", OTHER.replace("mallory", "%6dallory") + "#" + OWN, TARGET, "deny",
             "fragment decode"),
            ("a second tree behind the own", OWN_TREE + "x/users/../.." + "/" + up, TARGET, "", "dots"),
            ("a line break in the path", OWN + "%0d%0aHost:%20mallory.home1.net", TARGET, "", "decode"),
            ("a space in the path", OWN + "%20HTTP/1.1%0d%0aHost:%20mallory.home1.net", TARGET, "", "decode")):
        ends = wanted == MALFORMED
        add("path: " + name, request(target=target), [*wanted, *([] if ends else ["200"])], 0 if ends else 1, (relay, server))
    user = STAGE["impu"].partition(":")[2]
    for name, target, wanted in (
            # One and the same identity: the NAF decides, and the lab's knows no other writing.
            ("the own XUI in another case", OWN.replace("sip:", "SIP:").replace("@i", "@I"), ["403"]),
            ("the own XUI, encoded", OWN.replace(":", "%3a").replace("@", "%40"), ["200"]),
            ("the own user in another case", OWN.replace(user, user.upper()), DENIED),
            ("the own XUI with sips", OWN.replace("sip:", "sips:"), DENIED),
            ("the own XUI with a parameter", OWN.replace("/index", ";user=phone/index"), DENIED),
            ("the own XUI with a port", OWN.replace("/index", ":5060/index"), DENIED),
            ("the own XUI with a password", OWN.replace("@", ":x@"), DENIED),
            ("the own XUI with a dot behind it", OWN.replace("/index", "./index"), DENIED),
            ("the own XUI in brackets", OWN.replace(STAGE["impu"], "%3c" + STAGE["impu"] + "%3e"), DENIED),
            ("the own XUI without its scheme", OWN.replace("sip:", ""), DENIED),
            ("the user as a telephone number", f"/pres-rules/users/tel:+{user}/index", DENIED),
            ("a number as sip", "/pres-rules/users/sip:+15551234@home1.net;user=phone/index", DENIED),
            ("a number as tel", "/pres-rules/users/tel:+1-555-1234/index", DENIED),
            ("the global tree", "/pres-rules/global/index", ["404"]),
            ("another root", "/services" + OWN, DENIED),
            ("another AUID", OWN.replace("pres-rules", "rls-services"), DENIED),
            ("an AUID in capitals", OWN.replace("pres-rules", "PRES-RULES"), DENIED),
            ("no tree", "/pres-rules/index", DENIED),
            ("a raw octet beyond ASCII", OWN + "\xe4", TARGET),
            ("half of an encoding", OWN + "%2", TARGET),
            ("no hexadecimal digits", OWN + "%zz", TARGET),
            ("an encoding of an encoding", OWN + "%%35", TARGET),
            ("a quotation mark", OWN + '?x="', TARGET),
            ("a fragment", OWN + "#x", TARGET)):
        add("path: " + name, request(target=target), [*wanted, "200"], 1 + (" " not in wanted[0]))
    add("path: the tree of another, global, is not written", request("PUT", "/pres-rules/global/index", "Content-Length: 0\r\n"),
        [*DENIED, "200"], 1)


def pages():
    """Requests that browsers make for a page, with the NAF's name rebound to this machine or the agent as their proxy."""
    rebound = f"Host: {NAF}\r\n"
    for name, fields in (
            ("Origin", "Origin: http://evil.example\r\n"), ("an Origin of null", "Origin: null\r\n"),
            ("an Origin that is the NAF's name", f"Origin: http://{NAF}\r\n"),
            ("Sec-Fetch-Site", "Sec-Fetch-Site: cross-site\r\n"), ("Sec-Fetch-Mode", "Sec-Fetch-Mode: no-cors\r\n"),
            ("Sec-Fetch-Site of the same origin", "Sec-Fetch-Site: same-origin\r\n"),
            ("Referer", "Referer: http://evil.example/page\r\n"),
            ("Referer of the same origin", f"Referer: http://{NAF}/page\r\n"),
            ("Cookie", "Cookie: a=b\r\n"), ("Upgrade-Insecure-Requests", "Upgrade-Insecure-Requests: 1\r\n"),
            ("User-Agent", "User-Agent: Mozilla/5.0 (X11; Linux x86_64) Gecko/20100101 Firefox/140.0\r\n"),
            ("Sec-CH-UA", 'Sec-CH-UA: "Chromium"\r\n'), ("Sec-GPC", "Sec-GPC: 1\r\n"),
            ("Sec_Fetch_Site with _", "Sec_Fetch_Site: cross-site\r\n")):
        add("page: " + name, request(fields=fields, host=rebound), [*PAGE, "200"], 1)
    preflight = "Origin: http://evil.example\r\nAccess-Control-Request-Method: PUT\r\n"
    add("page: a preflight", request("OPTIONS", fields=preflight), [*PAGE, "200"], 1)
    add("page: a private-network preflight", request("OPTIONS", fields="Access-Control-Request-Private-Network: true\r\n"),
        [*PAGE, "200"], 1)
    claim = "Proxy-Authorization: Basic " + base64.b64encode(f"browser:{STAGE['token']}".encode()).decode() + "\r\n"
    for name, fields in (("fetch", "Origin: http://evil.example\r\n"), ("an image", "Referer: http://evil.example/\r\n"),
                         ("a page that the user opens", "Upgrade-Insecure-Requests: 1\r\n")):
        add(f"page: {name} of a browser that has the agent as its proxy",
            request(target=f"http://{NAF}{OWN}", fields=claim + fields), PAGE, 0, probe=False, door="tcp")
    add("page: a rebound name without the token", request(host=f"Host: {NAF}:{STAGE['tcp']}\r\n"), ["407 policy-token-wrong"], 0,
        probe=False, door="tcp")
    add("page: a rebound name of the page's own", request(host=f"Host: evil.example:{STAGE['tcp']}\r\n", fields=claim),
        ["403 policy-naf-denied"], 0, probe=False, door="tcp")
    add("an application over TCP with its token", request(target=f"http://{NAF}{OWN}", fields=claim), ["200"], 1, probe=False, door="tcp")
    for name, value in (("of Bearer", "Bearer x"), ("that is wrong", "Basic YnJvd3Nlcjp4"), ("without a colon", "Basic eA=="),
                        ("that is no base64", "Basic ****")):
        add("a token " + name, request(fields=f"Proxy-Authorization: {value}\r\n"), ["407 policy-token-wrong"], 0, probe=False, door="tcp")


def complaints(kind):
    """What is not as the table says."""
    if kind.weak and not falls(kind.weak, kind.octets):
        yield "the weak victim does not fall for it"
    before = seen()
    answers, bodies = ask(kind.door, kind.octets, kind.heads)
    after = seen()
    final = [answer for answer in answers if answer[0] != "1"]
    if final != kind.wanted:
        yield f"wanted {kind.wanted}, got {answers}"
    if after[0] - before[0] != kind.reached:
        yield f"{after[0] - before[0]} requests came to the NAF, not {kind.reached}"
    if kind.reached == 0 and after[1] != before[1]:
        yield f"{after[1] - before[1]} octets came to the NAF"
    if kind.body is not None and bodies:
        got = {"body_base64": "", "headers": []} | json.loads(bodies[0])
        if base64.b64decode(got["body_base64"]) != kind.body:
            yield f"the NAF got {got['body_base64']}"
        names = {name.lower() for name, _ in got["headers"]}
        if names & set(kind.without):
            yield f"the NAF got {names & set(kind.without)}"


def main():
    for part in (framing, chunks, handled, switched, floods, hosts, paths, pages):
        part()
    good = weak = 0
    for kind in TABLE:
        wrong = list(complaints(kind))
        weak += kind.weak is not None
        good += not wrong
        print(f"{'not ok' if wrong else 'ok'} {kind.name}: {', '.join(kind.wanted) or 'no answer'}", *wrong, sep="\n# ", flush=True)
    names = [kind.name for kind in TABLE]
    if len(set(names)) != len(names):
        print("not ok the table names a kind twice")
    print(f"front: {len(TABLE)} kinds, {good} refused or handled as the table says, {weak} of them succeed against a weak victim")


main()
