#!/usr/bin/python3
"""A NAF for tests/scenario/crowd that ut-lab cannot be: bulk-naf.py PORT CERTIFICATE KEY COUNTS

It asks for no authentication, sends as much as it is asked for and reads as little as it may:
  GET /length/N, GET /chunked/N   N octets with Content-Length or in chunks
  GET /crumbs/N                   N octets, in chunks of one octet, as many at once as a TLS record takes
  GET /drip/N                     N octets, one every 20 ms
  PUT /sink                       reads the body: 200 and its length
  PUT /deaf                       reads none of the body and gives no answer
COUNTS is a file of two numbers of 64 bits, kept up to date: octets of bodies that were sent, and that were read. SIGUSR1
closes all connections. Prints "ready" when it listens.
"""
import mmap
import signal
import socket
import ssl
import struct
import sys
import threading
import time

PIECE = bytes(16384)
CRUMB = b"1\r\n\0\r\n"
DRIP_SECONDS = 0.02
# Little room in the kernel: what is not read is soon felt at the other end.
SOCKET_OCTETS = 65536

lock = threading.Lock()
connections = set()


class Counts:
    def __init__(self, path):
        with open(path, "w+b") as file:
            file.write(bytes(16))
            file.flush()
            self.map = mmap.mmap(file.fileno(), 16)
        self.values = [0, 0]

    def add(self, which, octets):
        with lock:
            self.values[which] += octets
            self.map[:] = struct.pack("=QQ", *self.values)


def send_crumbs(stream, octets, counts):
    while octets:
        count = min(octets, len(PIECE) // len(CRUMB))
        stream.sendall(CRUMB * count)
        counts.add(0, count)
        octets -= count
    stream.sendall(b"0\r\n\r\n")


def send_body(stream, octets, chunked, counts):
    while octets:
        piece = PIECE[:octets]
        stream.sendall(b"%x\r\n%s\r\n" % (len(piece), piece) if chunked else piece)
        counts.add(0, len(piece))
        octets -= len(piece)
    if chunked:
        stream.sendall(b"0\r\n\r\n")


def read_body(stream, rest, octets, counts):
    counts.add(1, len(rest))
    left = octets - len(rest)
    while left > 0:
        piece = stream.recv(65536)
        if not piece:
            return False
        counts.add(1, len(piece))
        left -= len(piece)
    return True


def answer(stream, header, rest, counts):
    """One request; whether another one may follow."""
    lines = header.decode("latin-1").split("\r\n")
    method, target, _ = lines[0].split(" ")
    fields = {name.lower(): value.strip() for name, _, value in (line.partition(":") for line in lines[1:])}
    _, what, *count = target.split("/")
    if method == "GET" and what in ("length", "chunked", "crumbs", "drip"):
        octets = int(count[0])
        framing = "Transfer-Encoding: chunked" if what in ("chunked", "crumbs") else f"Content-Length: {octets}"
        stream.sendall(f"HTTP/1.1 200 OK\r\n{framing}\r\n\r\n".encode())
        if what == "drip":
            for _ in range(octets):
                send_body(stream, 1, False, counts)
                time.sleep(DRIP_SECONDS)
        elif what == "crumbs":
            send_crumbs(stream, octets, counts)
        else:
            send_body(stream, octets, what == "chunked", counts)
        return True
    if method == "PUT" and what == "deaf":
        while stream.fileno() >= 0:  # until SIGUSR1
            time.sleep(0.05)
        return False
    body = b""
    if method == "PUT":
        octets = int(fields["content-length"])
        if not read_body(stream, rest, octets, counts):
            return False
        body = str(octets).encode()
    stream.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n%s" % (len(body), body))
    return True


def requests(stream, counts):
    data = b""
    while True:
        while b"\r\n\r\n" not in data:
            piece = stream.recv(4096)
            if not piece:
                return
            data += piece
        header, _, rest = data.partition(b"\r\n\r\n")
        if not answer(stream, header, rest, counts):
            return
        data = b""


def serve(connection, context, counts):
    try:
        with context.wrap_socket(connection, server_side=True) as stream:
            connections.add(stream)
            try:
                requests(stream, counts)
            finally:
                connections.discard(stream)
    except OSError:
        pass


def close_all(*_):
    for stream in list(connections):
        try:
            stream.shutdown(socket.SHUT_RDWR)
            stream.close()
        except OSError:
            pass
    connections.clear()


def main():
    port, certificate, key, counts = sys.argv[1:]
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate, key)
    shared = Counts(counts)
    listener = socket.socket()
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    for option in (socket.SO_RCVBUF, socket.SO_SNDBUF):
        listener.setsockopt(socket.SOL_SOCKET, option, SOCKET_OCTETS)
    listener.bind(("127.0.0.1", int(port)))
    listener.listen(128)
    signal.signal(signal.SIGUSR1, close_all)
    print("ready", flush=True)
    while True:
        connection, _ = listener.accept()
        threading.Thread(target=serve, args=(connection, context, shared), daemon=True).start()


main()
