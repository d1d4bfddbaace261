#include "agent/local/listening_socket.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <grp.h>
#include <netinet/in.h>
#include <sys/file.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <memory>

namespace ut::local {
namespace {

constexpr int kBacklog = 512;

auto invalid(const std::string& path, std::string_view why) {
  return fail(ErrorCode::config_invalid, "local.listen", path + ": " + std::string(why));
}

auto system_failure(std::string_view where, std::string detail) {
  return fail(ErrorCode::system_call_failed, where, {ForeignKind::system, errno},
              std::move(detail));
}

bool trusted_owner(const struct stat& status) {
  return status.st_uid == 0 || status.st_uid == ::geteuid();
}

bool writable_by_others(const struct stat& status) {
  return (status.st_mode & (S_IWGRP | S_IWOTH)) != 0;
}

std::string parent_of(const std::string& path) {
  const auto slash = path.rfind('/');
  return slash == 0 ? "/" : path.substr(0, slash);
}

// The directory that shall hold the socket, and all above it.
Result<void> check_directory(const std::string& directory) {
  const std::unique_ptr<char, decltype(&std::free)> resolved(::realpath(directory.c_str(), nullptr),
                                                             &std::free);
  if (!resolved) {
    return system_failure("local.listen.realpath", directory);
  }
  if (directory != resolved.get()) {
    return invalid(directory, "the path goes through a symbolic link or is not plain; write " +
                                  std::string(resolved.get()));
  }
  for (std::string at = directory;; at = parent_of(at)) {
    struct stat status{};
    if (::lstat(at.c_str(), &status) != 0) {
      return system_failure("local.listen.lstat", at);
    }
    const bool holds_the_socket = at == directory;
    const bool sticky = (status.st_mode & S_ISVTX) != 0;
    if (!S_ISDIR(status.st_mode) || !trusted_owner(status)) {
      return invalid(at, "not a directory of root or of the agent's user");
    }
    if (writable_by_others(status) && (holds_the_socket || !sticky)) {
      return invalid(at, "others may write in this directory");
    }
    if (at == "/") {
      return {};
    }
  }
}

Result<sockaddr_un> address_of(const std::string& path) {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  if (path.size() >= sizeof address.sun_path) {
    return invalid(path, "the path is too long for a socket");
  }
  std::memcpy(address.sun_path, path.data(), path.size());
  return address;
}

const sockaddr* generic(const auto& address) {
  return reinterpret_cast<const sockaddr*>(&address);
}

// Refuses whatever stands at `path` unless it is a socket of ours on which nobody listens.
Result<void> check_place(const std::string& path) {
  struct stat status{};
  if (::lstat(path.c_str(), &status) != 0) {
    if (errno == ENOENT) {
      return {};
    }
    return system_failure("local.listen.lstat", path);
  }
  if (!S_ISSOCK(status.st_mode) || !trusted_owner(status)) {
    return invalid(path, "something that is not a socket of the agent is there already");
  }
  TRY(const auto address, address_of(path));
  const ListeningSocket probe(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0), "");
  if (probe.fd() < 0) {
    return system_failure("local.listen.socket", path);
  }
  if (::connect(probe.fd(), generic(address), sizeof address) == 0 || errno == EAGAIN) {
    return invalid(path, "another process listens there; is the agent running already?");
  }
  if (errno != ECONNREFUSED) {
    return system_failure("local.listen.probe", path);
  }
  return {};
}

Result<void> give_to_group(const std::string& path, const std::string& group) {
  if (group.empty()) {
    return {};
  }
  std::array<char, 16384> text{};
  struct group entry{};
  struct group* found = nullptr;
  if (::getgrnam_r(group.c_str(), &entry, text.data(), text.size(), &found) != 0 ||
      found == nullptr) {
    return invalid(path, "there is no group \"" + group + "\"");
  }
  // Where the directory gave it that group, or it is the agent's own, the call is not needed: the
  // unit's filter refuses it.
  struct stat status{};
  const bool is_there = ::lstat(path.c_str(), &status) == 0 && status.st_gid == found->gr_gid;
  if (is_there || ::chown(path.c_str(), static_cast<uid_t>(-1), found->gr_gid) == 0) {
    return {};
  }
  if (errno == EPERM) {
    return invalid(path, "the agent may not give it to group \"" + group +
                             "\": run the agent with that group, or let a .socket unit with "
                             "SocketGroup= make the socket");
  }
  return system_failure("local.listen.chown", path);
}

// Removes a path unless told that it shall stay.
class TemporaryPath {
 public:
  explicit TemporaryPath(std::string path) : path_(std::move(path)) {}
  ~TemporaryPath() {
    if (!path_.empty()) {
      ::unlink(path_.c_str());
    }
  }
  TemporaryPath(const TemporaryPath&) = delete;
  TemporaryPath& operator=(const TemporaryPath&) = delete;
  const std::string& get() const { return path_; }
  void keep() { path_.clear(); }

 private:
  std::string path_;
};

// Whether `fd` is a listening stream socket; its address.
Result<sockaddr_storage> inherited_address(int fd, const std::string& what) {
  int listens = 0;
  int type = 0;
  socklen_t octets = sizeof listens;
  sockaddr_storage address{};
  socklen_t address_octets = sizeof address;
  if (::getsockopt(fd, SOL_SOCKET, SO_ACCEPTCONN, &listens, &octets) != 0 ||
      ::getsockopt(fd, SOL_SOCKET, SO_TYPE, &type, &octets) != 0 ||
      ::getsockname(fd, reinterpret_cast<sockaddr*>(&address), &address_octets) != 0) {
    return system_failure("local.listen.inherited", what);
  }
  if (listens == 0 || type != SOCK_STREAM) {
    return invalid(what, "the inherited descriptor is not a listening stream socket");
  }
  // Connections are accepted until there are no more, so that must not block.
  if (::fcntl(fd, F_SETFL, ::fcntl(fd, F_GETFL) | O_NONBLOCK) != 0 ||
      ::fcntl(fd, F_SETFD, FD_CLOEXEC) != 0) {
    return system_failure("local.listen.inherited", what);
  }
  return address;
}

// Where a socket is bound, as the configuration writes it; empty for what it has no words for, such
// as a socket without a path.
std::string place_of(const sockaddr_storage& address) {
  std::array<char, INET6_ADDRSTRLEN> text{};
  if (address.ss_family == AF_UNIX) {
    sockaddr_un local{};
    std::memcpy(&local, &address, sizeof local);
    return {local.sun_path, ::strnlen(local.sun_path, sizeof local.sun_path)};
  }
  if (address.ss_family == AF_INET) {
    sockaddr_in v4{};
    std::memcpy(&v4, &address, sizeof v4);
    ::inet_ntop(AF_INET, &v4.sin_addr, text.data(), text.size());
    return std::string(text.data()) + ":" + std::to_string(ntohs(v4.sin_port));
  }
  if (address.ss_family == AF_INET6) {
    sockaddr_in6 v6{};
    std::memcpy(&v6, &address, sizeof v6);
    ::inet_ntop(AF_INET6, &v6.sin6_addr, text.data(), text.size());
    return std::string(text.data()) + ":" + std::to_string(ntohs(v6.sin6_port));
  }
  return {};
}

// utctl and applications look where the configuration says.
Result<void> check_same_place(const std::string& what, const std::string& passed,
                              const std::string& configured) {
  if (passed == configured) {
    return {};
  }
  return invalid(what, "the .socket unit listens at \"" + passed + "\", the configuration says \"" +
                           configured + "\"; let both name the same place");
}

// The socket of the .socket unit in place of one of ours; mode and owner are the unit's.
Result<ListeningSocket> take_unix(const UnixSocketConfig& config) {
  const std::string what = "socket " + config.name;
  TRY(const auto address, inherited_address(config.inherited, what));
  if (address.ss_family != AF_UNIX) {
    return invalid(what, "the inherited socket is not a Unix socket");
  }
  TRY_VOID(check_same_place(what, place_of(address), config.path));
  struct stat status{};
  if (::lstat(config.path.c_str(), &status) != 0) {
    return system_failure("local.listen.lstat", config.path);
  }
  if (config.name == kControlSocketName && (status.st_mode & S_IRWXO) != 0) {
    return invalid(what,
                   "others may connect, and could do everything there; write "
                   "SocketMode=0600 or 0660 in the .socket unit");
  }
  return ListeningSocket(config.inherited, config.name);
}

bool is_loopback(const sockaddr_storage& address) {
  if (address.ss_family == AF_INET) {
    sockaddr_in v4{};
    std::memcpy(&v4, &address, sizeof v4);
    return v4.sin_addr.s_addr == htonl(INADDR_LOOPBACK);
  }
  if (address.ss_family == AF_INET6) {
    sockaddr_in6 v6{};
    std::memcpy(&v6, &address, sizeof v6);
    return IN6_IS_ADDR_LOOPBACK(&v6.sin6_addr);
  }
  return false;
}

Result<sockaddr_storage> loopback_address(const TcpSocketConfig& config) {
  sockaddr_storage address{};
  sockaddr_in v4{};
  sockaddr_in6 v6{};
  if (::inet_pton(AF_INET, config.address.c_str(), &v4.sin_addr) == 1) {
    v4.sin_family = AF_INET;
    v4.sin_port = htons(config.port);
    std::memcpy(&address, &v4, sizeof v4);
  } else if (::inet_pton(AF_INET6, config.address.c_str(), &v6.sin6_addr) == 1) {
    v6.sin6_family = AF_INET6;
    v6.sin6_port = htons(config.port);
    std::memcpy(&address, &v6, sizeof v6);
  }
  if (!is_loopback(address)) {
    return invalid("tcp " + config.address, "only 127.0.0.1 and ::1 are allowed");
  }
  return address;
}

}  // namespace

void ListeningSocket::close() {
  if (fd_ < 0) {
    return;
  }
  struct stat status{};
  if (!path_.empty() && ::lstat(path_.c_str(), &status) == 0 && status.st_dev == device_ &&
      status.st_ino == inode_) {
    ::unlink(path_.c_str());
  }
  ::close(std::exchange(fd_, -1));
}

void ListeningSocket::own_path(std::string path, dev_t device, ino_t inode) {
  path_ = std::move(path);
  device_ = device;
  inode_ = inode;
}

Result<ListeningSocket> listen_unix(const UnixSocketConfig& config) {
  if (config.inherited >= 0) {
    return take_unix(config);
  }
  if (config.path.empty() || config.path.front() != '/' || config.path.back() == '/') {
    return invalid(config.path, "the path must be absolute and name a socket");
  }
  const auto directory = parent_of(config.path);
  TRY_VOID(check_directory(directory));
  // One agent at a time between looking at the place and taking it.
  const ListeningSocket lock(::open(directory.c_str(), O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC), "");
  if (lock.fd() < 0 || ::flock(lock.fd(), LOCK_EX) != 0) {
    return system_failure("local.listen.lock", directory);
  }
  TRY_VOID(check_place(config.path));

  // Bound beside its place and moved there only when it listens with the right mode: no client can
  // meet it before.
  TemporaryPath temporary(config.path + ".new");
  TRY(const auto address, address_of(temporary.get()));
  ListeningSocket socket(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0),
                         config.name);
  if (socket.fd() < 0) {
    return system_failure("local.listen.socket", config.path);
  }
  ::unlink(temporary.get().c_str());
  if (::bind(socket.fd(), generic(address), sizeof address) != 0) {
    return system_failure("local.listen.bind", config.path);
  }
  TRY_VOID(give_to_group(temporary.get(), config.group));
  struct stat status{};
  if (::chmod(temporary.get().c_str(), config.mode) != 0 || ::listen(socket.fd(), kBacklog) != 0 ||
      ::lstat(temporary.get().c_str(), &status) != 0 ||
      ::rename(temporary.get().c_str(), config.path.c_str()) != 0) {
    return system_failure("local.listen", config.path);
  }
  temporary.keep();
  socket.own_path(config.path, status.st_dev, status.st_ino);
  return socket;
}

Result<ListeningSocket> listen_tcp(const TcpSocketConfig& config, std::string_view socket_name) {
  const std::string name(socket_name);
  if (config.inherited >= 0) {
    TRY(const auto address, inherited_address(config.inherited, name));
    if (!is_loopback(address)) {
      return invalid(name, "the inherited socket is not on 127.0.0.1 or ::1");
    }
    TRY_VOID(check_same_place("socket " + name, place_of(address),
                              config.address + ":" + std::to_string(config.port)));
    return ListeningSocket(config.inherited, name);
  }
  TRY(const auto address, loopback_address(config));
  ListeningSocket socket(::socket(address.ss_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0),
                         name);
  const int on = 1;
  const auto octets = static_cast<socklen_t>(address.ss_family == AF_INET ? sizeof(sockaddr_in)
                                                                          : sizeof(sockaddr_in6));
  if (socket.fd() < 0 || ::setsockopt(socket.fd(), SOL_SOCKET, SO_REUSEADDR, &on, sizeof on) != 0 ||
      ::bind(socket.fd(), generic(address), octets) != 0 || ::listen(socket.fd(), kBacklog) != 0) {
    return system_failure("local.listen.tcp", config.address + ":" + std::to_string(config.port));
  }
  return socket;
}

Result<std::uint16_t> port_of(const ListeningSocket& socket) {
  sockaddr_storage address{};
  socklen_t octets = sizeof address;
  if (::getsockname(socket.fd(), reinterpret_cast<sockaddr*>(&address), &octets) != 0) {
    return system_failure("local.listen.getsockname", socket.name());
  }
  sockaddr_in v4{};  // the port stands at the same place in sockaddr_in6
  std::memcpy(&v4, &address, sizeof v4);
  return ntohs(v4.sin_port);
}

}  // namespace ut::local
