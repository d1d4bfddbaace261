#!/usr/bin/python3
"""A man in the middle who rewrites the ClientHello: edit-client-hello.py LISTEN CONNECT EDIT

EDIT is suites=HEX,HEX... (offers these suites instead), drop=EXTENSION (renames an extension to
one that nobody knows) or extension=EXTENSION:HEX (has this content instead), or several with "+"
between them. Everything else passes unchanged; one connection after the other, on 127.0.0.1.
"""

import socket
import struct
import sys
import threading


def read_exactly(source, count):
    data = b""
    while len(data) < count:
        more = source.recv(count - len(data))
        if not more:
            raise EOFError
        data += more
    return data


def edit(hello, what, value):
    """hello: the handshake message with its header of four octets."""
    at = 4 + 2 + 32
    session_end = at + 1 + hello[at]
    suites_size = struct.unpack_from(">H", hello, session_end)[0]
    suites_end = session_end + 2 + suites_size
    if what == "suites":
        suites = b"".join(bytes.fromhex(suite) for suite in value.split(","))
        body = hello[4:session_end] + struct.pack(">H", len(suites)) + suites + hello[suites_end:]
        return hello[:1] + struct.pack(">I", len(body))[1:] + body
    wanted, _, content = value.partition(":")
    at = suites_end + 1 + hello[suites_end] + 2
    before, extensions, found = hello[:at - 2], b"", False
    while at < len(hello):
        kind, size = struct.unpack_from(">HH", hello, at)
        body = hello[at + 4:at + 4 + size]
        if kind == int(wanted):
            kind, body, found = (0xFAFA, body, True) if what == "drop" else (kind, bytes.fromhex(content), True)
        extensions += struct.pack(">HH", kind, len(body)) + body
        at += 4 + size
    if not found:
        raise ValueError("no extension " + value)
    body = before[4:] + struct.pack(">H", len(extensions)) + extensions
    return hello[:1] + struct.pack(">I", len(body))[1:] + body


def pump(source, sink):
    try:
        while data := source.recv(65536):
            sink.sendall(data)
    except OSError:
        pass
    try:
        sink.shutdown(socket.SHUT_WR)
    except OSError:
        pass


def serve(client, port, edits):
    with client, socket.create_connection(("127.0.0.1", port)) as server:
        head = read_exactly(client, 5)
        hello = read_exactly(client, struct.unpack(">H", head[3:])[0])
        edited = hello
        for what, value in edits:
            edited = edit(edited, what, value)
        print("edited", edits, flush=True)
        server.sendall(head[:3] + struct.pack(">H", len(edited)) + edited)
        back = threading.Thread(target=pump, args=(server, client))
        back.start()
        pump(client, server)
        back.join()


def main():
    listen, connect = int(sys.argv[1]), int(sys.argv[2])
    edits = [part.split("=") for part in sys.argv[3].split("+")]
    with socket.create_server(("127.0.0.1", listen)) as listener:
        print("ready", flush=True)
        while True:
            client, _ = listener.accept()
            try:
                serve(client, connect, edits)
            except (EOFError, OSError) as error:
                print("ended:", error, flush=True)


main()
