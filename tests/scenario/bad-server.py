#!/usr/bin/python3
"""Servers of tests/scenario/bad-servers that openssl cannot be: bad-server.py FILE RAW-PORT HTTPS-PORT CERTIFICATE KEY

FILE holds the name of what they do, for as long as it stands there. The one says it to whoever sends a first record,
without any TLS of its own; the other does TLS as it should and answers every request with it. On standard output: a
line "connection" for each, then one for what it was sent, "octets" COUNT: of application data (raw), of a body in a
request without Authorization (https). Everything that was sent to it goes to standard error, decrypted if there is TLS.
"""

import os
import select
import socket
import ssl
import struct
import sys

SUITE12 = 0xC02F
SUITE13 = 0x1301


def record(kind, payload, version=0x0303):
    return struct.pack(">BHH", kind, version, len(payload)) + payload


def message(kind, body, size=None):
    return bytes([kind]) + struct.pack(">I", len(body) if size is None else size)[1:] + body


def extension(kind, body):
    return struct.pack(">HH", kind, len(body)) + body


RETRY = bytes.fromhex("cf21ad74e59a6111be1d8c021e65b891c2a211167abb8c5e079e09e2c8a8339c")
TLS13 = extension(43, b"\x03\x04")


def server_hello(version=0x0303, suite=SUITE12, compression=0, extensions=b"", random=bytes(range(32))):
    return message(2, struct.pack(">H", version) + random + b"\0" + struct.pack(">HB", suite, compression)
                   + struct.pack(">H", len(extensions)) + extensions)


def hello(**values):
    return record(22, server_hello(**values))


def key_share(group, size):
    return extension(51, struct.pack(">HH", group, size) + b"\4" + bytes(size - 1))


RAW = {
    "silent": b"",
    "reset": b"",
    "noise": bytes((7 * i + 131) % 256 for i in range(512)),
    "plain-http": b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok",
    "ssh": b"SSH-2.0-OpenSSH_9.2\r\n",
    "smtp": b"220 mail.home1.net ESMTP\r\n",
    "ssl-2": bytes.fromhex("801c04000100020000000010") + bytes(18),
    "ssl-3": record(22, server_hello(version=0x0300, suite=0x000A), 0x0300),
    "tls-1.4": hello(suite=SUITE13, extensions=extension(43, b"\x03\x05") + key_share(0x0017, 65)),
    "data-before-hello": record(23, b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"),
    "empty-record": record(22, b""),
    "half-a-hello": hello()[:20],
    "closed-after-hello": hello(),
    "alert-internal-error": record(21, b"\2\x50"),
    "alert-unrecognized-name": record(21, b"\2\x70"),
    "alert-access-denied": record(21, b"\2\x31"),
    "alert-no-application-protocol": record(21, b"\2\x78"),
    "keys-before-hello": record(20, b"\1"),
    "certificate-before-hello": record(22, message(11, bytes(3))),
    "two-hellos": hello() + hello(),
    "early-keys": hello() + record(20, b"\1"),
    "early-done": hello() + record(22, message(14, b"\0")),
    "endless-hello": record(22, message(2, b"\3\3", 0xFFFFFF)),
    "short-hello": record(22, message(2, b"\3\3" + bytes(20))),
    "hello-with-rest": hello(suite=SUITE13, extensions=TLS13 + key_share(0x0017, 65))[:3]
    + struct.pack(">H", 4 + 2 + 32 + 1 + 3 + 2 + 6 + 73 + 4)
    + server_hello(suite=SUITE13, extensions=TLS13 + key_share(0x0017, 65)) + message(8, b""),
    "compression": hello(compression=1),
    "no-key-share": hello(suite=SUITE13, extensions=TLS13),
    "brainpool": hello(suite=SUITE13, extensions=TLS13 + key_share(0x001A, 65)),
    "http-2": hello(extensions=extension(16, b"\0\3\2h2")),
    "spdy-field": hello(extensions=extension(16, b"\0\0")),
    "max-fragment-length": hello(extensions=extension(1, b"\1")),
    "truncated-hmac": hello(extensions=extension(4, b"")),
    "early-data": hello(suite=SUITE13, extensions=TLS13 + extension(42, b"") + key_share(0x0017, 65)),
    "torn-extension": hello(extensions=b"\0\x17\0\7"),
    "retry-of-tls-1.2": hello(random=RETRY),
}


def answer(*lines, body=""):
    return "\r\n".join([*lines, "", body]).encode("latin-1")


OK = "HTTP/1.1 200 OK"
LENGTH = "Content-Length: 4"
CHUNKED = "Transfer-Encoding: chunked"
REALM = "3GPP-bootstrapping@https.home1.net"
NONCE = 'nonce="MDEyMzQ1Njc4OWFiY2RlZg=="'


def challenge(*values):
    return answer("HTTP/1.1 401 Unauthorized", *("WWW-Authenticate: " + value for value in values), "Content-Length: 0")


HTTPS = {
    "unchallenged": answer(OK, LENGTH, body="fake"),
    "two-lengths": answer(OK, LENGTH, "Content-Length: 40", body="fake"),
    "negative-length": answer(OK, "Content-Length: -4", body="fake"),
    "length-and-chunks": answer(OK, LENGTH, CHUNKED, body="4\r\nfake\r\n0\r\n\r\n"),
    "bare-line-feeds": answer(OK, LENGTH, body="fake").replace(b"\r\n", b"\n"),
    "bare-carriage-return": answer(OK, "X: a\rContent-Length: 4", body="fake"),
    "nul-in-value": answer(OK, "X: a\0b", LENGTH, body="fake"),
    "space-before-colon": answer(OK, "Content-Length : 4", body="fake"),
    "status-of-two-digits": answer("HTTP/1.1 20 OK", LENGTH, body="fake"),
    "upgrade": answer("HTTP/1.1 101 Switching Protocols", "Upgrade: h2c", "Connection: Upgrade"),
    "interim-without-end": answer("HTTP/1.1 100 Continue") * 64,
    "smuggled-answer": challenge(f'Digest realm="{REALM}", {NONCE}, algorithm=MD5, qop="auth-int"')
    + answer(OK, LENGTH, body="fake"),
    "torn-challenge": challenge('Digest realm="' + REALM),
    "two-nonces": challenge(f'Digest realm="{REALM}", {NONCE}, {NONCE}, algorithm=MD5, qop="auth-int"'),
    "no-nonce": challenge(f'Digest realm="{REALM}", algorithm=MD5, qop="auth-int"'),
    "no-answer": b"",
    "redirect": answer("HTTP/1.1 302 Found", "Location: https://xcap.evil.example/", "Content-Length: 0"),
    "truncated": answer(OK, LENGTH)[:20],
    "forged-record": record(23, bytes(64)),
}
WITHOUT_CLOSE_NOTIFY = {"truncated"}
OUTSIDE_TLS = {"forged-record"}


def say(*words):
    print(*words, flush=True)


def raw(client, script):
    received = b""
    client.settimeout(5)
    if first := client.recv(65536):
        received += first
        if script == "reset":
            client.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            return 0, received
        client.sendall(RAW[script])
        if script != "silent":
            client.shutdown(socket.SHUT_WR)
        while more := client.recv(65536):
            received += more
    octets, at = 0, 0
    while at + 5 <= len(received):
        kind, _, size = struct.unpack_from(">BHH", received, at)
        octets += size if kind == 23 else 0
        at += 5 + size
    return octets, received


def https(client, script, context):
    received, octets = b"", 0
    with context.wrap_socket(client, server_side=True) as tls:
        tls.settimeout(5)
        while more := tls.recv(65536):
            received += more
            head, end, body = received.partition(b"\r\n\r\n")
            if not end:
                continue
            fields = head.lower()
            if len(body) < int((fields.split(b"content-length:") + [b"0"])[1].split()[0]):
                continue
            if b"authorization:" not in fields:
                octets += len(body)
            if script in OUTSIDE_TLS:
                os.write(tls.fileno(), HTTPS[script])
            else:
                tls.sendall(HTTPS[script])
            if script in WITHOUT_CLOSE_NOTIFY:
                tls.shutdown(socket.SHUT_WR)
            elif script not in OUTSIDE_TLS:
                tls.unwrap()
            break
    return octets, received


def main():
    script_file, *ports, certificate, key = sys.argv[1:]
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate, key)
    listeners = [socket.create_server(("127.0.0.1", int(port))) for port in ports]
    while True:
        for listener in select.select(listeners, [], [])[0]:
            client, _ = listener.accept()
            with open(script_file, encoding="ascii") as file:
                script = file.read().strip()
            say("connection")
            octets, received = 0, b""
            try:
                with client:
                    octets, received = (
                        raw(client, script) if listener is listeners[0] else https(client, script, context)
                    )
            except OSError:
                pass
            sys.stderr.buffer.write(received)
            sys.stderr.flush()
            say("octets", octets)


main()
