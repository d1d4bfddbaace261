#!/usr/bin/env python3
"""The PKI portal of ut-lab and its NAFs with client certificates, against openssl and a terminal
written from the specifications alone.

usage: test_certificates.py UT-LAB
"""

import base64
import datetime
import os
import ssl
import sys
import tempfile
import time

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from peer import Card, Lab, Terminal, kdf, ks_naf  # noqa: E402
from tap import check, finish  # noqa: E402
from test import DOCUMENT, IMPI, IMPU, K, OPC, PATH, XML, run, user2_keys  # noqa: E402

PORTAL = 'pki.home1.net'
PORTAL_TLS = 'pkitls.home1.net'
CERT = 'cert.home1.net'
CERT_ID = 'certid.home1.net'
CERT_TICKET = 'certticket.home1.net'
MIXED = 'mixed.home1.net'
ALL = 'all.home1.net'
USER2 = 'user2_private@home1.net'
CONFIG = f'''
bsf_name = "bsf.home1.net"
[[subscriber]]
impi = "{IMPI}"
impus = ["{IMPU}", "tel:+15550001"]
k = "{K.hex()}"
opc = "{OPC.hex()}"
[[subscriber]]
impi = "{USER2}"
impus = ["sip:user2_public1@home1.net"]
k = "00112233445566778899aabbccddeeff"
op = "cdc202d5123e20f62b6d676ac72cb318"
[[naf]]
name = "{PORTAL}"
pki_portal = true
[[naf]]
name = "{PORTAL_TLS}"
pki_portal = true
ua_protocol_id = "tls"
certificate_lifetime = 3600
[[naf]]
name = "{CERT}"
methods = ["certificate"]
client_ca_file = "CLIENT_CA"
[[naf]]
name = "{CERT_ID}"
methods = ["certificate"]
tls_max = "1.2"
tls_tickets = false
[[naf]]
name = "{CERT_TICKET}"
methods = ["certificate"]
tls_max = "1.2"
[[naf]]
name = "{MIXED}"
methods = ["digest", "certificate"]
[[naf]]
name = "{ALL}"
methods = ["psk", "aka", "digest", "certificate"]
'''
UA_ID = bytes([1, 0, 0, 0, 0])
PKCS10 = [('Content-Type', 'application/x-pkcs10')]
NO_CERTIFICATE = {'1.2': 'ALERT_HANDSHAKE_FAILURE', '1.3': 'CERTIFICATE_REQUIRED'}


class Ca:
    """A CA that is not the lab's."""

    def __init__(self, name):
        self.key = ec.generate_private_key(ec.SECP256R1())
        self.name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
        self.certificate = self._builder(self.name, self.key, 2, 2).add_extension(
            x509.BasicConstraints(True, None), True).sign(self.key, hashes.SHA256())

    def _builder(self, subject, key, before, after):
        now = datetime.datetime.utcnow()
        return (x509.CertificateBuilder().subject_name(subject).issuer_name(self.name)
                .public_key(key.public_key()).serial_number(x509.random_serial_number())
                .not_valid_before(now - datetime.timedelta(before))
                .not_valid_after(now + datetime.timedelta(after)))

    def write(self, path):
        with open(path, 'wb') as file:
            file.write(self.certificate.public_bytes(serialization.Encoding.PEM))

    def issue(self, path, name, usage=None, after=1):
        """A file with key and certificate."""
        key = ec.generate_private_key(ec.SECP256R1())
        subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
        builder = self._builder(subject, key, 2, after)
        if usage:
            builder = builder.add_extension(x509.ExtendedKeyUsage([usage]), False)
        with open(path, 'wb') as file:
            file.write(key.private_bytes(serialization.Encoding.PEM,
                                         serialization.PrivateFormat.PKCS8,
                                         serialization.NoEncryption()))
            file.write(builder.sign(self.key, hashes.SHA256()).public_bytes(
                serialization.Encoding.PEM))
        return path


class Bench:
    def __init__(self, lab, directory):
        self.lab, self.directory, self.made = lab, directory, 0
        self.terminal = Terminal(lab, IMPI, Card(K, OPC))
        self.terminal.bootstrap()

    def path(self, name):
        self.made += 1
        return os.path.join(self.directory, f'{self.made}-{name}')

    def request(self, subject, *kind):
        """Key file and request of `openssl req`."""
        key = self.path('key.pem')
        made = run('openssl', 'req', '-new', '-nodes', '-keyout', key, '-subj', subject, *(
            kind or ('-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256')))
        return key, made.stdout

    def portal(self, name=PORTAL, terminal=None):
        naf = (terminal or self.terminal).open(name)
        naf.ua_id = UA_ID if name == PORTAL else None
        return naf

    def enrol(self, request, how='single', portal=None, extra=None):
        naf = portal or self.portal()
        answer = naf.ask('POST', f'/enrol?response={how}', request, extra or PKCS10, qop='auth-int')
        if not portal:
            naf.connection.close()
        return answer

    def enrolled(self):
        """A file with a key and the certificate that the portal issues for it."""
        key, request = self.request(f'/CN={IMPI}')
        answer = self.enrol(request)
        return self.joined(key, answer.body)

    def joined(self, key, certificate):
        path = self.path('cert.pem')
        with open(path, 'wb') as file, open(key, 'rb') as private:
            file.write(private.read() + certificate)
        return path

    def context(self, tls, certificate=None):
        context = self.terminal.context(tls)
        if certificate:
            context.load_cert_chain(certificate)
        return context

    def visit(self, name, tls='1.3', certificate=None, session=None, context=None):
        """The NAF and its answer, or None and the alert. Without a word of GBA."""
        try:
            naf = self.terminal.open(name, context or self.context(tls, certificate), session)
            naf.answer = naf.plain('GET', '/lab/echo', extra=[('User-Agent', 'peer')])
            return naf, naf.answer
        except ssl.SSLError as error:
            return None, error.reason


def text_of(certificate):
    return run('openssl', 'x509', '-noout', '-text', data=certificate).stdout.decode()


def serial_of(certificate):
    return run('openssl', 'x509', '-noout', '-serial', data=certificate).stdout.decode().strip()[7:]


def end_of(certificate):
    return x509.load_pem_x509_certificate(certificate).not_valid_after


def test_enrolment(bench):
    lab = bench.lab
    kinds = {'EC P-256': ('-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256'),
             'EC P-384': ('-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-384'),
             'RSA 2048': ('-newkey', 'rsa:2048')}
    portal = bench.portal()
    for what, kind in kinds.items():
        key, request = bench.request(f'/CN={IMPI}', *kind)
        answer = bench.enrol(request, portal=portal)
        check(answer.status == 200 and answer.proved
              and answer.header('Content-Type') == 'application/x-x509-user-cert',
              f'{what}: the portal answers, proved by rspauth [UA-7]')
        public = run('openssl', 'x509', '-noout', '-pubkey', data=answer.body).stdout
        check(public == run('openssl', 'pkey', '-in', key, '-pubout').stdout,
              f'{what}: the certificate is for the key of the request [UA-7]')
        file = bench.joined(key, answer.body)
        verified = run('openssl', 'verify', '-CAfile', lab.where['subscriber_ca_file'], '-purpose',
                       'sslclient', '-x509_strict', file)
        check(verified.returncode == 0, f'{what}: openssl verifies it for TLS clients [UA-7]')
    text = text_of(answer.body)
    left = end_of(answer.body) - datetime.datetime.utcnow()
    check(f'Subject: CN = {IMPI}\n' in text and 'TLS Web Client Authentication' in text
          and 'Digital Signature' in text and 'ecdsa-with-SHA256' in text
          and datetime.timedelta(hours=23) < left <= datetime.timedelta(hours=24),
          'name, usage, signature and lifetime are as configured [UA-7]')
    listed = lab.control('GET', '/certificates')
    check(len(listed) == 3 and listed[2] == {
        'impi': IMPI, 'serial': serial_of(answer.body).lower(),
        'not_after': end_of(answer.body).isoformat() + 'Z'}, 'the control endpoint lists it [UA-7]')
    check(lab.stats()['nafs'][PORTAL]['certificates_issued'] == 3, 'it is counted [UA-7]')

    key, request = bench.request('/')
    bare = b''.join(request.splitlines()[1:-1])
    answer = bench.enrol(bare, portal=portal)
    check(answer.status == 200 and f'CN = {IMPI}\n' in text_of(answer.body),
          'bare base64 with an empty subject gets the IMPI for its name [UA-7]')
    chain = bench.enrol(request, 'chain', portal)
    with open(lab.where['subscriber_ca_file'], 'rb') as file:
        ca = file.read()
    check(chain.status == 200 and chain.body.endswith(ca) and chain.body.count(b'BEGIN') == 2,
          'response=chain: the CA comes after it [UA-7]')
    pointer = bench.enrol(request, 'pointer', portal)
    place = pointer.body.decode().strip().removeprefix(f'https://{PORTAL}')
    fetched = portal.ask('GET', place)
    check(place.startswith('/certificates/') and fetched.status == 200
          and serial_of(fetched.body).lower() == place.rsplit('/', 1)[1]
          and fetched.header('Content-Type') == 'application/x-x509-user-cert',
          'response=pointer: the certificate is where it says [UA-7]')
    user2 = Terminal(lab, USER2, Card(*user2_keys()))
    user2.bootstrap()
    other = bench.portal(terminal=user2)
    check(other.ask('GET', place).status == 404, 'for nobody else [UA-7]')
    other.connection.close()
    answer = portal.ask('GET', '/ca')
    check((answer.status, answer.body, answer.header('Content-Type'))
          == (200, ca, 'application/x-x509-ca-cert'), 'the portal gives its CA [UA-7]')
    check(portal.ask('GET', PATH).status == 404 and portal.ask('GET', '/enrol').status == 405
          and portal.ask('GET', '/lab/echo').status == 200
          and portal.plain('GET', PATH).status == 401,
          'it is no XCAP server, and nothing without authentication [UA-7]')
    check(portal.plain('POST', '/enrol?response=single', request, PKCS10).status == 401,
          'nobody enrols without authentication [UA-7]')
    check(lab.stats()['findings'] == {}, 'a terminal by the book breaks no rule [UA-7]')
    portal.connection.close()

    tls = bench.portal(PORTAL_TLS)
    answer = bench.enrol(request, portal=tls)
    left = end_of(answer.body) - datetime.datetime.utcnow()
    check(answer.status == 200 and left <= datetime.timedelta(hours=1),
          'a portal may have the Ua id of TLS, and another lifetime [UA-7 KEY-2]')
    tls.challenge, tls.ua_id = None, UA_ID
    check(tls.ask('GET', '/ca').status == 401, 'but each only its own Ua id [UA-7 KEY-2]')
    tls.connection.close()


def test_refusals(bench):
    portal = bench.portal()
    right = bench.request(f'/CN={IMPI}')[1]
    broken = bytearray(base64.b64decode(b''.join(right.splitlines()[1:-1])))
    broken[-1] ^= 1
    cases = [
        ('no request at all', b'', 400), ('garbage', b'garbage', 400),
        ('base64 of something else', base64.b64encode(b'garbage'), 400),
        ('a wrong signature', base64.b64encode(bytes(broken)), 400),
        ('more than a request', base64.b64encode(bytes(broken) + b'x'), 400),
        ('RSA 1024', bench.request(f'/CN={IMPI}', '-newkey', 'rsa:1024')[1], 400),
        ('Ed25519', bench.request(f'/CN={IMPI}', '-newkey', 'ed25519')[1], 400),
        ('EC P-521', bench.request(f'/CN={IMPI}', '-newkey', 'ec', '-pkeyopt',
                                   'ec_paramgen_curve:P-521')[1], 400),
        ('a subject without a name', bench.request('/O=home1')[1], 400),
        ('two names', bench.request(f'/CN={IMPI}/CN={USER2}')[1], 400),
        ('the name of another', bench.request(f'/CN={USER2}')[1], 403),
    ]
    for what, request, status in cases:
        answer = bench.enrol(request, portal=portal)
        check(answer.status == status, f'the portal refuses {what}: {answer.status} [UA-7]')
    check(bench.enrol(right, 'other', portal).status == 400
          and portal.ask('POST', '/enrol', right, PKCS10).status == 400
          and bench.enrol(right, portal=portal, extra=[('Content-Type', 'text/plain')]).status
          == 415, 'and another form or media type [UA-7]')
    check(bench.lab.control('GET', '/certificates') == [], 'and has issued nothing [UA-7]')
    portal.connection.close()


def test_certificate_naf(bench):
    lab = bench.lab
    file = bench.enrolled()
    for name, tls in ((CERT, '1.3'), (CERT, '1.2'), (CERT_ID, '1.2'), (CERT_TICKET, '1.2'),
                      (MIXED, '1.3'), (MIXED, '1.2'), (ALL, '1.3'), (ALL, '1.2')):
        context = bench.context(tls, file)
        before = lab.stats()['nafs'][name]
        first, answer = bench.visit(name, context=context)
        check(answer.status == 200 and f'\\"{IMPU}\\"'.encode() in answer.body,
              f'{name}, TLS {tls}: the certificate authenticates [UA-7 UA-8]')
        session = first.connection.sock.session
        first.connection.close()
        second, answer = bench.visit(name, context=context, session=session)
        check(second.connection.sock.session_reused and answer.status == 200
              and f'\\"{IMPU}\\"'.encode() in answer.body,
              f'{name}, TLS {tls}: and does so when resumed [UA-7 UT-6]')
        second.connection.close()
        after = lab.stats()['nafs'][name]
        grown = {each: after[each] - before[each]
                 for each in ('full_handshakes', 'resumed_handshakes', 'certificate_handshakes',
                              'certificate_authenticated', 'authenticated')}
        check(list(grown.values()) == [1, 1, 2, 2, 2], f'{name}, TLS {tls}: counted [UA-7]')

    naf, _ = bench.visit(CERT, certificate=file)
    created = naf.plain('PUT', PATH, DOCUMENT, XML)
    check(created.status == 201 and naf.plain('GET', PATH).body == DOCUMENT
          and naf.plain('GET', PATH.replace('user1', 'user2')).status == 403,
          'requests need no Authorization, and reach the own tree alone [UA-7 XC-2]')
    echo = naf.plain('GET', '/lab/echo', extra=[('X-3GPP-Intended-Identity', '"tel:+15550001"')])
    check(b'["X-3GPP-Asserted-Identity","\\"tel:+15550001\\""]' in echo.body,
          'the intended identity is asserted [UA-7 UA-8]')
    check(naf.plain('GET', PATH, extra=[('X-3GPP-Intended-Identity', '"sip:x@home1.net"')]).status
          == 403, 'but none of another [UA-7 UA-8]')
    check(lab.stats()['nafs'][CERT]['without_authorization'] == {}, 'all are authenticated [UA-7]')
    check(naf.plain('GET', PATH, extra=[('Authorization', 'Digest x')]).status == 200
          and any(rule.startswith(f'{CERT}: Authorization') for rule in lab.stats()['findings']),
          'an Authorization is a finding [UA-7]')
    naf.connection.close()

    for tls in ('1.2', '1.3'):
        failed = lab.stats()['nafs'][CERT]['failed_handshakes']
        _, alert = bench.visit(CERT, tls)
        check(NO_CERTIFICATE[tls] in str(alert)
              and lab.stats()['nafs'][CERT]['failed_handshakes'] == failed + 1,
              f'TLS {tls}: without a certificate the handshake fails: {alert} [UA-7]')
        naf = bench.terminal.open(MIXED, bench.context(tls))
        answer = naf.ask('GET', '/lab/echo')
        check(answer.status == 200 and answer.proved,
              f'TLS {tls}: where there is Digest too, that goes on [UA-7]')
        naf.connection.close()
    naf, answer = bench.visit(MIXED)
    check(answer.status == 403 and naf.plain('GET', PATH).status == 401,
          'and wants its product token and a challenge [UA-7 UA-5]')
    naf.connection.close()
    where = lab.naf(CERT)
    seen = run('openssl', 's_client', '-connect', f'127.0.0.1:{where["port"]}', '-servername', CERT,
               '-CAfile', lab.where['ca_file'], data=b'').stdout.decode()
    names = seen.split('Acceptable client certificate CA names\n')[-1]
    check(names.startswith('CN = ut-lab subscriber CA\nCN = operator\n'),
          'the CAs are named in the request [UA-7]')


def test_beside_psk(bench):
    """A terminal of PSK TLS is not asked for a certificate."""
    lab, t = bench.lab, bench.terminal
    port = lab.naf(ALL)['port']
    psk = {'-tls1_2': ks_naf(t.ks, t.rand, IMPI, ALL, 0xCCAC),
           '-tls1_3': kdf(t.ks, b'gba-me', t.rand, IMPI.encode(),
                          ALL.encode() + bytes([1, 0, 0, 0, 7]))}
    request = (f'GET /lab/echo HTTP/1.1\r\nHost: {ALL}\r\nUser-Agent: 3gpp-gba\r\n'
               'Connection: close\r\n\r\n')
    for option, key in psk.items():
        before = lab.stats()['nafs'][ALL]
        seen = run('openssl', 's_client', '-connect', f'127.0.0.1:{port}', '-servername', ALL,
                   option, '-psk', key.hex(), '-psk_identity', f'3GPP-bootstrapping;{t.b_tid}',
                   '-cipher', 'ECDHE-PSK-CHACHA20-POLY1305', '-ciphersuites',
                   'TLS_AES_128_GCM_SHA256', '-ign_eof', data=request.encode())
        after = lab.stats()['nafs'][ALL]
        check(b'HTTP/1.1 200 OK' in seen.stdout
              and after['psk_handshakes'] == before['psk_handshakes'] + 1
              and after['certificate_handshakes'] == before['certificate_handshakes'],
              f'{option}: PSK TLS goes on beside client certificates [UA-7 UA-6]')


def test_other_certificates(bench, operator):
    stranger = Ca('stranger')
    issue = lambda ca, name, **how: ca.issue(bench.path('other.pem'), name, **how)
    for tls in ('1.2', '1.3'):
        naf, answer = bench.visit(CERT, tls, issue(operator, IMPI))
        check(answer.status == 200, f'TLS {tls}: a certificate of client_ca_file counts [UA-7]')
        naf.connection.close()
        naf, answer = bench.visit(CERT, tls, issue(operator, USER2,
                                                   usage=ExtendedKeyUsageOID.CLIENT_AUTH))
        check(b'user2_public1' in answer.body, f'TLS {tls}: and names its user [UA-7]')
        naf.connection.close()
        naf, answer = bench.visit(CERT, tls, issue(operator, 'nobody@home1.net'))
        check(answer.status == 403, f'TLS {tls}: an IMPI that nobody has is 403 [UA-7]')
        naf.connection.close()
        for what, certificate, alert in (
                ('another CA', issue(stranger, IMPI), 'UNKNOWN_CA'),
                ('servers', issue(operator, IMPI, usage=ExtendedKeyUsageOID.SERVER_AUTH),
                 'UNSUPPORTED_CERTIFICATE'),
                ('yesterday', issue(operator, IMPI, after=-1), 'CERTIFICATE_EXPIRED')):
            _, got = bench.visit(CERT, tls, certificate)
            check(alert in str(got), f'TLS {tls}: a certificate of {what} is refused: {got} [UA-7]')
        _, got = bench.visit(MIXED, tls, issue(operator, IMPI))
        check('UNKNOWN_CA' in str(got), f'TLS {tls}: each NAF has its own CAs: {got} [UA-7]')


def test_revocation(bench):
    lab = bench.lab
    for name, tls in ((CERT, '1.3'), (CERT, '1.2'), (CERT_ID, '1.2'), (MIXED, '1.3')):
        file = bench.enrolled()
        with open(file, 'rb') as pem:
            serial = serial_of(pem.read())
        context = bench.context(tls, file)
        naf, _ = bench.visit(name, context=context)
        session = naf.connection.sock.session
        lab.control('POST', '/revoke', {'serial': serial})
        check(naf.plain('GET', PATH).status == 403,
              f'{name}, TLS {tls}: an open connection is 403 after revocation [UA-7]')
        naf.connection.close()
        resumed = lab.stats()['nafs'][name]['resumed_handshakes']
        _, alert = bench.visit(name, context=context, session=session)
        check('CERTIFICATE_REVOKED' in str(alert)
              and lab.stats()['nafs'][name]['resumed_handshakes'] == resumed,
              f'{name}, TLS {tls}: a revoked certificate is not resumed: {alert} [UA-7]')
        _, alert = bench.visit(name, tls, file)
        check('CERTIFICATE_REVOKED' in str(alert), f'{name}, TLS {tls}: nor taken again [UA-7]')
    for wrong in ({'serial': 'xyz'}, {'serial': ''}, {'serial': 1}, {}, None):
        try:
            lab.control('POST', '/revoke', wrong)
            check(False, f'the control endpoint does not revoke {wrong}')
        except RuntimeError as error:
            check('400' in str(error), f'the control endpoint does not revoke {wrong}')
    lab.control('POST', '/reset')
    naf, answer = bench.visit(CERT, certificate=file)
    check(answer.status == 200 and lab.control('GET', '/certificates') == [],
          'reset forgets revocations and what was issued')
    naf.connection.close()
    bench.terminal.bootstrap()


def test_portal_faults(bench):
    lab = bench.lab
    key, request = bench.request(f'/CN={IMPI}')
    public = run('openssl', 'pkey', '-in', key, '-pubout').stdout

    def of(fault):
        lab.fault(fault, count=1, naf=PORTAL)
        answer = bench.enrol(request)
        check(answer.status == 200 and answer.proved, f'{fault}: answered, proved by rspauth [UA-7]')
        return answer

    wrong = of('portal-wrong-key').body
    certified = run('openssl', 'x509', '-noout', '-pubkey', data=wrong).stdout
    check(certified != public and 'prime256v1' in text_of(wrong)
          and f'CN = {IMPI}\n' in text_of(wrong), 'portal-wrong-key: another of its kind [UA-7]')
    check('Subject: CN = somebody.else@evil.example' in text_of(of('portal-wrong-name').body),
          'portal-wrong-name [UA-7]')
    answer = of('portal-not-pem')
    check(b'BEGIN' not in answer.body
          and answer.header('Content-Type') == 'application/x-x509-user-cert', 'portal-not-pem [UA-7]')
    answer = of('portal-wrong-type')
    check(answer.header('Content-Type') == 'text/html' and public == run(
        'openssl', 'x509', '-noout', '-pubkey', data=answer.body).stdout,
          'portal-wrong-type: all else is right [UA-7]')

    weak = of('portal-weak').body
    context = bench.context('1.2')
    context.set_ciphers('DEFAULT@SECLEVEL=0')
    context.load_cert_chain(bench.joined(key, weak))
    _, alert = bench.visit(CERT, context=context)
    check('ecdsa-with-SHA1' in text_of(weak) and 'ALERT' in str(alert),
          f'portal-weak: SHA-1, which no NAF takes: {alert} [UA-7]')

    expired = of('portal-expired').body
    _, alert = bench.visit(CERT, certificate=bench.joined(key, expired))
    check(end_of(expired) < datetime.datetime.utcnow() and 'CERTIFICATE_EXPIRED' in str(alert),
          f'portal-expired: which no NAF takes: {alert} [UA-7]')

    short = of('portal-short').body
    file = bench.joined(key, short)
    places = ((CERT, '1.3'), (CERT, '1.2'), (CERT_ID, '1.2'))
    contexts = [bench.context(tls, file) for _, tls in places]
    nafs = [bench.visit(name, context=context) for (name, _), context in
            zip(places, contexts, strict=True)]
    check([answer.status for _, answer in nafs] == [200] * 3, 'portal-short: good at first [UA-7]')
    # A ticket that a resumed connection gets is no longer good than the one before.
    session = nafs[0][0].connection.sock.session
    again, _ = bench.visit(CERT, context=contexts[0], session=session)
    sessions = [again.connection.sock.session] + [
        naf.connection.sock.session for naf, _ in nafs[1:]]
    check(again.connection.sock.session_reused, 'portal-short: resumed at first [UA-7]')
    time.sleep(max(0.0, (end_of(short) - datetime.datetime.utcnow()).total_seconds()) + 1.1)
    check([naf.plain('GET', '/lab/echo').status for naf, _ in nafs] == [403] * 3,
          'portal-short: open connections are 403 after five seconds [UA-7]')
    for (name, tls), context, session in zip(places, contexts, sessions, strict=True):
        resumed = lab.stats()['nafs'][name]['resumed_handshakes']
        _, alert = bench.visit(name, context=context, session=session)
        check('CERTIFICATE_EXPIRED' in str(alert)
              and lab.stats()['nafs'][name]['resumed_handshakes'] == resumed,
              f'portal-short: {name}, TLS {tls}: and none is resumed: {alert} [UA-7 UT-6]')


def test_certificate_faults(bench):
    lab = bench.lab
    where = lab.naf(CERT)
    for tls, option in (('1.2', '-tls1_2'), ('1.3', '-tls1_3')):
        lab.fault('certificate-not-asked', naf=CERT)
        seen = run('openssl', 's_client', '-connect', f'127.0.0.1:{where["port"]}', '-servername',
                   CERT, option, '-CAfile', lab.where['ca_file'], data=b'').stdout.decode()
        naf, answer = bench.visit(CERT, tls)
        check('No client certificate CA names sent' in seen and 'Verify return code: 0' in seen
              and answer.status == 200 and naf.plain('GET', PATH).status == 404,
              f'certificate-not-asked, TLS {tls}: served all the same [UA-7 UT-1]')
        naf.connection.close()
        lab.control('DELETE', '/faults')
        _, alert = bench.visit(CERT, tls)
        check(NO_CERTIFICATE[tls] in str(alert), 'until it is cleared [UA-7]')
    stats = lab.stats()['nafs'][CERT]
    check((stats['certificate_handshakes'], stats['certificate_authenticated'],
           stats['without_authorization']) == (0, 0, {'GET': 4}),
          'which counts as no authentication [UA-7]')
    lab.fault('certificate-not-asked', count=1)
    naf = bench.portal()
    check(naf.plain('GET', '/ca').status == 401
          and lab.control('GET', '/faults')['set'][0]['count'] == 1,
          'a NAF without client certificates does not have this fault [UA-7]')
    naf.connection.close()
    lab.control('DELETE', '/faults')
    file = bench.enrolled()
    for fault, status in (('always-401', 401), ('403', 403), ('500', 500)):
        lab.fault(fault, count=1)
        naf, answer = bench.visit(CERT, certificate=file)
        check(answer.status == status and naf.plain('GET', '/lab/echo').status == 200,
              f'{fault}: on a connection with a certificate too [UA-7]')
        naf.connection.close()
    for fault in ('tls-expired-certificate', 'tls-wrong-host-name', 'tls-self-signed'):
        lab.fault(fault, count=1)
        _, reason = bench.visit(CERT, certificate=file)
        check('CERTIFICATE_VERIFY_FAILED' in str(reason), f'{fault}: of a certificate NAF [UT-2]')


def main():
    with tempfile.TemporaryDirectory(prefix='ut-lab-certificates.') as directory:
        operator = Ca('operator')
        ca_file = os.path.join(directory, 'operator.pem')
        operator.write(ca_file)
        lab = Lab(sys.argv[1], CONFIG.replace('CLIENT_CA', ca_file))
        try:
            bench = Bench(lab, directory)
            for test in (test_enrolment, test_refusals, test_certificate_naf, test_beside_psk,
                         lambda b: test_other_certificates(b, operator), test_revocation,
                         test_portal_faults, test_certificate_faults):
                test(bench)
                lab.control('POST', '/reset')
                bench.terminal.bootstrap()
        finally:
            lab.stop()
    return finish()


if __name__ == '__main__':
    sys.exit(main())
