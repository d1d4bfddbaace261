#!/usr/bin/python3
"""The far end of the slow link: every name is at this address, and its ports lead to programs on the loopback.

  far_end.py ADDRESS PORT...
"""

import asyncio
import ipaddress
import struct
import sys


class Names(asyncio.DatagramProtocol):
    """Answers A with the address and everything else with nothing (RFC 1035)."""

    def __init__(self, address):
        self.address = ipaddress.IPv4Address(address).packed

    def connection_made(self, transport):
        self.transport = transport

    def datagram_received(self, data, addr):
        end = 12
        while data[end]:
            end += data[end] + 1
        question = data[12:end + 5]
        is_a = struct.unpack("!H", data[end + 1:end + 3])[0] == 1
        answer = b"\xc0\x0c" + struct.pack("!HHIH", 1, 1, 60, 4) + self.address if is_a else b""
        header = data[:2] + struct.pack("!HHHHH", 0x8580, 1, int(is_a), 0, 0)
        self.transport.sendto(header + question + answer, addr)


async def pump(reader, writer):
    try:
        while octets := await reader.read(65536):
            writer.write(octets)
            await writer.drain()
        writer.write_eof()
    except OSError:
        writer.close()


async def main():
    address, *ports = sys.argv[1:]
    await asyncio.get_running_loop().create_datagram_endpoint(lambda: Names(address), (address, 53))

    def relay(port):
        async def serve(reader, writer):
            far_reader, far_writer = await asyncio.open_connection("127.0.0.1", port)
            await asyncio.gather(pump(reader, far_writer), pump(far_reader, writer))
            far_writer.close()
            writer.close()
        return serve
    servers = [await asyncio.start_server(relay(port), address, port) for port in ports]
    print("ready", flush=True)
    await asyncio.gather(*(server.serve_forever() for server in servers))


asyncio.run(main())
