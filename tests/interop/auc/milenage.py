"""Milenage (TS 35.206) in Python, written apart from isim/soft and sharing nothing with it.

With osmo-auc-gen as the third opinion it keeps the software card and its tests from being wrong together.
"""
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes


def aes(key, block):
    encryptor = Cipher(algorithms.AES(key), modes.ECB()).encryptor()
    return encryptor.update(block) + encryptor.finalize()


def xor(a, b):
    return bytes(i ^ j for i, j in zip(a, b))


def rotate(block, bits):
    return block[bits // 8:] + block[:bits // 8]


def constant(value):
    return bytes(15) + bytes([value])


def f1(k, opc, rand, sqn, amf):
    """MAC-A and MAC-S."""
    temp = aes(k, xor(rand, opc))
    rotated = rotate(xor((sqn + amf) * 2, opc), 64)
    out = xor(aes(k, xor(temp, rotated)), opc)
    return out[:8], out[8:]


def f2345(k, opc, rand):
    """RES, CK, IK, AK and AK*."""
    temp = xor(aes(k, xor(rand, opc)), opc)

    def out(bits, value):
        return xor(aes(k, xor(rotate(temp, bits), constant(value))), opc)

    out2 = out(0, 1)
    return out2[8:], out(32, 2), out(64, 4), out2[:6], out(96, 8)[:6]


def vector(k, opc, rand, sqn, amf):
    """AUTN, RES, CK, IK."""
    res, ck, ik, ak, _ = f2345(k, opc, rand)
    mac, _ = f1(k, opc, rand, sqn, amf)
    return xor(sqn, ak) + amf + mac, res, ck, ik


def triplet(k, opc, rand):
    """Kc and SRES: the conversions c3 and c2 of TS 33.102 clause 6.8.1.2."""
    res, ck, ik, _, _ = f2345(k, opc, rand)
    return xor(xor(ck[:8], ck[8:]), xor(ik[:8], ik[8:])), xor(res[:4], res[4:])


def sqn_ms(k, opc, rand, auts):
    """The SQN in AUTS, or None when its MAC-S is wrong."""
    sqn = xor(auts[:6], f2345(k, opc, rand)[4])
    return sqn if f1(k, opc, rand, sqn, b"\0\0")[1] == auts[6:] else None
