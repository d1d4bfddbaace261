#include "agent/local/caller.h"

#include "base/encoding.h"
#include "base/secret.h"
#include "tls/crypto/constant_time.h"
#include "tls/crypto/hash.h"

#include <fcntl.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <utility>

// Known to kernels since 4.13 and 6.5; the headers of Debian 12 lack the second.
#ifndef SO_PEERGROUPS
#define SO_PEERGROUPS 59
#endif
#ifndef SO_PEERPIDFD
#define SO_PEERPIDFD 77
#endif

namespace ut::local {
namespace {

// Of all callers together: tokens of few applications are in use at a time.
constexpr std::size_t kKeptClaims = 8;
constexpr std::size_t kKeptOctets = 256;  // of a value

class Descriptor {
 public:
  explicit Descriptor(int fd) : fd_(fd) {}
  ~Descriptor() {
    if (fd_ >= 0) {
      ::close(fd_);
    }
  }
  Descriptor(const Descriptor&) = delete;
  Descriptor& operator=(const Descriptor&) = delete;
  int get() const { return fd_; }
  explicit operator bool() const { return fd_ >= 0; }

 private:
  int fd_;
};

auto system_failure(std::string_view where) {
  return fail(ErrorCode::system_call_failed, where, {ForeignKind::system, errno});
}

Result<std::vector<gid_t>> peer_groups(int fd) {
  std::vector<gid_t> groups(32);
  for (;;) {
    auto octets = static_cast<socklen_t>(groups.size() * sizeof(gid_t));
    if (::getsockopt(fd, SOL_SOCKET, SO_PEERGROUPS, groups.data(), &octets) == 0) {
      groups.resize(octets / sizeof(gid_t));
      return groups;
    }
    if (errno != ERANGE || octets <= groups.size() * sizeof(gid_t)) {
      return system_failure("local.peergroups");
    }
    groups.resize(octets / sizeof(gid_t));
  }
}

int open_pidfd(int fd, pid_t pid) {
  int pidfd = -1;
  socklen_t octets = sizeof pidfd;
  if (::getsockopt(fd, SOL_SOCKET, SO_PEERPIDFD, &pidfd, &octets) == 0) {
    return pidfd;
  }
  return static_cast<int>(::syscall(SYS_pidfd_open, pid, 0));
}

bool still_lives(const Descriptor& pidfd) {
  pollfd entry{pidfd.get(), POLLIN, 0};
  return ::poll(&entry, 1, 0) == 0;
}

std::string executable_of(const std::string& directory) {
  std::array<char, 4096> path{};
  const auto octets = ::readlink((directory + "/exe").c_str(), path.data(), path.size());
  if (octets <= 0 || static_cast<std::size_t>(octets) == path.size()) {
    return {};
  }
  return {path.data(), static_cast<std::size_t>(octets)};
}

std::string unit_of(const std::string& directory) {
  const Descriptor file(::open((directory + "/cgroup").c_str(), O_RDONLY | O_CLOEXEC));
  std::array<char, 4096> text{};
  const auto octets = file ? ::read(file.get(), text.data(), text.size()) : -1;
  return octets <= 0 ? std::string{}
                     : unit_of_cgroup({text.data(), static_cast<std::size_t>(octets)});
}

// What follows `scheme`, which is in lower case and ends in a space; nullopt: another scheme.
std::optional<std::string_view> after_scheme(std::string_view value, std::string_view scheme) {
  if (value.size() < scheme.size()) {
    return std::nullopt;
  }
  for (std::size_t i = 0; i < scheme.size(); ++i) {
    if ((value[i] | 0x20) != scheme[i]) {
      return std::nullopt;
    }
  }
  value.remove_prefix(scheme.size());
  value.remove_prefix(std::min(value.find_first_not_of(' '), value.size()));
  return value;
}

// RFC 6750 clause 2.1.
bool is_b64token(std::string_view text) {
  constexpr std::string_view kAllowed =
      "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~+/=";
  return !text.empty() && text.find_first_not_of(kAllowed) == std::string_view::npos;
}

}  // namespace

Result<PeerCredentials> peer_credentials(int fd) {
  ucred credentials{};
  socklen_t octets = sizeof credentials;
  if (::getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &credentials, &octets) != 0) {
    return system_failure("local.peercred");
  }
  PeerCredentials peer;
  peer.uid = credentials.uid;
  peer.pid = credentials.pid;
  TRY(peer.groups, peer_groups(fd));
  if (std::ranges::find(peer.groups, credentials.gid) == peer.groups.end()) {
    peer.groups.push_back(credentials.gid);
  }
  // A pid of 0 is a peer outside of this pid namespace.
  const Descriptor pidfd(peer.pid > 0 ? open_pidfd(fd, peer.pid) : -1);
  if (pidfd) {
    const auto directory = "/proc/" + std::to_string(peer.pid);
    auto executable = executable_of(directory);
    auto unit = unit_of(directory);
    if (still_lives(pidfd)) {
      peer.executable = std::move(executable);
      peer.unit = std::move(unit);
    }
  }
  return peer;
}

std::string unit_of_cgroup(std::string_view cgroup) {
  std::string unit;
  std::size_t at = 0;
  while (at < cgroup.size()) {
    const auto end = std::min(cgroup.find_first_of("/\n", at), cgroup.size());
    const auto part = cgroup.substr(at, end - at);
    if (part.ends_with(".service") || part.ends_with(".scope")) {
      unit = part;
    }
    at = end + 1;
  }
  return unit;
}

TokenHash hash_token(std::string_view token) {
  const auto octets = crypto::hash(crypto::HashKind::sha256, as_bytes(token));
  TokenHash hash;
  std::ranges::copy(octets, hash.begin());
  return hash;
}

std::optional<TokenHash> token_hash_from_hex(std::string_view text) {
  const auto octets = from_hex(text);
  TokenHash hash;
  if (!octets || octets->size() != hash.size()) {
    return std::nullopt;
  }
  std::ranges::copy(*octets, hash.begin());
  return hash;
}

std::optional<TokenClaim> token_claim(std::string_view value) {
  if (const auto token = after_scheme(value, "bearer ")) {
    return is_b64token(*token) ? std::optional(TokenClaim{std::nullopt, hash_token(*token)})
                               : std::nullopt;
  }
  const auto credentials = after_scheme(value, "basic ");
  auto decoded = credentials ? from_base64(*credentials) : std::nullopt;
  if (!decoded) {
    return std::nullopt;
  }
  const auto text = as_text(*decoded);
  const auto colon = text.find(':');
  std::optional<TokenClaim> claim;
  if (colon != std::string_view::npos) {
    claim = TokenClaim{std::string(text.substr(0, colon)), hash_token(text.substr(colon + 1))};
  }
  wipe(*decoded);
  return claim;
}

std::optional<TokenClaim> TokenClaims::read(std::string_view value) {
  const auto octets = as_bytes(value);
  for (const auto& kept : kept_) {
    if (crypto::constant_time_equal(kept.value.expose(), octets)) {
      return kept.claim;
    }
  }
  auto claim = token_claim(value);
  if (claim && value.size() <= kKeptOctets) {
    if (kept_.size() == kKeptClaims) {
      kept_.erase(kept_.begin());
    }
    kept_.push_back({SecretBytes::copy_of(octets), *claim});
  }
  return claim;
}

}  // namespace ut::local
