"""notify-socket.py PATH: what programs tell their service manager (sd_notify(3)), a message a line."""

import socket
import sys

listening = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
listening.bind(sys.argv[1])
while True:
    print(listening.recv(4096).decode().strip().replace("\n", " "), flush=True)
