"""ut-agent on the whole real path: software card in pcscd's reader, BSF, and the upstream as NAF."""

import base64
import hashlib
import json
import secrets
import subprocess
import time
from pathlib import Path

import measure
from processes import Failure, free_port, listening
from relays import Relay
from upstream import NAF, UT_PATH, XUI

PCSCD_SOCKET = Path("/run/pcscd/pcscd.comm")
VPCD_DRIVER = """\
FRIENDLYNAME "Virtual PCD"
DEVICENAME /dev/null:0x8C7B
LIBPATH /usr/lib/pcsc/drivers/serial/libifdvpcd.so
CHANNELID 0x8C7B
"""
K = "465b5ce8b199b49faa5f0a2ee238a6bc"    # test set 1 of TS 35.208
OPC = "cd63cb71954a9f4e48a5994e37a02baf"
DOMAIN = XUI.partition("@")[2]
IMPI = f"001010123456789@{DOMAIN}"
PIN = "2468"

CARD = f"""\
[card]
iccid = "8988211000000123456"
applications = ["isim"]
[subscriber]
imsi = "001010123456789"
impi = "{IMPI}"
domain = "{DOMAIN}"
impus = ["{XUI}"]
[keys]
k = "{K}"
opc = "{OPC}"
[sequence]
file = "sqn"
[pin]
enabled = true
pin = "{PIN}"
puk = "12345678"
"""

LAB = f"""\
[[subscriber]]
impi = "{IMPI}"
impus = ["{XUI}"]
k = "{K}"
opc = "{OPC}"
"""

# Defaults, but for what the place asks for, no access log (as with the peers), and room for the
# connections of one run of the load while those of the last one end.
AGENT = """\
[log]
access = false
[card]
pin_file = "{folder}/pin"
pin_latch_file = "{folder}/pin-latch"
[ub]
bsf_host = "{bsf_name}"
bsf_address = "127.0.0.1:{bsf_port}"
[tls]
ca_file = "{ca}"
[limits]
connections = 1024
connections_per_uid = 1024
connections_per_caller = 1024
[[naf]]
name = "{naf}"
address = "127.0.0.1:{upstream_port}"
[tcp]
port = {port}
[[application]]
name = "bench"
sockets = ["tcp"]
token_sha256 = "{token_sha256}"
nafs = ["{naf}"]
auids = ["pres-rules"]
"""


# By name, where they are in a build.
PROGRAMS = {"ut-agent": "agent/ut-agent", "soft-isim": "tools/soft-isim/soft-isim", "ut-lab": "tools/ut-lab/ut-lab"}

# The agent learns from pcscd that there is a card, and reads it when it is first needed.
SETTLING_SECONDS = 0.5


def card_in_reader():
    return subprocess.run(["opensc-tool", "-r", "0", "-a"], stdin=subprocess.DEVNULL,
                          capture_output=True, check=False).returncode == 0


def write_private(file, text):
    file.touch(mode=0o600)
    file.write_text(text)


class Operator:
    """pcscd with the software card, and the BSF; they run until the programs end."""

    def __init__(self, programs, build, sandbox=True):
        self.sandbox = sandbox
        folder = programs.folder
        self.binaries = {name: (build / place).resolve() for name, place in PROGRAMS.items()}
        readers = folder / "readers"
        readers.mkdir()
        (readers / "vpcd").write_text(VPCD_DRIVER)
        PCSCD_SOCKET.parent.mkdir(exist_ok=True)
        pcscd = programs.start("pcscd", ["pcscd", "-f", "-c", readers])
        pcscd.wait_for(PCSCD_SOCKET.exists, 5, "to listen")
        write_private(folder / "card.toml", CARD)
        card = programs.start("soft-isim", [self.binaries["soft-isim"],
                                            "--profile", folder / "card.toml"])
        card.wait_for(card_in_reader, 5, "to be seen by pcscd")
        (folder / "lab.toml").write_text(LAB)
        lab = programs.start("ut-lab", [self.binaries["ut-lab"], "--config", folder / "lab.toml",
                                        "--dir", folder / "lab"], stdout=subprocess.PIPE)
        described = json.loads(lab.process.stdout.readline() or "{}")
        if not described:
            raise Failure(f"ut-lab does not start:\n{lab.last_lines()}")
        self.bsf = described["bsf"]
        self.zn_port = described["control"]["port"]


def launch(programs, operator, settings, **values):
    """Starts ut-agent with these settings, in which stand `values`: it has seen the card, and has neither identity nor
    key. The program, its TCP port and the header fields of an application."""
    folder = programs.folder
    token = secrets.token_hex(16)
    port = free_port()
    write_private(folder / "pin", PIN)
    file = folder / "ut-agent.toml"
    file.write_text(settings.format(folder=folder, port=port, token_sha256=hashlib.sha256(token.encode()).hexdigest(),
                                    **values)
                    + ("" if operator.sandbox else '[sandbox]\nmode = "off"\n'))
    program = programs.start("ut-agent", [operator.binaries["ut-agent"], "--config", file])
    program.wait_for(lambda: listening(port), 10, "to listen")
    time.sleep(SETTLING_SECONDS)
    credentials = base64.b64encode(f"bench:{token}".encode()).decode()
    return program, port, (f"Proxy-Authorization: Basic {credentials}",)


def start_agent(programs, upstream, operator):
    program, port, headers = launch(
        programs, operator, AGENT, bsf_name=operator.bsf["name"], bsf_port=operator.bsf["port"],
        ca=upstream.ca, naf=NAF, upstream_port=upstream.port)
    return Relay(program, port, UT_PATH, headers)


def begin(programs, upstream, operator, idle_seconds):
    """The agent after its first request, before which it had no key, and what that was like."""
    relay = start_agent(programs, upstream, operator)
    first = measure.fetch(relay)
    return relay, {"first_request_ms": first * 1000, "wake_ups": measure.wake_ups(relay.program, idle_seconds)}


def authentication(before, after):
    """What the NAF counted between two looks at its statistics."""
    counted = {key: after[key] - before[key]
               for key in ("connections", "authenticated", "challenges", "nonces", "refused")}
    return counted | {"challenges_a_nonce": counted["challenges"] / max(1, counted["nonces"])}
