"""What a handshake costs the client, by method and TLS version, full and resumed, against openssl s_server."""

import hashlib
import hmac
import json
import resource
import struct
import subprocess
from pathlib import Path

from processes import Failure, free_port, listening

FULL, RESUMED = "full", "resumed"
FEW, MANY = 20, 220  # connections of two runs, whose difference leaves out what starting the client costs
SOURCE = Path(__file__).resolve().parents[2]
VECTORS = SOURCE / "tests/vectors/vectors.json"
NAF = "xcap.ims.mnc015.mcc234.pub.3gppnetwork.org"
PSK_SUITE = "ECDHE-PSK-CHACHA20-POLY1305"
# What the key is for: the suite above in TLS 1.2, the protocol in TLS 1.3 (TS 33.220 annex H).
PSK_UA = {"1.2": "010001ccac", "1.3": "0100000007"}
METHODS = ("certificate", "psk", "client certificate")
# A server that can resume nothing, by ticket or by session id.
WITHOUT_SESSIONS = {"1.2": ["-no_ticket", "-no_cache"], "1.3": ["-num_tickets", "0"]}


def openssl(*arguments):
    done = subprocess.run(["openssl", *map(str, arguments)], capture_output=True, text=True, check=False)
    if done.returncode != 0:
        raise Failure(f"openssl {arguments[0]}: {done.stderr.strip()}")


def make_certificates(folder):
    """A CA, and of it an ECDSA P-256 certificate for the NAF and one for the subscriber."""
    openssl("req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "2", "-subj",
            "/CN=bench-ca", "-keyout", folder / "ca.key", "-out", folder / "ca.pem")
    for name, extension in (("naf", f"subjectAltName=DNS:{NAF}"), ("user", "extendedKeyUsage=clientAuth")):
        (folder / "extension").write_text(extension)
        openssl("req", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-subj", f"/CN={name}",
                "-keyout", folder / f"{name}.key", "-out", folder / f"{name}.csr")
        openssl("x509", "-req", "-days", "2", "-CA", folder / "ca.pem", "-CAkey", folder / "ca.key", "-CAcreateserial",
                "-extfile", folder / "extension", "-in", folder / f"{name}.csr", "-out", folder / f"{name}.pem")


def ks_naf(ua_protocol_id):
    gba = json.loads(VECTORS.read_text())["gba"]
    text = b"\x01"
    for part in (b"gba-me", bytes.fromhex(gba["RAND"]), gba["IMPI"].encode(), NAF.encode() + bytes.fromhex(ua_protocol_id)):
        text += part + struct.pack(">H", len(part))
    return hmac.new(bytes.fromhex(gba["Ks"]), text, hashlib.sha256).hexdigest(), gba["ub"]["btid"]


def server_options(folder, method, version):
    if method == "psk":
        key, b_tid = ks_naf(PSK_UA[version])
        return ["-nocert", "-psk", key, "-psk_identity", f"3GPP-bootstrapping;{b_tid}", "-psk_hint", "3GPP-bootstrapping",
                *(["-cipher", PSK_SUITE] if version == "1.2" else [])]
    asks = ["-Verify", "1", "-verify_return_error", "-CAfile", folder / "ca.pem"] if method == "client certificate" else []
    return ["-cert", folder / "naf.pem", "-key", folder / "naf.key", *asks]


def client(build, folder, method, port, connections):
    common = ["--port", port, "--ca", folder / "ca.pem"]
    if method == "certificate":
        return [build / "tests/interop/tls-client", *common, "--name", NAF, "--get", "/", "--connections", connections]
    own = ["--certificate", folder / "user.pem", "--key", folder / "user.key"] if method == "client certificate" else []
    return [build / "tests/interop/ua-client", *common, "--naf", NAF, "--vectors", VECTORS, "--target", "/", "--method-of-naf",
            "psk" if method == "psk" else "certificate", "--requests", connections, *own]


def cpu_us(argv, resumed, connections):
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    done = subprocess.run([str(part) for part in argv], capture_output=True, text=True, timeout=120, check=False)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    lines = [json.loads(line) for line in done.stdout.splitlines() if line.startswith("{")]
    seen = [line["resumed"] for line in lines if isinstance(line.get("resumed"), bool)]
    if len(seen) != connections or sum(seen) != (connections - 1 if resumed else 0):
        raise Failure(f"{Path(argv[0]).name}: {sum(seen)} of {len(seen)} connections resumed, {connections} wanted\n"
                      + done.stdout[-500:] + done.stderr[-500:])
    return 1e6 * (after.ru_utime - before.ru_utime + after.ru_stime - before.ru_stime)


def measure(programs, build, folder, rounds):
    """{method: {version: {FULL: us, RESUMED: us}}}, each the least of the rounds: what disturbs only adds."""
    make_certificates(folder)
    costs = {}
    for method in METHODS:
        for version in ("1.2", "1.3"):
            for kind in (FULL, RESUMED):
                port = free_port()
                sessions = WITHOUT_SESSIONS[version] if kind == FULL else []
                server = programs.start("s_server", ["openssl", "s_server", "-accept", port, "-www", "-quiet", "-tls1_" + version[-1],
                                                     *server_options(folder, method, version), *sessions])
                server.wait_for(lambda: listening(port), 5, "listening")
                resumed = kind == RESUMED
                runs = [cpu_us(client(build, folder, method, port, MANY), resumed, MANY)
                        - cpu_us(client(build, folder, method, port, FEW), resumed, FEW) for _ in range(rounds)]
                programs.stop(server)
                costs.setdefault(method, {}).setdefault(version, {})[kind] = min(runs) / (MANY - FEW)
    return costs
