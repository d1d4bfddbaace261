#!/usr/bin/env python3
"""The Authentication Proxy of ut-lab in front of several application servers (TS 33.222 clause 6.5), against a
terminal written from the specifications alone and openssl.

usage: test_proxy.py UT-LAB
"""

import json
import os
import ssl
import subprocess
import sys

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from peer import AkaNaf, Card, Lab, Terminal, ks_naf  # noqa: E402
from tap import check, finish  # noqa: E402
from test import DOCUMENT, IMPI, IMPU, K, OPC, PATH, XML  # noqa: E402

TEL = 'tel:+15550001'
DIRECT = 'xcap.home1.net'
ONE, TWO = 'one.home1.net', 'two.home1.net'
PSK_ONE, PSK_TWO = 'pskone.home1.net', 'psktwo.home1.net'
AKA_ONE, AKA_TWO = 'akaone.home1.net', 'akatwo.home1.net'
CONFIG = f'''
bsf_name = "bsf.home1.net"
[[subscriber]]
impi = "{IMPI}"
impus = ["{IMPU}", "{TEL}"]
k = "{K.hex()}"
opc = "{OPC.hex()}"
[[naf]]
name = "{DIRECT}"
[[ap]]
names = ["{ONE}", "{TWO}"]
[[ap]]
names = ["{PSK_ONE}", "{PSK_TWO}"]
methods = ["psk"]
[[ap]]
names = ["{AKA_ONE}", "{AKA_TWO}"]
methods = ["aka"]
'''
ASSERTED = 'X-3GPP-Asserted-Identity'
INTENDED = 'X-3GPP-Intended-Identity'


def headers_seen(answer):
    return {n.lower(): v for n, v in json.loads(answer.body)['headers']}


def server_of(lab, name):
    return next(each for each in lab.where['application_servers'] if each['name'] == name)


def straight(lab, name, *headers):
    """A request to an application server past its proxy."""
    connection = lab.connect(server_of(lab, name)['port'])
    answer = connection.exchange('GET', PATH, [('Host', name), *headers])
    connection.close()
    return answer


def test_where(lab):
    ports = {naf['name']: naf['port'] for naf in lab.where['nafs']}
    check(ports[ONE] == ports[TWO] and ports[ONE] not in (ports[DIRECT], ports[PSK_ONE]),
          'the names of a proxy have one port [UA-8]')
    servers = {each['name']: each['port'] for each in lab.where['application_servers']}
    check(set(servers) == {ONE, TWO, PSK_ONE, PSK_TWO, AKA_ONE, AKA_TWO}
          and len(set(servers.values()) | set(ports.values())) == 6 + 4,
          'each has an application server with a port of its own [UA-8]')


def test_digest(lab, terminal):
    one, two = terminal.open(ONE), terminal.open(TWO)
    put = one.ask('PUT', PATH, DOCUMENT, XML)
    check(put.status == 201 and put.proved, 'a document is stored through the proxy, which proves the answer [UA-3 UA-8]')
    get = one.ask('GET', PATH)
    check(get.status == 200 and get.body == DOCUMENT and get.proved and get.header('ETag'),
          'and read back octet for octet, with its ETag')
    head = one.ask('HEAD', PATH)
    check(head.status == 200 and head.proved and head.header('Content-Length') == str(len(DOCUMENT)),
          'HEAD tells its size')
    check(two.ask('GET', PATH).status == 404, 'the other application server has documents of its own')
    check(two.challenge['realm'] == f'3GPP-bootstrapping@{TWO}' and one.challenge['realm'] == f'3GPP-bootstrapping@{ONE}',
          'realm and key are those of the FQDN that was asked for [UA-8]')
    check(lab.control('GET', '/documents') == [], 'nothing of it is at the NAFs that serve by themselves')
    stats = lab.stats()
    check(stats['nafs'][ONE]['authenticated'] == 3 and stats['nafs'][TWO]['authenticated'] == 1,
          'each FQDN is counted for itself')
    check(stats['application_servers'][ONE]['asserted_identities'] == {IMPU: 3}
          and stats['application_servers'][TWO]['asserted_identities'] == {IMPU: 1},
          'the application servers see whom the proxy asserts [UA-8]')
    wrong = one.ask('GET', PATH, extra=[('Host', TWO)])
    check(wrong.status == 421, 'a Host that is not the server_name is refused, though the proxy has it [UA-8]')
    foreign = one.ask('GET', PATH, realm=f'3GPP-bootstrapping@{TWO}')
    check(foreign.status == 401, 'so is a realm of another name [UA-8]')


def test_identity(lab, terminal):
    one = terminal.open(ONE)
    seen = headers_seen(one.ask('GET', '/lab/echo'))
    check(seen[ASSERTED.lower()] == f'"{IMPU}"', 'the default identity is asserted where none is intended [UA-8]')
    check('authorization' not in seen and INTENDED.lower() not in seen and seen['via'] == f'1.1 {ONE}',
          'what is for the proxy stays there')
    seen = headers_seen(one.ask('GET', '/lab/echo', extra=[(INTENDED, f'"{TEL}"')]))
    check(seen[ASSERTED.lower()] == f'"{TEL}"', 'the identity that is intended is the one asserted [UA-8]')
    foreign = one.ask('GET', PATH, extra=[(INTENDED, f'"{TEL}"')])
    check(foreign.status == 403 and foreign.proved, 'the application server goes by it [UA-8]')
    before = lab.stats()['application_servers'][ONE]['requests']
    stranger = one.ask('GET', PATH, extra=[(INTENDED, '"sip:mallory@home1.net"')])
    check(stranger.status == 403 and stranger.proved, 'an identity of somebody else is refused [UA-8]')
    spoofed = one.ask('GET', '/lab/echo', extra=[(ASSERTED, f'"{TEL}"')])
    check(spoofed.status == 403, 'an asserted identity from a terminal is refused [UA-8]')
    check(lab.stats()['application_servers'][ONE]['requests'] == before, 'by the proxy: the server hears of neither')


def test_straight(lab):
    before = lab.stats()['application_servers'][ONE]
    check(straight(lab, ONE).status == 403, 'an application server serves nobody without an identity [UA-8]')
    check(straight(lab, ONE, (ASSERTED, f'"{IMPU}"')).status == 403, 'nor one that the proxy has not asserted [UA-8]')
    after = lab.stats()['application_servers'][ONE]
    check(after['refused'] == before['refused'] + 2 and after['asserted_identities'] == before['asserted_identities'],
          'and counts them as refused')


def test_tls(lab, terminal):
    one = terminal.open(ONE)
    certificate = one.connection.sock.getpeercert()
    check(certificate['subjectAltName'] == (('DNS', ONE), ('DNS', TWO)), 'the certificate covers each FQDN [UA-8]')
    try:
        context = terminal.context()
        context.check_hostname = False
        context.wrap_socket(lab.connect(lab.naf(ONE)['port']).sock, server_hostname=DIRECT)
        check(False, 'a name that is not the proxy\'s is refused [UA-8]')
    except ssl.SSLError as error:
        check('UNRECOGNIZED_NAME' in str(error), 'a name that is not the proxy\'s is refused [UA-8]')
    for version in ('1.2', '1.3'):
        context = terminal.context(version)
        first = terminal.open(ONE, context)
        first.ask('GET', PATH)
        session = first.connection.sock.session
        check(terminal.open(ONE, context, session).connection.sock.session_reused,
              f'TLS {version}: a session is resumed for its own name [UT-6]')
        check(not terminal.open(TWO, context, session).connection.sock.session_reused,
              f'TLS {version}: and not for another one of the proxy [UA-8]')


def test_psk(lab, terminal):
    def get(name, option, key):
        request = f'GET /lab/echo HTTP/1.1\r\nHost: {name}\r\nUser-Agent: 3gpp-gba\r\nConnection: close\r\n\r\n'
        return subprocess.run(
            ['openssl', 's_client', '-connect', f'127.0.0.1:{lab.naf(name)["port"]}', '-servername', name, '-quiet',
             option, '-psk', key.hex(), '-psk_identity', f'3GPP-bootstrapping;{terminal.b_tid}', '-cipher',
             'ECDHE-PSK-CHACHA20-POLY1305', '-ciphersuites', 'TLS_AES_128_GCM_SHA256'],
            input=request.encode(), capture_output=True, timeout=20, check=False).stdout

    def key(name, option):
        ua_id = bytes.fromhex('0100000007') if option == '-tls1_3' else None
        return ks_naf(terminal.ks, terminal.rand, IMPI, name, 0xCCAC, ua_id)

    for option in ('-tls1_2', '-tls1_3'):
        for name in (PSK_ONE, PSK_TWO):
            answer = get(name, option, key(name, option))
            check(answer.startswith(b'HTTP/1.1 200') and IMPU.encode() in answer,
                  f'{option}: the key is that of {name}, by server_name [UA-6 UA-8]')
        check(not get(PSK_TWO, option, key(PSK_ONE, option)), f'{option}: one of another name is refused [UA-6 UA-8]')
    stats = lab.stats()
    check([stats['nafs'][name]['psk_handshakes'] for name in (PSK_ONE, PSK_TWO)] == [2, 2], 'each is counted for itself')


def test_aka(lab, terminal):
    for name in (AKA_ONE, AKA_TWO):
        naf = AkaNaf(terminal, name, name)
        naf.run_aka(naf.challenges(naf.say_who(PATH))[0])
        answer = naf.ask('GET', '/lab/echo')
        check(answer.status == 200 and answer.proved and headers_seen(answer)[ASSERTED.lower()] == f'"{IMPU}"',
              f'{name}: HTTP Digest AKA through the proxy [UA-8 UA-9]')


def test_reset(lab, terminal):
    lab.control('POST', '/reset')
    terminal.bootstrap()
    check(terminal.open(ONE).ask('GET', PATH).status == 404, 'POST /reset empties application servers too')
    lab.fault('500', count=1, naf=TWO)
    check(terminal.open(ONE).ask('GET', PATH).status == 404
          and terminal.open(TWO).plain('GET', PATH).status == 500, 'a fault is one name\'s')


def main():
    lab = Lab(sys.argv[1], CONFIG)
    try:
        terminal = Terminal(lab, IMPI, Card(K, OPC))
        terminal.bootstrap()
        test_where(lab)
        test_digest(lab, terminal)
        test_identity(lab, terminal)
        test_straight(lab)
        test_tls(lab, terminal)
        test_psk(lab, terminal)
        test_aka(lab, terminal)
        test_reset(lab, terminal)
    finally:
        status, _ = lab.stop()
    check(status == 0, 'SIGTERM ends the lab')
    return finish()


if __name__ == '__main__':
    sys.exit(main())
