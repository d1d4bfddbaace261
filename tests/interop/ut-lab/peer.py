"""A terminal written from the specifications alone: Milenage, Ub and Ua without a line of ut-agent
or ut-lab, so that both are measured against something that is neither."""

import base64
import hashlib
import hmac
import json
import os
import re
import socket
import ssl
import subprocess
import tempfile
import time

from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes


def xor(a, b):
    return bytes(x ^ y for x, y in zip(a, b, strict=True))


class Milenage:
    """TS 35.206."""

    def __init__(self, k, opc):
        self.k, self.opc = k, opc

    def _aes(self, block):
        encryptor = Cipher(algorithms.AES(self.k), modes.ECB()).encryptor()
        return encryptor.update(block) + encryptor.finalize()

    def _out(self, rand, rotation, constant):
        temp = xor(self._aes(xor(rand, self.opc)), self.opc)
        rotated = temp[rotation:] + temp[:rotation]
        return xor(self._aes(xor(rotated, bytes(15) + bytes([constant]))), self.opc)

    def f1(self, rand, sqn, amf):
        """MAC-A, MAC-S"""
        temp = self._aes(xor(rand, self.opc))
        in1 = xor((sqn + amf) * 2, self.opc)
        out = xor(self._aes(xor(temp, in1[8:] + in1[:8])), self.opc)
        return out[:8], out[8:]

    def f2345(self, rand):
        """RES, CK, IK, AK, AK*"""
        out2 = self._out(rand, 0, 1)
        return (out2[8:], self._out(rand, 4, 2), self._out(rand, 8, 4), out2[:6],
                self._out(rand, 12, 8)[:6])


class Card:
    """AUTHENTICATE of TS 33.102 clause 6.3.3, with one highest SQN."""

    def __init__(self, k, opc, sqn_ms=0):
        self.milenage = Milenage(k, opc)
        self.sqn_ms = sqn_ms

    def authenticate(self, rand, autn):
        res, ck, ik, ak, ak_star = self.milenage.f2345(rand)
        sqn = xor(autn[:6], ak)
        if self.milenage.f1(rand, sqn, autn[6:8])[0] != autn[8:]:
            return 'mac', None
        if int.from_bytes(sqn, 'big') >> 5 <= self.sqn_ms >> 5:
            sqn_ms = self.sqn_ms.to_bytes(6, 'big')
            return 'sync', xor(sqn_ms, ak_star) + self.milenage.f1(rand, sqn_ms, bytes(2))[1]
        self.sqn_ms = int.from_bytes(sqn, 'big')
        return 'ok', (res, ck, ik)


class GbaUCard(Card):
    """The same with the modified MAC of TS 33.220 clause 5.3.2: MAC* = MAC xor SHA-1(IK)[:8]."""

    def authenticate(self, rand, autn):
        ik = self.milenage.f2345(rand)[2]
        mac = xor(autn[8:], hashlib.sha1(ik).digest()[:8])
        return super().authenticate(rand, autn[:8] + mac)


def digest(algorithm, username, realm, password, nonce, nc, cnonce, qop, method, uri, body):
    """RFC 7616; gives (response, function that computes rspauth of an answer's body)."""
    name = re.sub('^AKAV[12]-', '', algorithm.upper().removesuffix('-SESS'))
    h = lambda data: hashlib.new({'MD5': 'md5', 'SHA-256': 'sha256'}[name], data).hexdigest()
    a1 = username.encode() + b':' + realm.encode() + b':' + password
    ha1 = h(a1)
    if algorithm.upper().endswith('-SESS'):
        ha1 = h(f'{ha1}:{nonce}:{cnonce}'.encode())

    def final(first, entity):
        a2 = f'{first}:{uri}' + (f':{h(entity)}' if qop == 'auth-int' else '')
        return h(f'{ha1}:{nonce}:{nc}:{cnonce}:{qop}:{h(a2.encode())}'.encode())

    return final(method, body), lambda entity: final('', entity)


def aka_password(algorithm, res, ck, ik):
    """RFC 3310 section 3.3 and RFC 4169 section 3."""
    if algorithm.startswith('AKAv1'):
        return res
    kind = hashlib.sha256 if algorithm.endswith('SHA-256') else hashlib.md5
    prf = hmac.new(res + ik + ck, b'http-digest-akav2-password', kind)
    return base64.b64encode(prf.digest())


def kdf(key, *parts):
    """TS 33.220 annex B.2 with FC 01."""
    s = b'\x01'
    for part in parts:
        s += part + len(part).to_bytes(2, 'big')
    return hmac.new(key, s, hashlib.sha256).digest()


def ks_naf(ks, rand, impi, naf, suite, ua_id=None):
    """TS 33.220 annex B.3, NAF_Id of annex H with Ua id 01 00 01 yy zz, or the one that is given."""
    naf_id = naf.encode() + (ua_id or bytes([1, 0, 1]) + suite.to_bytes(2, 'big'))
    return kdf(ks, b'gba-me', rand, impi.encode(), naf_id)


def parameters(value):
    """name=value pairs of a challenge or of Authentication-Info."""
    found = {}
    for name, quoted, token in re.findall(r'([A-Za-z]+)\s*=\s*(?:"([^"]*)"|([^\s,"]+))', value):
        found[name.lower()] = quoted or token
    return found


class Answer:
    def __init__(self, status, headers, body):
        self.status, self.headers, self.body = status, headers, body

    def header(self, name):
        values = [v for n, v in self.headers if n.lower() == name.lower()]
        return values[0] if values else None


class Connection:
    """HTTP/1.1 over a socket that is already connected."""

    def __init__(self, sock):
        self.sock = sock
        self.rest = b''

    def send(self, method, target, headers, body=b''):
        lines = [f'{method} {target} HTTP/1.1'] + [f'{n}: {v}' for n, v in headers]
        if body or method in ('PUT', 'POST'):
            lines.append(f'Content-Length: {len(body)}')
        self.sock.sendall('\r\n'.join(lines).encode() + b'\r\n\r\n' + body)

    def _more(self):
        octets = self.sock.recv(65536)
        if not octets:
            raise EOFError('the connection ended')
        self.rest += octets

    def receive(self, method):
        while b'\r\n\r\n' not in self.rest:
            self._more()
        head, self.rest = self.rest.split(b'\r\n\r\n', 1)
        lines = head.decode().split('\r\n')
        status = int(lines[0].split()[1])
        headers = [tuple(line.split(': ', 1)) for line in lines[1:]]
        size = next((int(v) for n, v in headers if n.lower() == 'content-length'), 0)
        if method == 'HEAD' or status in (204, 304):
            size = 0
        while len(self.rest) < size:
            self._more()
        body, self.rest = self.rest[:size], self.rest[size:]
        return Answer(status, headers, body)

    def exchange(self, method, target, headers, body=b''):
        self.send(method, target, headers, body)
        return self.receive(method)

    def close(self):
        self.sock.close()


class Lab:
    """A running ut-lab."""

    def __init__(self, program, config):
        self.dir = tempfile.TemporaryDirectory(prefix='ut-lab-test.')
        path = os.path.join(self.dir.name, 'lab.toml')
        with open(path, 'w', encoding='utf-8') as file:
            file.write(config)
        self.process = subprocess.Popen(
            [program, '--config', path, '--dir', self.dir.name, '--log-level', 'error'],
            stdout=subprocess.PIPE)
        line = self.process.stdout.readline()
        if not line:
            raise RuntimeError('ut-lab did not start')
        self.where = json.loads(line)

    def connect(self, port):
        return Connection(socket.create_connection(('127.0.0.1', port), timeout=10))

    def control(self, method, path, value=None):
        connection = self.connect(self.where['control']['port'])
        body = json.dumps(value).encode() if value is not None else b''
        answer = connection.exchange(method, path, [('Host', 'control')], body)
        connection.close()
        if answer.status != 200:
            raise RuntimeError(f'{method} {path}: {answer.status} {answer.body!r}')
        return json.loads(answer.body)

    def stats(self):
        return self.control('GET', '/stats')

    def fault(self, name, **how):
        self.control('POST', '/faults', {'fault': name, **how})

    def naf(self, name):
        return next(naf for naf in self.where['nafs'] if naf['name'] == name)

    def stop(self):
        """Gives (exit status, seconds until the end)."""
        begin = time.monotonic()
        self.process.terminate()
        status = self.process.wait(timeout=10)
        self.process.stdout.close()
        self.dir.cleanup()
        return status, time.monotonic() - begin


class UbError(Exception):
    pass


class Terminal:
    """Bootstraps (TS 24.109 clause 4) and asks NAFs (clause 5)."""

    def __init__(self, lab, impi, card):
        self.lab, self.impi, self.card = lab, impi, card
        self.b_tid = self.ks = self.rand = None
        self.auts_sent = 0

    def bootstrap(self, most_rounds=3, name=None, agent='peer'):
        """By `name`, a TMPI, in place of the IMPI."""
        name = name or self.impi
        bsf = self.lab.where['bsf']
        connection = self.lab.connect(bsf['port'])
        head = [('Host', bsf['name']), ('User-Agent', agent), ('Accept', '*/*')]

        def ask(fields):
            return connection.exchange('GET', '/', head + [('Authorization', 'Digest ' + fields)])

        who = f'username="{name}", realm="{bsf["name"]}"'
        answer = ask(f'{who}, nonce="", uri="/", response=""')
        for _ in range(most_rounds):
            if answer.status != 401:
                raise UbError(f'status {answer.status}: {answer.body!r}')
            challenge = parameters(answer.header('WWW-Authenticate'))
            octets = base64.b64decode(challenge['nonce'], validate=True)
            rand, autn = octets[:16], octets[16:32]
            outcome, value = self.card.authenticate(rand, autn)
            if outcome == 'mac':
                raise UbError('MAC failure')
            res, ck, ik = value if outcome == 'ok' else (b'', None, None)
            cnonce = os.urandom(16).hex()
            response, rspauth = digest('AKAv1-MD5', name, challenge['realm'], res,
                                       challenge['nonce'], '00000001', cnonce, 'auth-int', 'GET',
                                       '/', b'')
            fields = (f'username="{name}", realm="{challenge["realm"]}", '
                      f'nonce="{challenge["nonce"]}", uri="/", qop=auth-int, nc=00000001, '
                      f'cnonce="{cnonce}", response="{response}", '
                      f'opaque="{challenge["opaque"]}", algorithm=AKAv1-MD5')
            if outcome == 'sync':
                self.auts_sent += 1
                fields += f', auts="{base64.b64encode(value).decode()}"'
            answer = ask(fields)
            if answer.status == 200:
                break
        else:
            raise UbError('no end of challenges')
        info = parameters(answer.header('Authentication-Info') or '')
        if info.get('rspauth') != rspauth(answer.body):
            raise UbError('rspauth')
        self.b_tid = re.search(rb'<btid>([^<]*)</btid>', answer.body)[1].decode()
        self.rand, self.ks = rand, ck + ik
        self.server = answer.header('Server') or ''
        connection.close()

    def tmpi(self):
        """The name of the next run (TS 33.220 annex B.4)."""
        bsf_id = self.b_tid.split('@')[-1].encode() + bytes.fromhex('0100000100')
        key = kdf(self.ks, b'gba-me', self.rand, self.impi.encode(), bsf_id)
        return base64.b64encode(key[:24]).decode() + '@tmpi.bsf.3gppnetwork.org'

    def context(self, tls='any'):
        context = ssl.create_default_context(cafile=self.lab.where['ca_file'])
        # A connection that is cut must not look like one that is closed.
        context.options &= ~ssl.OP_IGNORE_UNEXPECTED_EOF
        if tls == '1.2':
            context.maximum_version = ssl.TLSVersion.TLSv1_2
        if tls == '1.3':
            context.minimum_version = ssl.TLSVersion.TLSv1_3
        return context

    def open(self, name, context=None, session=None):
        context = context or self.context()
        raw = socket.create_connection(('127.0.0.1', self.lab.naf(name)['port']), timeout=10)
        tls = context.wrap_socket(raw, server_hostname=name, session=session)
        return Naf(self, name, Connection(tls), suite_of(tls, context))


def suite_of(tls, context):
    """IANA number of the suite of a connection."""
    return next(c['id'] & 0xFFFF for c in context.get_ciphers() if c['name'] == tls.cipher()[0])


class Naf:
    """One TLS connection to a NAF."""

    ua_id = None  # of HTTP Digest; None: that of the suite

    def __init__(self, terminal, name, connection, suite):
        self.terminal, self.name, self.connection, self.suite = terminal, name, connection, suite
        self.challenge = None
        self.nc = 0

    def headers(self, extra):
        names = {n.lower() for n, _ in extra}
        base = [('Host', self.name), ('User-Agent', 'peer 3gpp-gba')]
        return [h for h in base if h[0].lower() not in names] + [h for h in extra if h[1] is not None]

    def plain(self, method, target, body=b'', extra=()):
        return self.connection.exchange(method, target, self.headers(list(extra)), body)

    def learn(self, answer, algorithm='MD5'):
        for name, value in answer.headers:
            if name.lower() == 'www-authenticate':
                challenge = parameters(value)
                if challenge['algorithm'] == algorithm:
                    self.challenge, self.nc = challenge, 0
        return self.challenge

    def authorization(self, method, target, body=b'', qop='auth', nc=None, **wrong):
        self.nc = nc if nc is not None else self.nc + 1
        t = self.terminal
        p = {'username': t.b_tid, 'realm': f'3GPP-bootstrapping@{self.name}',
             'nonce': self.challenge['nonce'], 'nc': f'{self.nc:08x}',
             'cnonce': os.urandom(16).hex(), 'uri': target, 'suite': self.suite,
             'algorithm': self.challenge['algorithm'], 'opaque': self.challenge['opaque'], **wrong}
        key = ks_naf(t.ks, t.rand, t.impi, self.name, p['suite'], self.ua_id)
        response, self.rspauth = digest(p['algorithm'], p['username'], p['realm'],
                                        base64.b64encode(key), p['nonce'], p['nc'], p['cnonce'],
                                        qop, method, p['uri'], body)
        response = wrong.get('response', response)
        return (f'Digest username="{p["username"]}", realm="{p["realm"]}", nonce="{p["nonce"]}", '
                f'uri="{p["uri"]}", response="{response}", algorithm={p["algorithm"]}, '
                f'cnonce="{p["cnonce"]}", opaque="{p["opaque"]}", qop={qop}, nc={p["nc"]}')

    def ask(self, method, target, body=b'', extra=(), qop='auth', nc=None, **wrong):
        """An authenticated request; checks rspauth of every answer that is not a 401."""
        if self.challenge is None:
            self.learn(self.plain('GET', target))
        field = self.authorization(method, target, body, qop, nc, **wrong)
        answer = self.plain(method, target, body, [*extra, ('Authorization', field)])
        if answer.status not in (400, 401, 421, 500):
            info = parameters(answer.header('Authentication-Info') or '')
            entity = b'' if method == 'HEAD' else answer.body
            answer.proved = info.get('rspauth') == self.rspauth(entity)
            answer.next_nonce = info.get('nextnonce')
        return answer


class AkaNaf(Naf):
    """One TLS connection to a NAF with HTTP Digest AKA, which knows nothing of GBA."""

    def __init__(self, terminal, name, realm):
        naf = terminal.open(name)
        super().__init__(terminal, name, naf.connection, naf.suite)
        self.realm = realm
        self.keys = None

    def headers(self, extra):
        return [(n, 'peer' if n == 'User-Agent' else v) for n, v in super().headers(extra)]

    def say_who(self, target, impi=None, realm=None):
        """The first message, as on Ub."""
        return self.plain('GET', target, extra=[('Authorization', (
            f'Digest username="{impi or self.terminal.impi}", realm="{realm or self.realm}", '
            f'nonce="", uri="{target}", response=""'))])

    def challenges(self, answer):
        return [parameters(v) for n, v in answer.headers if n.lower() == 'www-authenticate']

    def run_aka(self, challenge):
        """What the card says to a challenge; it is taken when the card does not refuse it."""
        octets = base64.b64decode(challenge['nonce'], validate=True)
        outcome, value = self.terminal.card.authenticate(octets[:16], octets[16:])
        if outcome != 'mac':
            self.challenge, self.nc = challenge, 0
            self.keys = value if outcome == 'ok' else None
            self.auts = value if outcome == 'sync' else None
        return outcome

    def authorization(self, method, target, body=b'', qop='auth', nc=None, **wrong):
        self.nc = nc if nc is not None else self.nc + 1
        p = {'username': self.terminal.impi, 'realm': self.challenge['realm'],
             'nonce': self.challenge['nonce'], 'nc': f'{self.nc:08x}',
             'cnonce': os.urandom(16).hex(), 'uri': target,
             'algorithm': self.challenge['algorithm'], 'opaque': self.challenge['opaque'], **wrong}
        password = aka_password(self.challenge['algorithm'], *self.keys) if self.keys else b''
        response, self.rspauth = digest(p['algorithm'], p['username'], p['realm'], password,
                                        p['nonce'], p['nc'], p['cnonce'], qop, method, p['uri'],
                                        body)
        response = wrong.get('response', response)
        auts = '' if self.keys else f', auts="{base64.b64encode(p.get("auts", self.auts)).decode()}"'
        return (f'Digest username="{p["username"]}", realm="{p["realm"]}", nonce="{p["nonce"]}", '
                f'uri="{p["uri"]}", response="{response}", algorithm={p["algorithm"]}, '
                f'cnonce="{p["cnonce"]}", opaque="{p["opaque"]}", qop={qop}, nc={p["nc"]}{auts}')
