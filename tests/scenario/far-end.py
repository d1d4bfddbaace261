#!/usr/bin/python3
"""Another network for programs on this machine: two TUN devices, this process between them, and behind the far one
relays to what listens on the loopback there.

  far-end.py NAMESPACE ADDRESS PORT...

The near device, "near", is made in the network that this is started in, without an address. The far one is made in
the network namespace of the file NAMESPACE and has ADDRESS; each PORT there leads to the same one of 127.0.0.1. Says
"ready" when it carries packets.
"""
import asyncio
import ctypes
import fcntl
import os
import struct
import subprocess
import sys

TUNSETIFF, IFF_TUN, IFF_NO_PI = 0x400454CA, 0x1, 0x1000
CLONE_NEWNET = 0x40000000
LIBC = ctypes.CDLL(None, use_errno=True)


def open_tun(name):
    fd = os.open("/dev/net/tun", os.O_RDWR | os.O_NONBLOCK | os.O_CLOEXEC)
    fcntl.ioctl(fd, TUNSETIFF, struct.pack("16sH22x", name.encode(), IFF_TUN | IFF_NO_PI))
    return fd


def enter(namespace):
    fd = os.open(namespace, os.O_RDONLY)
    if LIBC.setns(fd, CLONE_NEWNET) != 0:
        sys.exit(f"cannot enter {namespace}: {os.strerror(ctypes.get_errno())}")
    os.close(fd)


def carry(source, sink):
    try:
        packet = os.read(source, 65536)
        os.write(sink, packet)
    except OSError:
        pass  # a device that is down loses what is sent


async def copy(reader, writer):
    try:
        while octets := await reader.read(65536):
            writer.write(octets)
            await writer.drain()
    except OSError:
        pass
    writer.close()


async def relay(port, reader, writer):
    there = await asyncio.open_connection("127.0.0.1", port)
    await asyncio.gather(copy(reader, there[1]), copy(there[0], writer))


async def main():
    namespace, address, *ports = sys.argv[1:]
    near = open_tun("near")
    enter(namespace)
    far = open_tun("far")
    for argv in (["link", "set", "lo", "up"], ["address", "add", address, "dev", "far"], ["link", "set", "far", "up"]):
        subprocess.run(["ip", *argv], check=True)
    loop = asyncio.get_running_loop()
    loop.add_reader(near, carry, near, far)
    loop.add_reader(far, carry, far, near)
    for port in ports:
        await asyncio.start_server(lambda r, w, port=port: relay(int(port), r, w), address.split("/")[0], int(port))
    print("ready", flush=True)
    await asyncio.Event().wait()


asyncio.run(main())
