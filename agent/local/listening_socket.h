// Listening sockets, made so that nobody else can slip in.
#pragma once

#include "agent/local/config.h"
#include "base/result.h"

#include <sys/types.h>

#include <string>
#include <string_view>
#include <utility>

namespace ut::local {

// An open listening socket; closing it removes its path, if the path is still this very socket.
class ListeningSocket {
 public:
  ListeningSocket(int fd, std::string name) : fd_(fd), name_(std::move(name)) {}
  ~ListeningSocket() { close(); }
  ListeningSocket(ListeningSocket&& other) noexcept
      : fd_(std::exchange(other.fd_, -1)),
        name_(std::move(other.name_)),
        path_(std::exchange(other.path_, {})),
        device_(other.device_),
        inode_(other.inode_) {}
  ListeningSocket& operator=(ListeningSocket&&) = delete;

  int fd() const { return fd_; }
  const std::string& name() const { return name_; }  // for policy
  bool is_tcp() const { return name_ == kTcpSocketName || name_ == kMetricsSocketName; }
  void close();

  // Takes note of the path this socket stands at, to remove it at the end.
  void own_path(std::string path, dev_t device, ino_t inode);

 private:
  int fd_;
  std::string name_;
  std::string path_;
  dev_t device_ = 0;
  ino_t inode_ = 0;
};

// Listens at `config.path`. The directory and all above it must belong to root or this user and be
// writable by nobody else (a sticky directory such as /tmp may be above it, but not hold the
// socket), without symbolic links. A socket left behind by a dead process is replaced in one step;
// anything else in the place, and a socket on which someone listens, is left alone and refused.
// An inherited socket must listen at that very path, and the owner's let nobody else in.
// config_invalid, system_call_failed.
Result<ListeningSocket> listen_unix(const UnixSocketConfig& config);

// Listens on a loopback address; every other address is refused, also that of an inherited socket
// [API-1], which must have the configured address and port. config_invalid, system_call_failed.
Result<ListeningSocket> listen_tcp(const TcpSocketConfig& config,
                                   std::string_view name = kTcpSocketName);

// The port to which a TCP socket is bound.
Result<std::uint16_t> port_of(const ListeningSocket& socket);

}  // namespace ut::local
