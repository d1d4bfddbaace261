#!/usr/bin/python3
"""The AuC of hostapd's EAP server: answers its text protocol (eap_sim_db=unix:PATH) with vectors.

hostapd's own hlr_auc_gw is not in Debian. Requests: AKA-REQ-AUTH IMSI (for EAP-AKA and EAP-AKA'), AKA-AUTS IMSI
AUTS RAND, SIM-REQ-AUTH IMSI N (N triplets, 1 to 3).
"""
import argparse
import os
import socket

import milenage

parser = argparse.ArgumentParser()
parser.add_argument("path", help="Unix datagram socket to make")
parser.add_argument("--k", type=bytes.fromhex, required=True)
parser.add_argument("--opc", type=bytes.fromhex, required=True)
parser.add_argument("--amf", type=bytes.fromhex, default=bytes.fromhex("8000"))
parser.add_argument("--sqn", type=int, default=32, help="last sequence number used")
parser.add_argument("--wrong-mac", action="store_true")
options = parser.parse_args()
sqn = options.sqn


def authentication_vector(imsi):
    global sqn
    sqn += 32
    rand = os.urandom(16)
    autn, res, ck, ik = milenage.vector(options.k, options.opc, rand, sqn.to_bytes(6, "big"), options.amf)
    if options.wrong_mac:
        autn = autn[:-1] + bytes([autn[-1] ^ 1])
    return " ".join(["AKA-RESP-AUTH", imsi, rand.hex(), autn.hex(), ik.hex(), ck.hex(), res.hex()])


def triplets(imsi, count):
    answer = ["SIM-RESP-AUTH", imsi]
    for _ in range(count):
        rand = os.urandom(16)
        kc, sres = milenage.triplet(options.k, options.opc, rand)
        answer.append(":".join([kc.hex(), sres.hex(), rand.hex()]))
    return " ".join(answer)


def resynchronise(auts, rand):
    global sqn
    found = milenage.sqn_ms(options.k, options.opc, bytes.fromhex(rand), bytes.fromhex(auts))
    if found is None:
        print("AUTS: wrong MAC-S", flush=True)
        return
    sqn = int.from_bytes(found, "big")
    print("AUTS: SQNms", sqn, flush=True)


server = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
server.bind(options.path)
print("auc ready", flush=True)
while True:
    datagram, client = server.recvfrom(2000)
    words = datagram.decode().split()
    print("request", words[0], flush=True)
    if words[0] == "AKA-REQ-AUTH":
        server.sendto(authentication_vector(words[1]).encode(), client)
    elif words[0] == "AKA-AUTS":
        resynchronise(words[2], words[3])
    elif words[0] == "SIM-REQ-AUTH":
        server.sendto(triplets(words[1], min(int(words[2]), 3)).encode(), client)
