"""A slow way to another network: two TUN devices, and between them a thread that lets packets wait.

It stands in for netem, which not every kernel has. Only the far end's programs are beyond the link; what
happens on this side of it costs no time.
"""

import collections
import ctypes
import fcntl
import os
import select
import struct
import subprocess
import threading
import time

from processes import Failure

NEAR, FAR = "10.66.0.1", "10.66.0.2"
LIBC = ctypes.CDLL(None, use_errno=True)
TUNSETIFF, IFF_TUN, IFF_NO_PI = 0x400454CA, 0x1, 0x1000
CLONE_NEWNET = 0x40000000


def open_tun(name):
    fd = os.open("/dev/net/tun", os.O_RDWR | os.O_NONBLOCK | os.O_CLOEXEC)
    fcntl.ioctl(fd, TUNSETIFF, struct.pack("16sH22x", name.encode(), IFF_TUN | IFF_NO_PI))
    return fd


def inside(namespace, action):
    """What `action` gives in the network namespace of that file; this thread comes back from it."""
    own = os.open("/proc/thread-self/ns/net", os.O_RDONLY)
    there = os.open(namespace, os.O_RDONLY)
    try:
        if LIBC.setns(there, CLONE_NEWNET) != 0:
            raise Failure(f"cannot enter {namespace}: {os.strerror(ctypes.get_errno())}")
        return action()
    finally:
        LIBC.setns(own, CLONE_NEWNET)
        os.close(there)
        os.close(own)


class SlowLink:
    """Leaving the context takes the devices away; the programs of the far end end before it."""

    def __init__(self, programs, one_way_seconds):
        self.one_way = one_way_seconds
        holder = programs.start("far", ["unshare", "-n", "sleep", "infinity"])
        self.namespace = f"/proc/{holder.pid}/ns/net"
        own = os.readlink("/proc/self/ns/net")
        holder.wait_for(lambda: os.readlink(self.namespace) != own, 5, "to have a network of its own")
        try:
            self.near = open_tun("near")
        except OSError as error:
            raise Failure(f"no TUN device can be made here: {error}") from None
        self.far = inside(self.namespace, lambda: open_tun("far"))
        for prefix, name, address in (([], "near", NEAR), (self.command(), "far", FAR)):
            for argv in (["address", "add", f"{address}/24", "dev", name], ["link", "set", name, "up"],
                         ["link", "set", "lo", "up"]):
                subprocess.run([*prefix, "ip", *argv], check=True)
        self.stopped = False
        self.thread = threading.Thread(target=self.carry, daemon=True)

    def command(self):
        """What is put before a program that is to run at the far end."""
        return ["nsenter", f"--net={self.namespace}", "--"]

    def __enter__(self):
        self.thread.start()
        return self

    def __exit__(self, *_):
        self.stopped = True
        self.thread.join()
        os.close(self.near)
        os.close(self.far)

    def carry(self):
        under_way = collections.deque()  # (when, to, packet), the earliest first
        other = {self.near: self.far, self.far: self.near}
        while not self.stopped:
            wait = 0.1 if not under_way else max(0, min(0.1, under_way[0][0] - time.monotonic()))
            for fd in select.select(list(other), [], [], wait)[0]:
                under_way.append((time.monotonic() + self.one_way, other[fd], os.read(fd, 65536)))
            while under_way and under_way[0][0] <= time.monotonic():
                _, to, packet = under_way.popleft()
                os.write(to, packet)
