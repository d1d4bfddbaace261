#include "agent/daemon/system_calls.h"

#include <linux/seccomp.h>
#include <sched.h>
#include <seccomp.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstdint>
#include <memory>
#include <string_view>

namespace ut::daemon {
namespace {

// By what they are for. Names that an architecture does not have are passed over.
constexpr std::array kAllowed = {
    // memory
    "brk", "mmap", "mmap2", "munmap", "mremap", "mprotect", "madvise", "mlock", "mlock2", "munlock",
    "membarrier",
    // threads and their end
    "futex", "futex_time64", "futex_waitv", "set_robust_list", "get_robust_list", "rseq",
    "set_tid_address", "exit", "exit_group", "sched_yield", "sched_getaffinity", "gettid", "getpid",
    "getppid", "tgkill", "rt_sigaction", "rt_sigprocmask", "rt_sigreturn", "sigaltstack",
    "rt_sigpending", "restart_syscall", "arch_prctl",
    // time
    "clock_gettime", "clock_gettime64", "clock_getres", "clock_nanosleep", "nanosleep",
    "gettimeofday", "time", "timerfd_create", "timerfd_settime", "timerfd_gettime",
    // files: which of them is Landlock's and the mode's to say
    "read", "readv", "pread64", "preadv", "write", "writev", "pwrite64", "pwritev", "lseek",
    "_llseek", "open", "openat", "openat2", "close", "close_range", "fstat", "fstat64", "stat",
    "stat64", "lstat", "lstat64", "newfstatat", "fstatat64", "statx", "statfs", "statfs64",
    "fstatfs", "fstatfs64", "access", "faccessat", "faccessat2", "readlink", "readlinkat",
    "getdents64", "getcwd", "rename", "renameat", "renameat2", "unlink", "unlinkat", "fsync",
    "fdatasync", "ftruncate", "ftruncate64", "chmod", "fchmod", "fchmodat", "chown", "fchown",
    "fchownat", "lchown", "umask", "flock", "fcntl", "fcntl64", "ioctl", "dup", "dup2", "dup3",
    "pipe", "pipe2", "eventfd2", "fadvise64", "fadvise64_64",
    // sockets; socket() itself is below
    "bind", "connect", "listen", "accept", "accept4", "getsockname", "getpeername", "getsockopt",
    "setsockopt", "sendto", "recvfrom", "sendmsg", "recvmsg", "sendmmsg", "recvmmsg",
    "recvmmsg_time64", "send", "recv", "shutdown", "poll", "ppoll", "ppoll_time64", "select",
    "_newselect", "pselect6", "pselect6_time64", "epoll_create", "epoll_create1", "epoll_ctl",
    "epoll_wait", "epoll_pwait", "epoll_pwait2", "pidfd_open",
    // who and where we are
    "getrandom", "uname", "sysinfo", "getuid", "getuid32", "geteuid", "geteuid32", "getgid",
    "getgid32", "getegid", "getegid32", "getgroups", "getgroups32", "getresuid", "getresgid",
    "getrlimit", "ugetrlimit", "getrusage", "getcpu"};

// TCP, UDP for names, applications and pcscd, notice of another network.
constexpr std::array kSocketFamilies = {AF_UNIX, AF_INET, AF_INET6, AF_NETLINK};

struct Release {
  void operator()(void* filter) const { seccomp_release(filter); }
};
using Filter = std::unique_ptr<void, Release>;

// An argument of a call, by its place. The macros of libseccomp are compound literals of C.
scmp_arg_cmp argument(unsigned place, scmp_compare how, std::uint64_t value,
                      std::uint64_t second = 0) {
  return {place, how, value, second};
}

// 0 or a negative errno, as libseccomp has it; the first failure stays.
class Rules {
 public:
  explicit Rules(void* filter) : filter_(filter) {}

  template <class... Comparisons>
  void add(std::uint32_t action, int number, Comparisons... comparisons) {
    if (result_ == 0) {
      result_ = seccomp_rule_add(filter_, action, number, sizeof...(comparisons), comparisons...);
    }
  }
  int result() const { return result_; }

 private:
  void* filter_;
  int result_ = 0;
};

int fill(void* filter) {
  Rules rules(filter);
  for (const char* const name : kAllowed) {
    if (const int number = seccomp_syscall_resolve_name(name); number >= 0) {
      rules.add(SCMP_ACT_ALLOW, number);
    }
  }
  for (const int family : kSocketFamilies) {
    rules.add(SCMP_ACT_ALLOW, SCMP_SYS(socket),
              argument(0, SCMP_CMP_EQ, static_cast<std::uint64_t>(family)));
  }
  rules.add(SCMP_ACT_ALLOW, SCMP_SYS(socketpair), argument(0, SCMP_CMP_EQ, AF_UNIX));
  // Threads, and no processes. glibc takes clone() when there is no clone3(), whose flags a filter
  // cannot read.
  rules.add(SCMP_ACT_ALLOW, SCMP_SYS(clone),
            argument(0, SCMP_CMP_MASKED_EQ, CLONE_THREAD, CLONE_THREAD));
  rules.add(SCMP_ACT_ERRNO(ENOSYS), SCMP_SYS(clone3));
  // Limits are looked at, and only our own.
  rules.add(SCMP_ACT_ALLOW, SCMP_SYS(prlimit64), argument(0, SCMP_CMP_EQ, 0),
            argument(2, SCMP_CMP_EQ, 0));
  for (const int option : {PR_SET_NAME, PR_GET_NAME, PR_GET_DUMPABLE}) {
    rules.add(SCMP_ACT_ALLOW, SCMP_SYS(prctl),
              argument(0, SCMP_CMP_EQ, static_cast<std::uint64_t>(option)));
  }
  return rules.result();
}

std::unexpected<Error> failure(int negative_errno) {
  return fail(ErrorCode::system_call_failed, "filter system calls",
              ForeignNumber{ForeignKind::system, -negative_errno});
}

bool kernel_has_filters() {
  std::uint32_t action = SECCOMP_RET_ERRNO;
  return ::syscall(SYS_seccomp, SECCOMP_GET_ACTION_AVAIL, 0U, &action) == 0;
}

}  // namespace

Result<bool> filter_system_calls() {
  if (!kernel_has_filters()) {
    return false;
  }
  const Filter filter(seccomp_init(SCMP_ACT_ERRNO(EPERM)));
  if (!filter) {
    return failure(-ENOMEM);
  }
  if (const int result = fill(filter.get()); result != 0) {
    return failure(result);
  }
  // As a tree: a request makes few calls, and each walks the list.
  if (const int result = seccomp_attr_set(filter.get(), SCMP_FLTATR_CTL_OPTIMIZE, 2); result != 0) {
    return failure(result);
  }
  if (const int result = seccomp_load(filter.get()); result != 0) {
    return failure(result);
  }
  return true;
}

}  // namespace ut::daemon
