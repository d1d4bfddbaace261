"""under-filter.py UNIT -- COMMAND...: runs the command with the system calls that the unit's SystemCallFilter= leaves.

Calls that are refused fail as the unit's SystemCallErrorNumber= says. The other filters of the unit are not made here.
"""

import ctypes
import errno
import os
import subprocess
import sys

ALLOW = 0x7FFF0000
ERRNO = 0x00050000


def groups():
    """Each group of systemd with the names in it, which may be groups again."""
    listed = subprocess.run(["systemd-analyze", "--no-pager", "syscall-filter"], check=True, stdout=subprocess.PIPE,
                            stderr=subprocess.DEVNULL, text=True).stdout
    found = {}
    for line in listed.splitlines():
        if line.startswith("@"):
            members = found[line.strip()] = []
        elif line.startswith("    ") and not line.strip().startswith("#"):
            members.append(line.strip())
    return found


def calls_named(words, of=groups()):
    return {call for word in words for call in (calls_named(of[word]) if word[0] == "@" else [word])}


def allowed_by(unit):
    """What the lines of the unit allow, and the errno of the rest. The first line decides that it is an allow list."""
    calls, refusal = calls_named(["@default"]), errno.EPERM
    for line in open(unit, encoding="utf-8"):
        key, _, value = line.strip().partition("=")
        if key == "SystemCallErrorNumber":
            refusal = getattr(errno, value)
        if key == "SystemCallFilter" and value.startswith("~"):
            calls -= calls_named(value[1:].split())
        elif key == "SystemCallFilter":
            calls |= calls_named(value.split())
    return calls, refusal


def enter(calls, refusal):
    library = ctypes.CDLL("libseccomp.so.2", use_errno=True)
    library.seccomp_init.restype = ctypes.c_void_p
    rules = ctypes.c_void_p(library.seccomp_init(ctypes.c_uint32(ERRNO | refusal)))
    for name in sorted(calls):
        number = library.seccomp_syscall_resolve_name(name.encode())
        if number >= 0 and library.seccomp_rule_add(rules, ctypes.c_uint32(ALLOW), number, 0) != 0:
            sys.exit(f"no rule for {name}")
    if library.seccomp_load(rules) != 0:
        sys.exit("no filter")


end = sys.argv.index("--")
enter(*allowed_by(sys.argv[1]))
os.execvp(sys.argv[end + 1], sys.argv[end + 1 :])
