#!/usr/bin/env python3
"""Each fault of ut-lab is what it claims to be, happens as often as asked, and ends when cleared.

usage: test_faults.py UT-LAB
"""

import os
import re
import socket
import ssl
import sys
import time

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from peer import AkaNaf, Card, Connection, Lab, Naf, Terminal, UbError, parameters  # noqa: E402
from tap import check, finish  # noqa: E402
from test import AKA, CONFIG, IMPI, K, NAF, OPC, PATH, DOCUMENT, XML, run  # noqa: E402

OTHER = 'tls12.home1.net'


def new_terminal(lab):
    """A terminal whose card has seen nothing yet."""
    return Terminal(lab, IMPI, Card(K, OPC))


def ub_error(terminal):
    """The reason why Ub failed, or None."""
    try:
        terminal.bootstrap()
        return None
    except (UbError, OSError, EOFError, KeyError) as error:
        return f'{type(error).__name__} {error}'


def first_message(lab):
    """The connection on which it was sent."""
    bsf = lab.where['bsf']
    connection = lab.connect(bsf['port'])
    connection.send('GET', '/', [('Host', bsf['name']), (
        'Authorization',
        f'Digest username="{IMPI}", realm="{bsf["name"]}", nonce="", uri="/", response=""')])
    return connection


def first_answer(lab):
    connection = first_message(lab)
    answer = connection.receive('GET')
    connection.close()
    return answer


def comes_true(condition):
    """Within ten seconds."""
    end = time.monotonic() + 10
    while not condition():
        if time.monotonic() > end:
            return False
        time.sleep(0.01)
    return True


def last_answer(lab):
    """The 200 of a Ub run as it was sent, rspauth checked."""
    terminal = new_terminal(lab)
    bodies = []
    receive = Connection.receive

    def remember(self, method):
        bodies.append(receive(self, method))
        return bodies[-1]

    Connection.receive = remember
    try:
        error = ub_error(terminal)
    finally:
        Connection.receive = receive
    return bodies[-1], error


def test_bsf(lab):
    lab.fault('wrong-mac', count=1)
    check('MAC failure' in str(ub_error(new_terminal(lab))), 'wrong-mac: the card refuses AUTN [UB-6]')
    check(ub_error(new_terminal(lab)) is None, 'a count of one is used up by one run')

    terminal = new_terminal(lab)
    lab.fault('sqn-jump', count=1)
    check(ub_error(terminal) is None and terminal.auts_sent == 1, 'sqn-jump: one AUTS heals it [UB-5]')
    terminal = new_terminal(lab)
    lab.fault('sqn-jump')
    check('no end' in str(ub_error(terminal)) and terminal.auts_sent == 3,
          'sqn-jump without a count goes on [UB-5]')
    lab.control('DELETE', '/faults/sqn-jump')
    check(ub_error(terminal) is None, 'until it is cleared')

    for fault, status in (('bsf-403', 403), ('bsf-404', 404), ('bsf-500', 500),
                          ('bsf-redirect', 302), ('bsf-unchallenged', 200)):
        lab.fault(fault, count=1)
        answer = first_answer(lab)
        check(answer.status == status, f'{fault}: status {status}')
        if status == 302:
            check('evil' in answer.header('Location'), 'bsf-redirect: to another place [UB-10]')
    for fault, mark in (('bsf-no-auth-int', 'qop="auth",'), ('bsf-wrong-algorithm', '=MD5,'),
                        ('bsf-garbage-challenge', 'nonce==')):
        lab.fault(fault, count=1)
        check(mark in first_answer(lab).header('WWW-Authenticate'), f'{fault}: {mark} [UB-2]')
    lab.fault('bsf-short-nonce', count=1)
    nonce = parameters(first_answer(lab).header('WWW-Authenticate'))['nonce']
    check(len(nonce) == 24, 'bsf-short-nonce: 16 octets [UB-2]')

    lab.fault('bsf-wrong-rspauth', count=1)
    check('rspauth' in str(ub_error(new_terminal(lab))), 'bsf-wrong-rspauth [UB-3]')
    lab.fault('bsf-missing-rspauth', count=1)
    answer, error = last_answer(lab)
    check(answer.header('Authentication-Info') is None and 'rspauth' in error,
          'bsf-missing-rspauth [UB-3]')
    lab.fault('bsf-tampered-body', count=1)
    answer, error = last_answer(lab)
    check(b'<lifetime>9' in answer.body and 'rspauth' in error, 'bsf-tampered-body [UB-3]')
    for fault, mark in (('bsf-wrong-namespace', b'uri:not-3gpp-gba'), ('bsf-doctype', b'<!ENTITY'),
                        ('bsf-garbage-xml', b'Z$'), ('bsf-opaque-b-tid', rb'<btid>[0-9a-f]{40}@')):
        lab.fault(fault, count=1)
        answer, error = last_answer(lab)
        check(re.search(mark, answer.body) is not None and 'rspauth' not in str(error),
              f'{fault}: the body is wrong, rspauth right [UB-4]')
    lab.fault('bsf-expired-lifetime', count=1)
    answer, _ = last_answer(lab)
    until = re.search(rb'<lifetime>(.*)</lifetime>.*<currenttime>(.*)</currenttime>', answer.body,
                      re.DOTALL)
    check(until[1] < until[2], 'bsf-expired-lifetime [UB-9]')

    lab.fault('bsf-slow', count=1, delay_ms=300)
    begin = time.monotonic()
    first_answer(lab)
    check(time.monotonic() - begin >= 0.3, 'bsf-slow: later')
    lab.fault('bsf-slow', count=1, delay_ms=60000)
    before = lab.stats()['bsf']['requests']
    impatient = first_message(lab)
    check(comes_true(lambda: lab.stats()['bsf']['requests'] == before + 1),
          'bsf-slow: the request is counted when it comes')
    impatient.close()
    lab.fault('bsf-reset', count=1)
    check('ConnectionResetError' in str(ub_error(new_terminal(lab))), 'bsf-reset: TCP RST')
    lab.fault('bsf-down')
    check('ConnectionRefusedError' in str(ub_error(new_terminal(lab))), 'bsf-down: no port')
    lab.control('DELETE', '/faults')
    check(ub_error(new_terminal(lab)) is None, 'and the same port again afterwards')


class RawTls:
    """TLS over a socket of our own, as Python's SSLSocket shows a TCP reset as an end of file."""

    def __init__(self, raw, context, name):
        self.raw, self.incoming, self.outgoing = raw, ssl.MemoryBIO(), ssl.MemoryBIO()
        self.tls = context.wrap_bio(self.incoming, self.outgoing, server_hostname=name)
        self._until_done(self.tls.do_handshake)

    def _until_done(self, step, *arguments):
        while True:
            try:
                result = step(*arguments)
                self.raw.sendall(self.outgoing.read())
                return result
            except ssl.SSLWantReadError:
                self.raw.sendall(self.outgoing.read())
                self.incoming.write(self.raw.recv(65536))

    def sendall(self, octets):
        self._until_done(self.tls.write, octets)

    def recv(self, most):
        return self._until_done(self.tls.read, most)

    def close(self):
        self.raw.close()


def open_raw(terminal, lab):
    """As Terminal.open, over RawTls."""
    raw = socket.create_connection(('127.0.0.1', lab.naf(NAF)['port']), timeout=10)
    context = terminal.context()
    sock = RawTls(raw, context, NAF)
    suite = next(c['id'] & 0xFFFF for c in context.get_ciphers()
                 if c['name'] == sock.tls.cipher()[0])
    return Naf(terminal, NAF, Connection(sock), suite)


def test_naf(lab):
    terminal = new_terminal(lab)
    terminal.bootstrap()
    naf = terminal.open(NAF)

    def challenge():
        return parameters(naf.plain('GET', PATH).header('WWW-Authenticate'))

    lab.fault('wrong-realm', count=1)
    check(challenge()['realm'] == '3GPP-bootstrapping@naf.evil.example', 'wrong-realm [UA-1]')
    lab.fault('uicc-realm', count=1)
    check(challenge()['realm'] == f'3GPP-bootstrapping-uicc@{NAF}', 'uicc-realm [UA-1]')
    naf.learn(naf.plain('GET', PATH))
    lab.fault('always-401', count=2)
    check([naf.ask('GET', '/lab/echo').status for _ in range(3)] == [401, 401, 200],
          'always-401, twice [UA-4]')
    lab.fault('403', count=1)
    check(naf.ask('GET', '/lab/echo').status == 403, '403 [UA-4]')
    lab.fault('500', count=1)
    check(naf.ask('GET', '/lab/echo').status == 500, '500')
    lab.fault('stale-nonce', count=1)
    stale = naf.ask('GET', '/lab/echo')
    check(stale.status == 401 and 'stale=true' in stale.header('WWW-Authenticate'),
          'stale-nonce [UA-2]')
    lab.fault('forget-keys', count=1)
    unknown = naf.ask('GET', '/lab/echo')
    check(unknown.status == 401 and 'stale' not in unknown.header('WWW-Authenticate')
          and naf.ask('GET', '/lab/echo').status == 200, 'forget-keys: renegotiation, once [UA-4]')
    lab.fault('unchallenged', count=1)
    check(naf.plain('GET', PATH).status == 200, 'unchallenged: a 2xx without authentication [UT-1]')
    lab.fault('wrong-rspauth', count=1)
    check(not naf.ask('GET', '/lab/echo').proved, 'wrong-rspauth [UA-3]')
    lab.fault('missing-rspauth', count=1)
    check(naf.ask('GET', '/lab/echo').header('Authentication-Info') is None, 'missing-rspauth [UA-3]')
    lab.fault('slow', count=1, delay_ms=300)
    begin = time.monotonic()
    check(naf.ask('GET', '/lab/echo').proved and time.monotonic() - begin >= 0.3, 'slow: later')
    lab.fault('slow', count=1, delay_ms=60000)
    before = lab.stats()['nafs'][NAF]['requests']
    impatient = terminal.open(NAF).connection
    impatient.send('GET', '/lab/echo', [('Host', NAF)])
    check(comes_true(lambda: lab.stats()['nafs'][NAF]['requests'] == before + 1),
          'slow: the request is counted when it comes')
    impatient.close()

    lab.fault('403', naf=OTHER)
    check(naf.ask('GET', '/lab/echo').status == 200, 'a fault of another NAF is none of this one')
    lab.control('DELETE', '/faults')

    naf.ask('PUT', PATH, DOCUMENT, XML)
    naf.connection.close()
    for fault, seen in (('reset-before-answer', rb''), ('reset-in-header', rb'HTTP/1.1 200 OK\r\n'),
                        ('reset-in-body', rb'<\?xml .*')):
        naf = open_raw(terminal, lab)
        naf.learn(naf.plain('GET', PATH))
        lab.fault(fault, count=1)
        try:
            naf.ask('GET', PATH)
            check(False, f'{fault}: the answer does not arrive')
        except ConnectionResetError:
            got = naf.connection.rest
            check(re.match(seen, got) is not None and (got == b'') == (seen == b'')
                  and DOCUMENT not in got, f'{fault}: TCP RST where it says')
        naf.connection.close()
    lab.fault('garbage-answer', count=1)
    naf = terminal.open(NAF)
    naf.connection.send('GET', PATH, naf.headers([]))
    check(naf.connection.sock.recv(100).startswith(b'220 '), 'garbage-answer: no HTTP')
    naf.connection.close()
    naf = terminal.open(NAF)
    lab.fault('close-after-answer', count=1)
    check(naf.plain('GET', PATH).status == 401 and ended(naf) == 'cut',
          'close-after-answer: without a word')
    lab.fault('reset-on-accept', count=1)
    try:
        terminal.open(NAF)
        check(False, 'reset-on-accept')
    except OSError as error:
        check(isinstance(error, ConnectionResetError), 'reset-on-accept')

    for how, proper in (('/close-idle', True), ('/close-idle?abrupt', False)):
        naf = terminal.open(NAF)
        naf.plain('GET', PATH)
        closed = lab.control('POST', how)['closed']
        check(closed >= 1 and ended(naf) == ('close_notify' if proper else 'cut'),
              f'{how}: {"with" if proper else "without"} close_notify')


def test_aka(lab):
    terminal = new_terminal(lab)
    naf = AkaNaf(terminal, AKA, AKA)

    def challenges():
        return naf.challenges(naf.say_who(PATH))

    def asks(challenge):
        naf.run_aka(challenge)
        return naf.ask('GET', '/lab/echo')

    lab.fault('wrong-mac', count=1, naf=AKA)
    check(ub_error(new_terminal(lab)) is None, 'wrong-mac of a NAF is none of the BSF')
    check([naf.run_aka(c) for c in challenges()] == ['mac', 'mac'],
          'wrong-mac: the card refuses what AKA at the NAF says [UA-9]')
    check(asks(challenges()[0]).proved, 'a count of one is used up by one answer')
    lab.fault('sqn-jump', count=1, naf=AKA)
    challenge = challenges()[0]
    check(naf.run_aka(challenge) == 'sync', 'sqn-jump: the card has AUTS [UA-9]')
    answer = naf.ask('GET', '/lab/echo')
    check(answer.status == 401 and asks(naf.challenges(answer)[0]).proved, 'which heals it [UA-9]')
    lab.fault('aka-nonce-short', count=1)
    check([len(c['nonce']) for c in challenges()] == [24, 24], 'aka-nonce-short: 16 octets [UA-9]')
    lab.fault('aka-realm', count=1, naf=AKA)
    challenge = challenges()[0]
    check(challenge['realm'] == 'evil.example' and asks(challenge).status == 400,
          'aka-realm: of another, whose answer is a finding [UA-9]')
    lab.fault('aka-v1-only', count=1, naf=AKA)
    offered = challenges()
    check([c['algorithm'] for c in offered] == ['AKAv1-MD5'] and asks(offered[0]).proved,
          'aka-v1-only: AKAv1-MD5, which works [UA-9]')
    lab.fault('stale-nonce', count=1)
    answer = naf.ask('GET', '/lab/echo')
    check(answer.status == 401 and naf.challenges(answer)[0].get('stale') == 'true',
          'stale-nonce: the nonce of AKA too [UA-9]')
    lab.fault('always-401', count=1, naf=AKA)
    answer = naf.ask('GET', '/lab/echo')
    check(answer.status == 401 and len(naf.challenges(answer)) == 2, 'always-401 [UA-9]')
    naf.run_aka(naf.challenges(answer)[0])
    for fault in ('wrong-rspauth', 'missing-rspauth'):
        lab.fault(fault, count=1)
        answer = naf.ask('GET', '/lab/echo')
        check(answer.status == 200 and not answer.proved
              and (answer.header('Authentication-Info') is None) == (fault == 'missing-rspauth'),
              f'{fault} [UA-9 UA-3]')
    lab.fault('403', count=1)
    check(naf.ask('GET', '/lab/echo').status == 403, '403: of an authenticated IMPI [UA-9]')
    lab.fault('unchallenged', count=1)
    check(naf.say_who(PATH).status == 200, 'unchallenged: served to who says an IMPI [UA-9]')
    naf.connection.close()


def ended(naf):
    """How the server ended the connection; False if it did not."""
    naf.connection.sock.settimeout(3)
    try:
        return 'close_notify' if naf.connection.sock.recv(1) == b'' else False
    except ssl.SSLError as error:
        return 'cut' if error.reason == 'UNEXPECTED_EOF_WHILE_READING' else error.reason
    except ConnectionResetError:
        return 'reset'
    finally:
        naf.connection.close()


def test_tls(lab):
    terminal = new_terminal(lab)
    where = lab.naf(NAF)

    def s_client(*options):
        """What a client that accepts everything sees."""
        done = run('openssl', 's_client', '-connect', f'127.0.0.1:{where["port"]}', '-servername',
                   NAF, '-verify_hostname', NAF, '-CAfile', lab.where['ca_file'], *options, data=b'')
        return (done.stdout + done.stderr).decode(errors='replace')

    def certificate(text):
        pem = re.search(r'-----BEGIN CERTIFICATE-----.*-----END CERTIFICATE-----', text, re.DOTALL)
        return run('openssl', 'x509', '-noout', '-text', data=pem[0].encode()).stdout.decode()

    weak = ('-cipher', 'ALL:COMPLEMENTOFALL:@SECLEVEL=0')
    cases = [
        ('tls-expired-certificate', (), r'Verify return code: 10 ', None),
        ('tls-wrong-host-name', (), r'Verify return code: 62 ', r'DNS:naf\.evil\.example'),
        ('tls-self-signed', (), r'Verify return code: 18 ', None),
        ('tls-rsa-1024', weak, r'Verify return code: 0 ', r'Public-Key: \(1024 bit\)'),
        ('tls-sha1-signature', weak, r'Verify return code: 0 ',
         r'Signature Algorithm: ecdsa-with-SHA1'),
        ('tls-dh-1024', weak, r'Server Temp Key: DH, 1024 bits', None),
        ('tls-anonymous', weak, r'no peer certificate available[\s\S]*New, TLSv1\.2, Cipher is A', None),
        ('tls-null-cipher', weak, r'Cipher is \S*NULL', None),
        ('tls-1.1', weak + ('-tls1_1',), r'Protocol  : TLSv1\.1', None),
        ('tls-no-extended-master-secret', (), r'Extended master secret: no', None),
    ]
    for fault, options, mark, in_certificate in cases:
        lab.fault(fault)
        text = s_client(*options)
        check(re.search(mark, text) is not None
              and (not in_certificate or re.search(in_certificate, certificate(text))),
              f'{fault} is what it claims [UT-2 UT-4]')
        if fault != 'tls-no-extended-master-secret':
            try:
                terminal.open(NAF)
                check(False, f'{fault}: a careful client refuses it')
            except ssl.SSLError:
                check(True, f'{fault}: a careful client refuses it [UT-2 UT-4]')
        lab.control('DELETE', '/faults')
    stats = lab.stats()['nafs'][NAF]
    check(stats['application_octets'] == 0 and stats['failed_handshakes'] > 0,
          'and nothing of a request was received in all that [UT-1]')
    terminal.open(NAF).connection.close()
    check('Verify return code: 0' in s_client('-verify_return_error'),
          'without a fault the server is a proper one [UT-2]')


def test_control(lab):
    for wrong in ({'fault': 'no-such'}, {'fault': '403', 'count': -1}, {'fault': '403', 'more': 1},
                  {'fault': '403', 'naf': 'unknown.home1.net'}, {'fault': 'bsf-500', 'naf': NAF},
                  {'fault': 'bsf-down', 'count': 1}, {}, None):
        try:
            lab.control('POST', '/faults', wrong)
            check(False, f'the control endpoint refuses {wrong}')
        except RuntimeError as error:
            check('400' in str(error), f'the control endpoint refuses {wrong}')
    known = lab.control('GET', '/faults')
    check(known['set'] == [] and len(known['all']) > 40, 'none of them was set; all are listed')
    lab.fault('403', count=2, naf=NAF)
    check(lab.control('GET', '/faults')['set'] == [{'fault': '403', 'count': 2, 'naf': NAF}],
          'a fault that is set is shown')


def main():
    lab = Lab(sys.argv[1], CONFIG)
    try:
        test_tls(lab)
        test_bsf(lab)
        test_naf(lab)
        test_aka(lab)
        lab.control('POST', '/reset')
        check(lab.stats()['bsf']['requests'] == 0 and lab.control('GET', '/documents') == [],
              'reset forgets documents and counters')
        test_control(lab)
    finally:
        lab.stop()
    return finish()


if __name__ == '__main__':
    sys.exit(main())
