#!/usr/bin/python3
"""Secrets of a whole scenario, and the search for them.

  secrets.py relay TARGET FILE     listens on 127.0.0.1, prints the port, records both directions
  secrets.py search DIRECTORY      computes what the run's secrets were and looks for them
  secrets.py ks-naf DIRECTORY B_TID NAF UA_PROTOCOL_ID
                                   prints Ks_NAF of that run in base64
  secrets.py ks DIRECTORY B_TID    prints Ks of that run in base64
  secrets.py in-memory PID BASE64  prints where in the process these octets stand; status 1 for nowhere
  secrets.py find BASE64 FILE...   prints the files in which these octets stand; status 1 for none

`search` reads DIRECTORY/card.toml (K, OPc, PIN), DIRECTORY/ub.record (every challenge and B-TID of the
Ub conversation) and looks through every other file of the directory for K, OPc, CK, IK, RES, Ks, Ks_NAF,
HA1 and the PIN, raw, in hexadecimal and in base64, and through the agent's files for personal data.
The quantities are computed here, by the independent Milenage of tests/interop/auc.
"""
import base64
import hashlib
import hmac
import pathlib
import re
import socket
import sys
import threading
import tomllib

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "interop/auc"))
import milenage  # noqa: E402


def relay(target, record):
    host, port = target.rsplit(":", 1)
    listener = socket.create_server(("127.0.0.1", 0))
    print(listener.getsockname()[1], flush=True)
    lock = threading.Lock()

    def pump(source, sink, out):
        while octets := source.recv(65536):
            with lock:
                out.write(octets)
                out.flush()
            sink.sendall(octets)
        sink.shutdown(socket.SHUT_WR)

    with open(record, "ab") as out:
        while True:
            client, _ = listener.accept()
            server = socket.create_connection((host, int(port)))
            for pair in ((client, server), (server, client)):
                threading.Thread(target=pump, args=(*pair, out), daemon=True).start()


def kdf(key, *parameters):
    s = b"\x01" + b"".join(p + len(p).to_bytes(2, "big") for p in parameters)
    return hmac.new(key, s, hashlib.sha256).digest()


def secrets_of(profile, record, naf):
    """name -> octets, of every run that the record shows."""
    k, opc = bytes.fromhex(profile["keys"]["k"]), bytes.fromhex(profile["keys"]["opc"])
    impi = profile["subscriber"]["impi"].encode()
    found = {"K": k, "OPc": opc}
    for number, nonce in enumerate(sorted(set(re.findall(rb'nonce="([A-Za-z0-9+/=]{40,})"', record)))):
        rand = base64.b64decode(nonce)[:16]
        res, ck, ik, _, _ = milenage.f2345(k, opc, rand)
        ks = ck + ik
        found |= {f"RES {number}": res, f"CK {number}": ck, f"IK {number}": ik, f"Ks {number}": ks}
        for b_tid in re.findall(rb"<btid>([^<]+)</btid>", record):
            if not b_tid.startswith(base64.b64encode(rand)):
                continue
            for suite in ("1301", "1302", "1303", "c02b", "c02c", "cca9"):
                ks_naf = kdf(ks, b"gba-me", rand, impi, naf + bytes.fromhex("010001" + suite))
                found[f"Ks_NAF {number} {suite}"] = ks_naf
                ha1 = hashlib.md5(b":".join((b_tid, b"3GPP-bootstrapping@" + naf, base64.b64encode(ks_naf))))
                found[f"HA1 {number} {suite}"] = ha1.digest()
        for realm in set(re.findall(rb'realm="([^"]+)"', record)):
            found[f"HA1 of Ub {number}"] = hashlib.md5(b":".join((impi, realm, res))).digest()
    return found


def rand_and_ks(directory, b_tid):
    """Of the run that gave this B-TID, from K and the recorded challenge."""
    profile = tomllib.loads((directory / "card.toml").read_text())
    record = (directory / "ub.record").read_bytes()
    k, opc = bytes.fromhex(profile["keys"]["k"]), bytes.fromhex(profile["keys"]["opc"])
    rand = base64.b64decode(b_tid.split("@")[0])
    if f"<btid>{b_tid}</btid>".encode() not in record or base64.b64encode(rand)[:20] not in record:
        sys.exit("the record has no such run")
    _, ck, ik, _, _ = milenage.f2345(k, opc, rand)
    return rand, ck + ik


def ks_naf(directory, b_tid, naf, ua_protocol_id):
    """Ks_NAF of that run (TS 33.220 annex B.3)."""
    rand, ks = rand_and_ks(directory, b_tid)
    impi = tomllib.loads((directory / "card.toml").read_text())["subscriber"]["impi"].encode()
    return kdf(ks, b"gba-me", rand, impi, naf.encode() + bytes.fromhex(ua_protocol_id))


def in_memory(pid, octets):
    """The mappings of a process in which octets stand, raw, hex or base64."""
    places = []
    with open(f"/proc/{pid}/maps") as maps, open(f"/proc/{pid}/mem", "rb", 0) as memory:
        for line in maps:
            span, rights, *_, name = line.split(maxsplit=5) if line.count("/") or "[" in line else (*line.split(), "")
            begin, end = (int(at, 16) for at in span.split("-"))
            if not rights.startswith("r") or "[v" in name:  # vvar, vsyscall: not to be read
                continue
            if end - begin > 1 << 32:  # what a sanitizer reserves; nothing of the agent's is that large
                continue
            memory.seek(begin)
            text = memory.read(end - begin)
            places += [f"{span} {name.strip()}" for form in forms(octets) if form in text]
    return places


def forms(octets):
    """How octets may stand in a text."""
    yield octets
    yield octets.hex().encode()
    yield octets.hex().upper().encode()
    yield base64.b64encode(octets).rstrip(b"=")
    yield b" ".join(b"%02x" % o for o in octets)
    yield b" ".join(b"%02X" % o for o in octets)


def search(directory):
    directory = pathlib.Path(directory)
    profile = tomllib.loads((directory / "card.toml").read_text())
    record = (directory / "ub.record").read_bytes()
    naf = (directory / "naf.name").read_bytes().strip()
    secrets = secrets_of(profile, record, naf)
    known = {"card.toml", "lab.toml", "pin", "ub.record"}
    files = {p: p.read_bytes() for p in directory.rglob("*") if p.is_file() and p.name not in known}

    def places(octets_of_forms, where):
        return [f"{path.name}" for path, text in where.items() for form in octets_of_forms if form in text]

    failures = 0

    def check(passed, text, notes=()):
        nonlocal failures
        failures += not passed
        print(("ok" if passed else "not ok") + " - " + text)
        for note in notes:
            print("# " + note)

    runs = sum(name.startswith("Ks ") for name in secrets)
    check(runs >= 3, f"the scenario ran AKA {runs} times [KEY-4]")
    # The search proves itself: it finds what is there.
    planted = {directory / "planted": b"x" + secrets["Ks 0"].hex().encode() + b"y" + secrets["RES 0"]}
    check(places(forms(secrets["Ks 0"]), planted) and places(forms(secrets["RES 0"]), planted),
          "the search finds a planted Ks and RES [KEY-4]")
    hits = [f"{name} in {place}" for name, octets in secrets.items() for place in places(forms(octets), files)]
    check(not hits, f"none of {len(secrets)} secrets stands in any of {len(files)} files, raw, hex or base64 [KEY-4]", hits)
    agent = {p: t for p, t in files.items() if p.name.startswith("agent.") or p.name == "pin-latch"}
    check(len(agent) >= 3 and any(len(t) > 10000 for t in agent.values()), "the agent's log is talkative [KEY-4]")
    pin = profile["pin"]["pin"].encode()
    hits = [p.name for p, t in agent.items() if re.search(rb"(?<![0-9a-fA-F.:])" + pin + rb"(?![0-9a-fA-F])", t)
            or pin.hex().encode() + b"ff" in t.lower()]
    check(not hits, "nor does the PIN in the agent's [KEY-4 IS-4]", hits)
    check(not any(re.search(rb"(?i)authorization: *digest|response=\"?[0-9a-f]{32}", t) for t in agent.values()),
          "nor an Authorization value [KEY-4]")
    subscriber = profile["subscriber"]
    personal = {"IMPI": subscriber["impi"], "IMSI": subscriber["imsi"], "ICCID": profile["card"]["iccid"]}
    # The name within an IMPU or XUI, or the MSISDN: found in every spelling of it. Mallory is another user.
    names = [impu.split(":", 1)[-1].split("@")[0] for impu in subscriber["impus"]] + ["mallory"]
    check(any(name.startswith("+") for name in names), "the card has an MSISDN [KEY-6]")
    personal |= {f"IMPU or XUI {name}": name.lstrip("+") for name in names}
    personal |= {f"B-TID {i}": b.decode() for i, b in enumerate(set(re.findall(rb"<btid>([^<]+)</btid>", record)))}
    log = {p: t for p, t in agent.items() if p.name == "agent.log"}
    hits = [f"{name} in {place}" for name, text in personal.items() for place in places(forms(text.encode()), log)]
    check(all(kind + b"#" in t for t in log.values() for kind in (b"xui", b"impi", b"iccid", b"b_tid")), "the agent's log has pseudonyms in their place [KEY-6]")
    check(not hits, f"none of {len(personal)} personal data stands in the agent's log [KEY-6]", hits)
    return 1 if failures else 0


if __name__ == "__main__":
    if sys.argv[1] == "relay":
        relay(sys.argv[2], sys.argv[3])
    if sys.argv[1] == "ks-naf":
        print(base64.b64encode(ks_naf(pathlib.Path(sys.argv[2]), *sys.argv[3:])).decode())
        sys.exit(0)
    if sys.argv[1] == "ks":
        print(base64.b64encode(rand_and_ks(pathlib.Path(sys.argv[2]), sys.argv[3])[1]).decode())
        sys.exit(0)
    if sys.argv[1] == "in-memory":
        found = in_memory(int(sys.argv[2]), base64.b64decode(sys.argv[3]))
        print("\n".join(found))
        sys.exit(0 if found else 3)  # 1 is Python's own, for a search that failed
    if sys.argv[1] == "find":
        key = list(forms(base64.b64decode(sys.argv[2])))
        found = [name for name in sys.argv[3:] if any(form in pathlib.Path(name).read_bytes() for form in key)]
        print("\n".join(found))
        sys.exit(0 if found else 1)
    sys.exit(search(sys.argv[2]))
