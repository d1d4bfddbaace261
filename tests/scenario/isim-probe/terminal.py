#!/usr/bin/python3
"""Runs a program at a terminal of its own and types at it.

  terminal.py [--colours yes|no] LINES STATUS COMMAND...

LINES are separated by spaces; each is typed when the program has asked (a text that ends with a colon or '>' and a
space). None of them may be echoed where it was asked for with a colon. Fails when the exit status is not STATUS.
"""
import os
import pty
import select
import sys
import time

colours = None
arguments = sys.argv[1:]
if arguments[0] == "--colours":
    colours = arguments[1]
    arguments = arguments[2:]
lines, status, command = arguments[0].split(), int(arguments[1]), arguments[2:]

pid, terminal = pty.fork()
if pid == 0:
    os.execv(command[0], command)

output = b""
answered = 0
deadline = time.monotonic() + 20
secrets = []
while time.monotonic() < deadline:
    if not select.select([terminal], [], [], 0.2)[0]:
        continue
    try:
        more = os.read(terminal, 4096)
    except OSError:  # the other end has gone
        break
    if not more:
        break
    output += more
    asked = output[answered:]
    if lines and (asked.endswith(b": ") or asked.endswith(b"> ")):
        line = lines.pop(0)
        if asked.endswith(b": "):
            secrets.append(line.encode())
        answered = len(output)
        os.write(terminal, line.encode() + b"\n")

got = os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])
text = output.decode(errors="replace")
problems = []
if got != status:
    problems.append(f"status {got}, not {status}")
if lines:
    problems.append(f"never asked for {len(lines)} lines")
if any(secret in output for secret in secrets):
    problems.append("a secret was echoed")
if colours and ("\x1b[" in text) != (colours == "yes"):
    problems.append(f"colours are not {colours}")
for problem in problems:
    print(problem)
if problems:
    print(text.replace("\x1b", "<ESC>"))
sys.exit(1 if problems else 0)
