#!/usr/bin/env python3
"""ut-lab against a terminal written from the specifications alone, curl, openssl and osmo-auc-gen.

usage: test.py UT-LAB
"""

import base64
import os
import subprocess
import sys

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from peer import (AkaNaf, Card, GbaUCard, Lab, Milenage, Terminal, UbError,  # noqa: E402
                  aka_password, ks_naf)
from tap import check, finish  # noqa: E402

K = bytes.fromhex('465b5ce8b199b49faa5f0a2ee238a6bc')  # Milenage test set 1 (TS 35.208)
OPC = bytes.fromhex('cd63cb71954a9f4e48a5994e37a02baf')
IMPI = 'user1_private@home1.net'
IMPU = 'sip:user1_public1@home1.net'
GBA_U_IMPI = 'user3_private@home1.net'
GBA_U_IMPU = 'sip:user3_public1@home1.net'
NAF = 'xcap.home1.net'
AKA = 'aka.home1.net'
BOTH = 'both.home1.net'
CONFIG = f'''
bsf_name = "bsf.home1.net"
[[subscriber]]
impi = "{IMPI}"
impus = ["{IMPU}", "tel:+15550001"]
k = "{K.hex()}"
opc = "{OPC.hex()}"
[[subscriber]]
impi = "user2_private@home1.net"
impus = ["sip:user2_public1@home1.net"]
k = "00112233445566778899aabbccddeeff"
op = "cdc202d5123e20f62b6d676ac72cb318"
[[subscriber]]
impi = "{GBA_U_IMPI}"
impus = ["{GBA_U_IMPU}"]
k = "{K.hex()}"
opc = "{OPC.hex()}"
gba_u = true
[[naf]]
name = "{NAF}"
[[naf]]
name = "sha.home1.net"
algorithms = ["SHA-256", "MD5-sess"]
qops = ["auth-int"]
[[naf]]
name = "exact.home1.net"
nonce_mode = "exact"
[[naf]]
name = "onetime.home1.net"
nonce_mode = "one-time"
[[naf]]
name = "id.home1.net"
tls_max = "1.2"
tls_tickets = false
[[naf]]
name = "tls12.home1.net"
tls_max = "1.2"
[[naf]]
name = "{AKA}"
methods = ["aka"]
[[naf]]
name = "{BOTH}"
methods = ["digest", "aka"]
aka_algorithms = ["AKAv1-MD5"]
aka_realm = "home1.net"
[[naf]]
name = "akafirst.home1.net"
methods = ["aka", "digest"]
nonce_mode = "one-time"
'''
DOCUMENT = b'''<?xml version="1.0" encoding="UTF-8"?>
<ruleset xmlns="urn:ietf:params:xml:ns:common-policy">
  <rule id="a"><actions/></rule>\t<!-- octets that a parser would lose -->\r
</ruleset>
'''
PATH = f'/pres-rules/users/{IMPU}/index'
XML = [('Content-Type', 'application/auth-policy+xml')]

def run(*command, data=None):
    return subprocess.run(command, input=data, capture_output=True, timeout=20, check=False)


def test_unauthenticated(lab):
    port = str(lab.naf(NAF)['port'])
    curl = ['curl', '-sS', '--max-time', '10', '--cacert', lab.where['ca_file'], '--resolve',
            f'{NAF}:{port}:127.0.0.1', '-A', 'curl 3gpp-gba', '-o', '/dev/null', '-w',
            '%{http_code}']
    url = f'https://{NAF}:{port}{PATH}'
    check(run(*curl, url).stdout == b'401', 'curl GET without authentication is refused [UT-10]')
    put = run(*curl, '-T', '-', '-H', 'Content-Type: application/auth-policy+xml', url,
              data=DOCUMENT)
    check(put.stdout == b'401', 'curl PUT without authentication is refused [UT-10]')
    delete = run(*curl, '-X', 'DELETE', url)
    check(delete.stdout == b'401', 'curl DELETE without authentication is refused [UT-10]')
    check(lab.control('GET', '/documents') == [], 'nothing of them was stored [UT-10]')
    stats = lab.stats()['nafs'][NAF]
    check(stats['without_authorization'] == {'GET': 1, 'PUT': 1, 'DELETE': 1}
          and stats['body_octets_without_authorization'] == len(DOCUMENT),
          'requests without Authorization and their octets are counted [UT-10]')
    no_token = run(*curl, '-A', 'curl', url)
    check(no_token.stdout == b'403', 'a request without product token gets no challenge [UA-5]')
    plain = run('curl', '-sS', '--max-time', '5', f'http://127.0.0.1:{port}{PATH}')
    check(plain.returncode != 0 and lab.stats()['nafs'][NAF]['failed_handshakes'] == 1,
          'a NAF port speaks nothing but TLS [UT-1]')


def test_ub(lab, terminal):
    terminal.bootstrap()
    stats = lab.stats()
    check(stats['bsf']['bootstrapped'] == 1 and stats['bsf']['initial_requests'] == 1,
          'Ub run with RES and rspauth of an independent Milenage [UB-2]')
    check(terminal.b_tid == base64.b64encode(terminal.rand).decode() + '@bsf.home1.net',
          'B-TID is base64(RAND)@BSF [UB-11]')
    check(stats['findings'] == {}, 'a terminal by the book breaks no rule')

    late = Terminal(lab, IMPI, Card(K, OPC, sqn_ms=1 << 20))
    late.bootstrap()
    check(late.auts_sent == 1 and lab.stats()['bsf']['auts'] == 1,
          'a card ahead of the network is resynchronised by one AUTS [UB-5]')
    terminal.card.sqn_ms = late.card.sqn_ms
    terminal.bootstrap()
    check(terminal.auts_sent == 0, 'the next vector is fresh for the card [UB-5]')

    stranger = Terminal(lab, 'nobody@home1.net', Card(K, OPC))
    try:
        stranger.bootstrap()
        check(False, 'an unknown IMPI is refused [UB-2]')
    except UbError as error:
        check('403' in str(error), 'an unknown IMPI is refused [UB-2]')
    wrong = Terminal(lab, IMPI, Card(K, OPC))
    wrong.card.authenticate = lambda rand, autn: ('ok', (bytes(8), bytes(16), bytes(16)))
    try:
        wrong.bootstrap()
        check(False, 'a wrong RES gives no B-TID [UB-2]')
    except UbError:
        check(lab.stats()['bsf']['refused']['wrong response'] == 3,
              'a wrong RES gives no B-TID [UB-2]')


def test_zn(lab, terminal):
    def ask(**wanted):
        return lab.control('POST', '/ks-naf', wanted)

    terminal.bootstrap()
    own = ks_naf(terminal.ks, terminal.rand, IMPI, 'foreign.home1.net', 0x1303)
    check(ask(b_tid=terminal.b_tid, naf='foreign.home1.net', suite=0x1303)
          == {'ks_naf': base64.b64encode(own).decode()},
          'a NAF that is not the lab\'s gets the Ks_NAF of its name and suite [KEY-1]')
    for wanted, why in (({'b_tid': 'unknown@bsf.home1.net', 'naf': NAF, 'suite': 0x1303}, '404'),
                        ({'b_tid': terminal.b_tid, 'naf': NAF, 'suite': 0x10000}, '400')):
        try:
            ask(**wanted)
            check(False, f'and {why} for what is not there')
        except RuntimeError as error:
            check(f': {why} ' in str(error), f'and {why} for what is not there')


def test_gba_u(lab):
    """A subscriber whose card keeps Ks: AUTN* on Ub, Ks_ext_NAF on Ua."""
    try:
        Terminal(lab, GBA_U_IMPI, Card(K, OPC)).bootstrap()
        check(False, 'AUTN* is a MAC failure to a card that takes it for AUTN [UB-7]')
    except UbError as error:
        check('MAC failure' in str(error),
              'AUTN* is a MAC failure to a card that takes it for AUTN [UB-7]')
    terminal = Terminal(lab, GBA_U_IMPI, GbaUCard(K, OPC, sqn_ms=1 << 20))
    terminal.bootstrap()
    check(terminal.auts_sent == 1, 'AUTN* bootstraps, after an AUTS that is as in AKA [UB-5 UB-7]')
    naf = terminal.open(NAF)
    created = naf.ask('PUT', f'/pres-rules/users/{GBA_U_IMPU}/index', DOCUMENT, XML)
    check(created.status == 201 and created.proved, 'and Ks_ext_NAF opens the NAF [UB-7 KEY-1]')
    naf.connection.close()


def test_tmpi(lab):
    """The temporary identity of TS 33.220 annex B.4, for a terminal that knows it."""
    terminal = Terminal(lab, GBA_U_IMPI, GbaUCard(K, OPC, sqn_ms=1 << 30))
    terminal.bootstrap()
    check('3gpp-gba-tmpi' in terminal.server.split(), 'the BSF says that it knows TMPI [UB-8]')
    try:
        terminal.bootstrap(name=terminal.tmpi())
        check(False, 'a terminal that does not say so has no TMPI [UB-8]')
    except UbError as error:
        check('403' in str(error), 'a terminal that does not say so has no TMPI [UB-8]')
    terminal.bootstrap(agent='peer 3gpp-gba-tmpi')
    first = terminal.tmpi()
    terminal.bootstrap(name=first, agent='peer 3gpp-gba-tmpi')
    check(lab.stats()['bsf']['tmpi_requests'] == 1, 'another has one for its next run [UB-8]')
    try:
        terminal.bootstrap(name=first, agent='peer 3gpp-gba-tmpi')
        check(False, 'which is over with the key that it was made of [UB-8]')
    except UbError as error:
        check('403' in str(error), 'which is over with the key that it was made of [UB-8]')
    lab.control('POST', '/forget-tmpis')
    try:
        terminal.bootstrap(name=terminal.tmpi(), agent='peer 3gpp-gba-tmpi')
        check(False, 'and forgotten on command [UB-8]')
    except UbError as error:
        check('403' in str(error), 'and forgotten on command [UB-8]')


def test_ub_grammar(lab):
    """What the BSF refuses of the first message."""
    bsf = lab.where['bsf']
    right = f'username="{IMPI}", realm="bsf.home1.net", nonce="", uri="/", response=""'
    broken = {
        'no nonce': right.replace('nonce="", ', ''),
        'no response': right.replace(', response=""', ''),
        'username without quotes': right.replace(f'"{IMPI}"', 'user1'),
        'another realm': right.replace('bsf.home1.net', 'bsf.home2.net'),
        'another uri': right.replace('"/"', '"/x"'),
        'a parameter twice': right + ', nonce=""',
        'an open quote': right[:-1],
        'an empty list element': right.replace(', uri', ',, uri'),
    }
    connection = lab.connect(bsf['port'])
    head = [('Host', bsf['name'])]
    for what, fields in broken.items():
        answer = connection.exchange('GET', '/', head + [('Authorization', 'Digest ' + fields)])
        check(answer.status == 400, f'the BSF refuses {what} [UB-2]')
    check(connection.exchange('GET', '/', head).status == 400,
          'the BSF refuses a request without Authorization [UB-2]')
    answer = connection.exchange('GET', '/', head + [('Authorization', 'Digest ' + right)])
    check(answer.status == 401, 'and challenges the right one [UB-2]')
    connection.close()
    check(len(lab.stats()['findings']) >= len(broken), 'each refusal is among the findings [UB-2]')


def test_xcap(lab, terminal):
    naf = terminal.open(NAF)
    created = naf.ask('PUT', PATH, DOCUMENT, XML, qop='auth-int')
    check(created.status == 201 and created.proved, 'PUT with auth-int creates [XC-2 UA-2]')
    etag = created.header('ETag')
    read = naf.ask('GET', PATH)
    check((read.status, read.body, read.header('ETag')) == (200, DOCUMENT, etag) and read.proved,
          'GET gives every octet back [XC-2]')
    check(read.header('Content-Type') == 'application/auth-policy+xml', 'with its media type [XC-2]')
    head = naf.ask('HEAD', PATH, qop='auth-int')
    check(head.status == 200 and head.body == b'' and head.proved
          and int(head.header('Content-Length')) == len(DOCUMENT), 'HEAD too, proved [XC-2 UA-3]')
    check(naf.ask('GET', PATH, extra=[('If-None-Match', etag)]).status == 304,
          'If-None-Match with the current ETag is 304 [XC-2]')
    changed = naf.ask('PUT', PATH, DOCUMENT.replace(b'"a"', b'"b"'), XML + [('If-Match', etag)])
    check(changed.status == 200 and changed.header('ETag') != etag, 'PUT with If-Match [XC-2]')
    check(naf.ask('PUT', PATH, DOCUMENT, XML + [('If-Match', etag)]).status == 412,
          'PUT with a stale ETag is 412 [XC-2]')
    check(naf.ask('PUT', PATH, DOCUMENT, XML + [('If-None-Match', '*')]).status == 412,
          'PUT with If-None-Match * on what exists is 412 [XC-2]')
    check(naf.ask('DELETE', PATH, extra=[('If-Match', etag)]).status == 412,
          'DELETE with a stale ETag is 412 [XC-2]')
    bad = naf.ask('PUT', PATH, b'<a><b></a>', XML)
    check(bad.status == 409 and b'not-well-formed' in bad.body
          and bad.header('Content-Type') == 'application/xcap-error+xml',
          'a document that is not well-formed is 409 [XC-2]')
    check(naf.ask('PUT', PATH, DOCUMENT, [('Content-Type', 'text/plain')]).status == 415,
          'another media type is 415 [XC-2]')
    deep = naf.ask('PUT', f'/pres-rules/users/{IMPU}/no/where', DOCUMENT, XML)
    check(deep.status == 409 and b'no-parent' in deep.body, 'no parent is 409 [XC-2]')
    check(naf.ask('POST', PATH, DOCUMENT, XML).status == 405, 'POST is 405 [XC-2]')
    check(naf.ask('GET', '/unknown/users/' + IMPU + '/index').status == 404,
          'an unknown application usage is 404 [XC-2]')
    check(naf.ask('GET', PATH.replace('user1', 'user2')).status == 403,
          'the tree of another user is 403 [XC-2]')
    check(naf.ask('GET', '/xcap-caps/global/index').status == 200, 'the global tree is read [XC-2]')

    node = PATH + '/~~/ruleset/rule%5B@id=%22b%22%5D'
    element = naf.ask('GET', node)
    check((element.status, element.body) == (200, b'<rule id="b"><actions/></rule>'),
          'an element is read by its selector [XC-2]')
    new = b'<rule id="c"><actions/></rule>'
    kind = [('Content-Type', 'application/xcap-el+xml')]
    check(naf.ask('PUT', node.replace('b%22', 'c%22'), new, kind, qop='auth-int').status == 201,
          'an element is put [XC-2]')
    check(naf.ask('GET', PATH).body == DOCUMENT.replace(b'"a"', b'"b"').replace(
        b'</ruleset>', new + b'</ruleset>'), 'and all around it stays as it was [XC-2]')
    attribute = naf.ask('GET', node + '/@id')
    check(attribute.body == b'b' and attribute.header('Content-Type') == 'application/xcap-att+xml',
          'an attribute is read [XC-2]')
    check(naf.ask('DELETE', node).status == 200 and naf.ask('GET', node).status == 404,
          'an element is deleted [XC-2]')
    check(naf.ask('DELETE', PATH).status == 204 and naf.ask('GET', PATH).status == 404,
          'DELETE removes the document [XC-2]')
    check(lab.control('GET', '/documents') == [
        {'path': 'xcap-caps/global/index', 'etag': naf.ask('GET', '/xcap-caps/global/index').header(
            'ETag'), 'octets': len(naf.ask('GET', '/xcap-caps/global/index').body)}],
        'the control endpoint lists what is left')
    naf.connection.close()


def test_digest(lab, terminal):
    naf = terminal.open(NAF)
    check(naf.ask('GET', PATH, suite=naf.suite ^ 1).status == 401,
          'a key for another cipher suite is refused [KEY-2]')
    check(naf.ask('GET', PATH, username='AAAA@bsf.home1.net').status == 401,
          'an unknown B-TID is refused [UA-4]')
    check(naf.ask('GET', PATH, realm='3GPP-bootstrapping@other.home1.net').status == 401,
          'another realm is refused [UA-1]')
    check(naf.ask('GET', PATH, uri='/other').status == 400, 'another uri is refused [UA-1]')
    check(naf.ask('GET', PATH, algorithm='SHA-256').status == 400,
          'an algorithm that was not offered is refused [UA-2]')
    check(naf.ask('GET', PATH, opaque='0').status == 400, 'another opaque is refused [UA-2]')
    tampered = naf.authorization('PUT', PATH, DOCUMENT, 'auth-int')
    answer = naf.plain('PUT', PATH, DOCUMENT + b'\n', XML + [('Authorization', tampered)])
    check(answer.status == 401 and lab.control('GET', '/documents') == [],
          'auth-int finds a changed body [UA-2]')
    naf.learn(answer)
    check(naf.ask('GET', PATH, nc=2).status == 404 and naf.ask('GET', PATH, nc=1).status == 404,
          'counts may overtake one another [UA-2]')
    again = naf.ask('GET', PATH, nc=2)
    check(again.status == 401 and 'stale=true' in again.header('WWW-Authenticate'),
          'a count used twice is stale [UA-2]')
    check(naf.ask('GET', PATH, extra=[('X-3GPP-Asserted-Identity', f'"{IMPU}"')]).status == 403,
          'an asserted identity from a terminal is refused [UA-8]')
    check(naf.ask('GET', PATH, nc=3, extra=[('X-3GPP-Intended-Identity', '"sip:x@home1.net"')])
          .status == 403, 'an intended identity of another is refused [UA-8]')
    echo = naf.ask('GET', '/lab/echo', nc=4, extra=[('X-3GPP-Intended-Identity', '"tel:+15550001"')])
    check(b'["X-3GPP-Asserted-Identity","\\"tel:+15550001\\""]' in echo.body,
          'the proxy asserts the intended identity to the application server [UA-8]')
    naf.connection.close()

    for algorithm in ('SHA-256', 'MD5-sess'):
        naf = terminal.open('sha.home1.net')
        naf.learn(naf.plain('GET', PATH), algorithm)
        answer = naf.ask('PUT', PATH, DOCUMENT, XML, qop='auth-int')
        check(answer.status in (200, 201) and answer.proved,
              f'{algorithm} with auth-int, proved by rspauth [UA-2]')
        check(naf.ask('GET', PATH, qop='auth').status == 400,
              f'{algorithm}: a qop that was not offered is refused [UA-2]')
        naf.connection.close()

    naf = terminal.open('exact.home1.net')
    check([naf.ask('GET', '/lab/echo').status, naf.ask('GET', '/lab/echo').status] == [200, 200]
          and naf.ask('GET', '/lab/echo', nc=4).status == 401, 'strict order of counts [UA-2]')
    naf.connection.close()

    naf = terminal.open('onetime.home1.net')
    first = naf.ask('GET', '/lab/echo')
    check(naf.ask('GET', '/lab/echo').status == 401, 'a one-time nonce works once [UA-2]')
    naf.challenge['nonce'], naf.nc = first.next_nonce, 0
    check(naf.ask('GET', '/lab/echo').status == 200, 'nextnonce is the next one [UA-2]')
    naf.connection.close()

    user2 = Terminal(lab, 'user2_private@home1.net', Card(*user2_keys()))
    user2.bootstrap()
    naf = user2.open(NAF)
    check(naf.ask('GET', '/lab/echo').status == 200 and naf.ask('GET', PATH).status == 403,
          'a second subscriber, by OP, has another tree [XC-2]')
    naf.connection.close()
    lab.control('POST', '/forget-keys')
    naf = terminal.open(NAF)
    check(naf.ask('GET', '/lab/echo').status == 401, 'forgotten keys mean 401 [UA-4]')
    naf.connection.close()


def user2_keys():
    k = bytes.fromhex('00112233445566778899aabbccddeeff')
    op = bytes.fromhex('cdc202d5123e20f62b6d676ac72cb318')
    encrypted = Milenage(k, bytes(16))._aes(op)
    return k, bytes(a ^ b for a, b in zip(op, encrypted))


def test_tls(lab, terminal):
    terminal.bootstrap()
    for tls in ('1.2', '1.3'):
        naf = terminal.open(NAF, terminal.context(tls))
        check(naf.connection.sock.version() == 'TLSv' + tls
              and naf.ask('GET', '/lab/echo').status == 200,
              f'TLS {tls}: the key follows the suite of the connection [KEY-1 KEY-2]')
        naf.connection.close()

    def s_client(naf, *options, session=None, out=None):
        where = lab.naf(naf)
        command = ['openssl', 's_client', '-connect', f'127.0.0.1:{where["port"]}', '-servername',
                   naf, '-verify_hostname', naf, '-verify_return_error', '-CAfile',
                   lab.where['ca_file'], '-ign_eof', *options]
        command += ['-sess_in', session] if session else []
        command += ['-sess_out', out] if out else []
        request = f'GET / HTTP/1.1\r\nHost: {naf}\r\nConnection: close\r\n\r\n'
        return run(*command, data=request.encode()).stdout

    kinds = [('id.home1.net', ('-tls1_2',), '1.2 by session id'),
             ('tls12.home1.net', ('-tls1_2',), '1.2 by ticket'), (NAF, ('-tls1_3',), '1.3')]
    for naf, options, what in kinds:
        session = os.path.join(lab.dir.name, 'session.pem')
        first = s_client(naf, *options, out=session)
        before = lab.stats()['nafs'][naf]['resumed_handshakes']
        second = s_client(naf, *options, session=session)
        after = lab.stats()['nafs'][naf]['resumed_handshakes']
        check(b'New, TLS' in first and b'Reused, TLS' in second and after == before + 1,
              f'TLS {what} is resumed [UT-6]')
        ticket = b'TLS session ticket:' in first
        if '1.2' in what:
            check(ticket == ('ticket' in what), f'TLS {what}: the kind is what it claims [UT-6]')
        lab.control('POST', '/forget-sessions')
        check(b'New, TLS' in s_client(naf, *options, session=session),
              f'TLS {what}: a forgotten session is not [UT-6]')


def test_auc_gen(lab):
    """A challenge of the lab as osmo-auc-gen would make it."""
    connection = lab.connect(lab.where['bsf']['port'])
    answer = connection.exchange('GET', '/', [('Host', 'bsf.home1.net'), (
        'Authorization',
        f'Digest username="{IMPI}", realm="bsf.home1.net", nonce="", uri="/", response=""')])
    connection.close()
    nonce = answer.header('WWW-Authenticate').split('nonce="')[1].split('"')[0]
    rand, autn = base64.b64decode(nonce)[:16], base64.b64decode(nonce)[16:]
    ak = Milenage(K, OPC).f2345(rand)[3]
    sqn = int.from_bytes(bytes(a ^ b for a, b in zip(autn[:6], ak)), 'big')
    made = run('osmo-auc-gen', '-3', '-a', 'milenage', '-k', K.hex(), '-o', OPC.hex(), '-f', '8000',
               '-s', str(sqn), '-r', rand.hex()).stdout.decode()
    lines = dict(line.split(':', 1) for line in made.splitlines() if ':' in line)
    check(lines['AUTN'].strip() == autn.hex(), 'osmo-auc-gen makes the same AUTN [UB-2]')
    check(lines['IMS nonce'].strip() == nonce, 'and the same nonce [UB-2]')


def test_aka(lab):
    """HTTP Digest AKA at a NAF, without a BSF."""
    terminal = Terminal(lab, IMPI, Card(K, OPC))
    naf = AkaNaf(terminal, AKA, AKA)
    check(naf.plain('GET', PATH).status == 403,
          'a NAF of AKA alone has no challenge for nobody [UA-9]')
    check(naf.say_who(PATH, impi='nobody@home1.net').status == 403,
          'nor for an IMPI that nobody has [UA-9]')
    check(naf.say_who(PATH, realm='home1.net').status == 400, 'another realm is refused [UA-9]')
    first = naf.say_who(PATH)
    offered = naf.challenges(first)
    check(first.status == 401 and [c['algorithm'] for c in offered] == ['AKAv2-SHA-256', 'AKAv2-MD5']
          and all(c['realm'] == AKA and c['qop'] == 'auth,auth-int' and 'stale' not in c
                  for c in offered)
          and offered[0]['nonce'] != offered[1]['nonce'],
          'an IMPI gets a challenge of each algorithm, each with its vector [UA-9]')

    for challenge in offered:
        what = challenge['algorithm']
        check(naf.run_aka(challenge) == 'ok', f'{what}: the card takes it [UA-9]')
        created = naf.ask('PUT', PATH, DOCUMENT, XML, qop='auth-int')
        check(created.status in (200, 201) and created.proved,
              f'{what} opens the NAF, proved by rspauth [UA-9 UA-3]')
        read = naf.ask('GET', PATH)
        check((read.status, read.body) == (200, DOCUMENT) and read.proved and naf.nc == 2,
              f'{what}: the nonce is used on [UA-9]')
    again = naf.ask('GET', PATH, nc=2)
    check(again.status == 401 and all(c['stale'] == 'true' for c in naf.challenges(again)),
          'a count used twice is stale [UA-9]')
    lab.control('POST', '/forget-nonces')
    gone = naf.ask('GET', PATH)
    check(gone.status == 401 and all(c['stale'] == 'true' for c in naf.challenges(gone)),
          'so is a nonce that is forgotten [UA-9]')
    wrong = naf.ask('GET', PATH, response='0' * 32)
    check(wrong.status == 401 and all('stale' not in c for c in naf.challenges(wrong)),
          'but not to who has another response [UA-9]')
    naf.run_aka(naf.challenges(wrong)[0])
    wrong = naf.ask('GET', PATH, response='0' * 64)
    check(wrong.status == 401 and all('stale' not in c for c in naf.challenges(wrong)),
          'a wrong response is challenged again [UA-9]')
    check(naf.ask('GET', PATH, algorithm='AKAv2-MD5').status == 400,
          'the algorithm must be that of the very nonce [UA-9]')
    check(naf.ask('GET', PATH, uri='/other').status == 400
          and naf.ask('GET', PATH, opaque='0').status == 400
          and naf.ask('GET', PATH, realm='home1.net').status == 400,
          'another uri, opaque or realm is refused [UA-9]')
    echo = naf.ask('GET', '/lab/echo', extra=[('X-3GPP-Intended-Identity', '"tel:+15550001"')])
    check(b'["X-3GPP-Asserted-Identity","\\"tel:+15550001\\""]' in echo.body,
          'the user is the IMPI, with the identities that the HSS knows [UA-9 UA-8]')
    other = naf.ask('GET', PATH, extra=[('X-3GPP-Intended-Identity', '"sip:x@home1.net"')])
    check(other.status == 403 and other.proved, 'and no other [UA-9 UA-8]')
    gba = Terminal(lab, IMPI, terminal.card)
    gba.bootstrap()
    digest = gba.open(AKA)
    digest.challenge = {'nonce': 'n', 'algorithm': 'MD5', 'opaque': 'o'}
    check(digest.ask('GET', PATH).status == 400, 'a NAF of AKA alone takes no B-TID [UA-9]')
    digest.connection.close()
    stats = lab.stats()['nafs'][AKA]
    # Two PUT and two GET, an echo and a 403.
    check((stats['aka_challenges'], stats['aka_authenticated'], stats['authenticated'],
           stats['aka_resynchronised']) == (5, 6, 6, 0), 'all of it is counted [UA-9]')
    naf.connection.close()

    late = Terminal(lab, IMPI, Card(K, OPC, sqn_ms=1 << 24))
    for name, realm in ((AKA, AKA), (BOTH, 'home1.net')):
        late.card.sqn_ms += 1 << 24
        naf = AkaNaf(late, name, realm)
        challenge = naf.challenges(naf.say_who(PATH))[-1]
        check(naf.run_aka(challenge) == 'sync', f'{challenge["algorithm"]}: a card is ahead [UA-9]')
        answer = naf.ask('GET', PATH)
        check(answer.status == 401 and naf.run_aka(naf.challenges(answer)[-1]) == 'ok'
              and naf.ask('GET', PATH).proved
              and lab.stats()['nafs'][name]['aka_resynchronised'] == 1,
              'and resynchronised by one AUTS [UA-9 UB-5]')
        late.card.sqn_ms += 1 << 24
        naf.run_aka(naf.challenges(naf.say_who(PATH))[-1])
        forged = naf.auts[:-1] + bytes([naf.auts[-1] ^ 1])
        check(naf.ask('GET', PATH, auts=forged).status == 403, 'but by no forged one [UA-9 UB-5]')
        naf.connection.close()

    def offers(name, realm):
        naf = AkaNaf(late, name, realm)
        answer = naf.say_who(PATH)
        naf.connection.close()
        return [c['algorithm'] for c in naf.challenges(answer)]

    check(offers(BOTH, 'home1.net') == ['MD5', 'AKAv1-MD5']
          and offers('akafirst.home1.net', 'akafirst.home1.net')
          == ['AKAv2-SHA-256', 'AKAv2-MD5', 'MD5'],
          'beside GBA the order is that of the methods [UA-9]')
    late.bootstrap()
    naf = late.open(BOTH)
    check(naf.ask('GET', PATH).status == 200, 'where GBA works as ever [UA-9 UA-1]')
    check(naf.plain('GET', PATH, extra=[('User-Agent', 'peer')]).status == 403,
          'and wants its product token [UA-9 UA-5]')
    naf.connection.close()
    naf = AkaNaf(late, 'akafirst.home1.net', 'akafirst.home1.net')
    naf.run_aka(naf.challenges(naf.say_who(PATH))[0])
    answer = naf.ask('GET', PATH)
    check(naf.run_aka({**naf.challenge, 'nonce': answer.next_nonce}) == 'ok'
          and naf.ask('GET', PATH).proved, 'nextnonce is the next vector [UA-9]')
    naf.connection.close()


def test_aka_auc_gen(lab):
    """An answer with what osmo-auc-gen says that the card has."""
    terminal = Terminal(lab, IMPI, None)
    naf = AkaNaf(terminal, AKA, AKA)
    for challenge in naf.challenges(naf.say_who(PATH)):
        rand = base64.b64decode(challenge['nonce'])[:16]
        made = run('osmo-auc-gen', '-3', '-a', 'milenage', '-k', K.hex(), '-o', OPC.hex(), '-f',
                   '8000', '-s', '32', '-r', rand.hex()).stdout.decode()
        lines = dict(line.split(':', 1) for line in made.splitlines() if ':' in line)
        naf.keys = tuple(bytes.fromhex(lines[name].strip()) for name in ('RES', 'CK', 'IK'))
        naf.challenge, naf.nc = challenge, 0
        answer = naf.ask('GET', '/lab/echo')
        check(answer.status == 200 and answer.proved,
              f'{challenge["algorithm"]} with the keys of osmo-auc-gen [UA-9]')
    naf.connection.close()
    gba = {'RES': 'a54211d5e3ba50bf', 'CK': 'b40ba9a3c58b2a05bbf0d987b21bf8cb',
           'IK': 'f769bcd751044604127672711c6d3441'}
    check(aka_password('AKAv2-MD5', *(bytes.fromhex(v) for v in gba.values()))
          == b'shzt3q8CWaZnCAWqs3WmEQ==', 'the password of AKAv2 is that of the vectors [UA-9]')


def main():
    lab = Lab(sys.argv[1], CONFIG)
    try:
        terminal = Terminal(lab, IMPI, Card(K, OPC))
        test_unauthenticated(lab)
        lab.control('POST', '/reset')
        test_ub(lab, terminal)
        test_xcap(lab, terminal)
        lab.control('POST', '/reset')
        terminal.bootstrap()
        test_digest(lab, terminal)
        test_tls(lab, terminal)
        test_auc_gen(lab)
        test_zn(lab, terminal)
        test_gba_u(lab)
        lab.control('POST', '/reset')
        test_tmpi(lab)
        test_ub_grammar(lab)
        lab.control('POST', '/reset')
        test_aka(lab)
        test_aka_auc_gen(lab)
    finally:
        status, seconds = lab.stop()
    check(status == 0 and seconds < 1, 'SIGTERM ends the lab at once')
    return finish()


if __name__ == '__main__':
    sys.exit(main())
