"""A card in vpcd's first reader that gives no answer to reset that is one."""
import socket
import time


def connect():
    """The reader opens its port anew after a card has left it, when pcscd looks the next time."""
    end = time.monotonic() + 10
    while True:
        try:
            return socket.create_connection(("127.0.0.1", 35963))
        except ConnectionRefusedError:
            if time.monotonic() >= end:
                raise
            time.sleep(0.05)


card = connect()


def receive(size):
    octets = b""
    while len(octets) < size:
        more = card.recv(size - len(octets))
        if not more:
            raise SystemExit
        octets += more
    return octets


while True:
    command = receive(int.from_bytes(receive(2), "big"))
    if len(command) == 1 and command[0] in (0, 1, 2):
        continue
    card.sendall(b"\x00\x01\x00")
