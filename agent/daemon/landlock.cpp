#include "agent/daemon/landlock.h"

#include "base/file_descriptor.h"

#include <fcntl.h>
#include <linux/landlock.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstdint>
#include <string_view>

namespace ut::daemon {
namespace {

// Of kernels after the headers of Debian 12: rights, and the attribute that grew.
constexpr std::uint64_t kTruncate = 1ULL << 14;
constexpr std::uint64_t kIoctlDevice = 1ULL << 15;
constexpr std::uint64_t kBindTcp = 1ULL << 0;
constexpr std::uint64_t kScopeSignals = 1ULL << 1;
constexpr int kRuleNetPort = 2;

struct Ruleset {
  std::uint64_t files;
  std::uint64_t net;
  std::uint64_t scoped;
};

struct NetPort {
  std::uint64_t access;
  std::uint64_t port;
};

constexpr std::uint64_t kReadFile = LANDLOCK_ACCESS_FS_READ_FILE;
constexpr std::uint64_t kRead = kReadFile | LANDLOCK_ACCESS_FS_READ_DIR;
// Where sockets and the PIN latch are: made, renamed within their folder, removed.
constexpr std::uint64_t kWrite = kRead | LANDLOCK_ACCESS_FS_WRITE_FILE |
                                 LANDLOCK_ACCESS_FS_MAKE_REG | LANDLOCK_ACCESS_FS_MAKE_SOCK |
                                 LANDLOCK_ACCESS_FS_REMOVE_FILE | kTruncate;

// Libraries and name services, time, trust, devices, what the kernel tells of callers.
constexpr std::array<std::string_view, 9> kSystemFolders = {
    "/etc", "/usr", "/lib", "/lib64", "/proc", "/sys/devices/system", "/run", "/var/lib", "/dev"};

// What this version of Landlock can deny at all.
Ruleset deniable(long version) {
  std::uint64_t files = (LANDLOCK_ACCESS_FS_MAKE_SYM << 1) - 1;  // all of version 1
  if (version >= 2) {
    files |= LANDLOCK_ACCESS_FS_REFER;
  }
  if (version >= 3) {
    files |= kTruncate;
  }
  if (version >= 5) {
    files |= kIoctlDevice;
  }
  return {files, version >= 4 ? kBindTcp : 0, version >= 6 ? kScopeSignals : 0};
}

std::size_t size_of_ruleset(long version) {
  return version >= 6   ? sizeof(Ruleset)
         : version >= 4 ? offsetof(Ruleset, scoped)
                        : offsetof(Ruleset, net);
}

std::unexpected<Error> failure(std::string_view where) {
  return fail(ErrorCode::system_call_failed, where, ForeignNumber{ForeignKind::system, errno});
}

Result<void> allow_path(int ruleset, std::string_view path, std::uint64_t access) {
  const std::string name(path);
  const FileDescriptor at(::open(name.c_str(), O_PATH | O_CLOEXEC));
  if (at.get() < 0) {
    return {};
  }
  struct ::stat found{};
  if (::fstat(at.get(), &found) != 0) {
    return failure("landlock: fstat");
  }
  if (!S_ISDIR(found.st_mode)) {
    access &= kReadFile | LANDLOCK_ACCESS_FS_WRITE_FILE | kTruncate;
  }
  const landlock_path_beneath_attr rule{.allowed_access = access, .parent_fd = at.get()};
  if (::syscall(SYS_landlock_add_rule, ruleset, LANDLOCK_RULE_PATH_BENEATH, &rule, 0) != 0) {
    return failure("landlock_add_rule");
  }
  return {};
}

Result<void> allow_port(int ruleset, std::uint16_t port) {
  const NetPort rule{.access = kBindTcp, .port = port};
  if (::syscall(SYS_landlock_add_rule, ruleset, kRuleNetPort, &rule, 0) != 0) {
    return failure("landlock_add_rule");
  }
  return {};
}

}  // namespace

Result<bool> enter_landlock(const SandboxNeeds& needs) {
  const long version = ::syscall(SYS_landlock_create_ruleset, nullptr, std::size_t{0},
                                 LANDLOCK_CREATE_RULESET_VERSION);
  if (version < 1) {
    return false;
  }
  const Ruleset denied = deniable(version);
  const FileDescriptor ruleset(static_cast<int>(
      ::syscall(SYS_landlock_create_ruleset, &denied, size_of_ruleset(version), 0U)));
  if (ruleset.get() < 0) {
    return failure("landlock_create_ruleset");
  }
  for (const std::string_view folder : kSystemFolders) {
    TRY_VOID(allow_path(ruleset.get(), folder, kRead & denied.files));
  }
  TRY_VOID(allow_path(ruleset.get(), "/dev/null",
                      (kReadFile | LANDLOCK_ACCESS_FS_WRITE_FILE) & denied.files));
  for (const auto& path : needs.read_paths) {
    TRY_VOID(allow_path(ruleset.get(), path, kRead & denied.files));
  }
  for (const auto& path : needs.write_paths) {
    TRY_VOID(allow_path(ruleset.get(), path, kWrite & denied.files));
  }
  for (const std::uint16_t port : needs.tcp_ports) {
    if (denied.net != 0) {
      TRY_VOID(allow_port(ruleset.get(), port));
    }
  }
  if (::prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0 ||
      ::syscall(SYS_landlock_restrict_self, ruleset.get(), 0U) != 0) {
    return failure("landlock_restrict_self");
  }
  return true;
}

}  // namespace ut::daemon
