#!/usr/bin/python3
"""Reads a pcap file with GSMTAP packets of a SIM, independent of the program that wrote it.

  read-pcap.py FILE SECRET...

Fails unless there is one ATR, a SELECT and an AUTHENTICATE, every length and the checksum of IPv4 agree, every exchange
ends with a status word, and no SECRET (hexadecimal) is in the file.
"""
import struct
import sys

data = open(sys.argv[1], "rb").read()
magic, major, minor, _, _, _, link = struct.unpack("<IHHiIII", data[:24])
assert (magic, major, minor, link) == (0xA1B2C3D4, 2, 4, 228), "pcap header"
at, kinds, instructions = 24, [], []
while at < len(data):
    seconds, micro, captured, original = struct.unpack("<IIII", data[at:at + 16])
    assert captured == original and micro < 1000000 and seconds > 1600000000, "packet header"
    packet = data[at + 16:at + 16 + captured]
    assert len(packet) == captured, "cut short"
    at += 16 + captured
    assert packet[0] == 0x45 and packet[9] == 17 and struct.unpack(">H", packet[2:4])[0] == captured, "IPv4"
    total = sum(struct.unpack(">10H", packet[:20]))
    assert (total & 0xFFFF) + (total >> 16) == 0xFFFF, "checksum of IPv4"
    _, port, length, _ = struct.unpack(">HHHH", packet[20:28])
    assert port == 4729 and length == captured - 20, "UDP"
    version, words, kind = packet[28:31]
    assert (version, words, kind) == (2, 4, 4), "GSMTAP"
    kinds.append(packet[40])
    payload = packet[28 + 4 * words:]
    if packet[40] == 0:
        instructions.append(payload[1])
        assert payload[-2] >> 4 in (6, 9), "status word"
    else:
        assert payload[0] in (0x3B, 0x3F), "ATR"
assert kinds.count(1) == 1 and 0xA4 in instructions and 0x88 in instructions, (kinds, instructions)
for secret in sys.argv[2:]:
    assert bytes.fromhex(secret) not in data, "a secret"
print(f"{len(instructions)} exchanges")
