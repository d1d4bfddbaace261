"""pass-sockets.py [NAME=KIND:PLACE[:MODE]]... -- COMMAND...: a service manager that passes sockets (sd_listen_fds(3)).

KIND is unix, dgram or bound (not listening) with a path, or tcp with address and port: apps=unix:/run/ut.sock:0666,
tcp=tcp:127.0.0.1:8055. A path that is there already is replaced. The command keeps the process id.
"""

import os
import socket
import sys

FIRST = 3


def unix(kind, place):
    path, _, mode = place.partition(":")
    made = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM if kind == "dgram" else socket.SOCK_STREAM)
    if os.path.exists(path):
        os.unlink(path)
    made.bind(path)
    os.chmod(path, int(mode or "0666", 8))
    if kind == "unix":
        made.listen(512)
    return made


def tcp(place):
    address, _, port = place.rpartition(":")
    made = socket.socket(socket.AF_INET6 if ":" in address else socket.AF_INET)
    made.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    made.bind((address, int(port)))
    made.listen(512)
    return made


end = sys.argv.index("--")
names, sockets = [], []
for wanted in sys.argv[1:end]:
    name, _, what = wanted.partition("=")
    kind, _, place = what.partition(":")
    names.append(name)
    sockets.append(tcp(place) if kind == "tcp" else unix(kind, place))
# Out of the way first: a descriptor may be where another is to go.
high = [os.dup2(made.fileno(), FIRST + 100 + number, inheritable=False) for number, made in enumerate(sockets)]
for number, descriptor in enumerate(high):
    os.dup2(descriptor, FIRST + number, inheritable=True)
os.environ.update(LISTEN_PID=str(os.getpid()), LISTEN_FDS=str(len(names)), LISTEN_FDNAMES=":".join(names))
os.execvp(sys.argv[end + 1], sys.argv[end + 1 :])
