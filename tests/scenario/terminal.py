#!/usr/bin/python3
"""A terminal with somebody at it: terminal.py STEP... -- COMMAND...

Steps, one after the other: expect:TEXT waits for it to be written since the step before, send:KEYS types, resize:ROWSxCOLUMNS,
signal:NAME, run:SHELL-COMMAND. Then the command has to end by itself, having left the terminal as it found it: out of the
second screen, with the same settings. Prints what went wrong; the exit status is that of the command.
"""
import fcntl
import os
import pty
import select
import signal
import struct
import subprocess
import sys
import termios
import time

PATIENCE = 20
at = sys.argv.index("--")
steps, command = sys.argv[1:at], sys.argv[at + 1:]


def resize(fd, rows, columns):
    fcntl.ioctl(fd, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, 0, 0))


def fail(text):
    print(text)
    print(written.decode(errors="replace"))
    child.kill()
    sys.exit(99)


def read_some(deadline):
    global written, pending
    ready = select.select([ours], [], [], max(0, min(0.2, deadline - time.monotonic())))[0]
    if ready:
        try:
            octets = os.read(ours, 65536)
        except OSError:
            octets = b""
        written += octets
        pending += octets


written, pending = b"", b""
ours, theirs = pty.openpty()
resize(ours, 24, 80)
before = termios.tcgetattr(theirs)
child = subprocess.Popen(command, stdin=theirs, stdout=theirs, stderr=theirs, start_new_session=True,
                         env={**os.environ, "TERM": "xterm"},
                         preexec_fn=lambda: fcntl.ioctl(0, termios.TIOCSCTTY, 0))
for step in steps:
    kind, _, value = step.partition(":")
    if kind == "expect":
        deadline = time.monotonic() + PATIENCE
        while value.encode() not in pending:
            if time.monotonic() > deadline or child.poll() is not None:
                fail(f"'{value}' did not come")
            read_some(deadline)
        pending = pending[pending.index(value.encode()) + len(value):]
    elif kind == "send":
        os.write(ours, value.encode())
    elif kind == "resize":
        resize(ours, *map(int, value.split("x")))
    elif kind == "signal":
        child.send_signal(getattr(signal, value))
    elif kind == "run":
        subprocess.run(value, shell=True, stdout=subprocess.DEVNULL, check=False)
    else:
        fail(f"{step} is no step")
deadline = time.monotonic() + PATIENCE
while child.poll() is None:
    if time.monotonic() > deadline:
        fail("it does not end")
    read_some(deadline)
while select.select([ours], [], [], 0.1)[0]:
    size = len(written)
    read_some(time.monotonic() + 0.1)
    if len(written) == size:
        break
if termios.tcgetattr(theirs) != before:
    fail("the settings of the terminal are not as they were")
if written.rfind(b"\x1b[?1049h") > written.rfind(b"\x1b[?1049l"):
    fail("the terminal is left on its second screen")
sys.exit(child.returncode)
