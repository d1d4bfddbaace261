"""without-system-call.py NAME... -- COMMAND...: as on a kernel that does not have these system calls."""

import ctypes
import errno
import os
import sys

LIBRARY = ctypes.CDLL("libseccomp.so.2", use_errno=True)
LIBRARY.seccomp_init.restype = ctypes.c_void_p
ALLOW = 0x7FFF0000
MISSING = 0x00050000 | errno.ENOSYS

end = sys.argv.index("--")
rules = ctypes.c_void_p(LIBRARY.seccomp_init(ALLOW))
for name in sys.argv[1:end]:
    number = LIBRARY.seccomp_syscall_resolve_name(name.encode())
    if LIBRARY.seccomp_rule_add(rules, ctypes.c_uint32(MISSING), number, 0) != 0:
        sys.exit(f"no rule for {name}")
if LIBRARY.seccomp_load(rules) != 0:
    sys.exit("no filter")
os.execvp(sys.argv[end + 1], sys.argv[end + 1 :])
