// What the local side is told by the configuration. agent/daemon fills it from the TOML file.
#pragma once

#include "agent/local/policy.h"

#include <sys/types.h>

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace ut::local {

// One Unix domain socket.
struct UnixSocketConfig {
  std::string name;     // by which Application::sockets calls it; not "tcp" or "control"
  std::string path;     // absolute and without symbolic links; at most 100 octets
  mode_t mode = 0600;   // of the socket: who may connect at all
  std::string group{};  // the socket's group by name; empty: the group of the process
  int inherited = -1;   // a socket from the service manager that listens at `path` already
};

// One TCP socket, on the loopback and nowhere else [API-1]. Its name for policy is "tcp".
struct TcpSocketConfig {
  std::string address = "127.0.0.1";  // or "::1"
  std::uint16_t port = 0;             // 0: chosen by the system (tests)
  int inherited = -1;                 // one from the service manager that listens there already
};

// [API-6]
struct LocalLimits {
  std::size_t connections = 1024;
  std::size_t connections_per_uid = 512;  // all TCP connections count as those of one uid
  // Of one uid at one socket: where it runs several applications, each with a socket of its own,
  // one of them leaves room for the others.
  std::size_t connections_per_caller = 256;
  std::size_t header_octets = 16 * 1024;  // request line and fields
  std::size_t header_fields = 100;
  std::size_t body_octets = 1024 * 1024;
};

struct LocalTimeouts {
  std::chrono::milliseconds idle{75'000};     // between two requests
  std::chrono::milliseconds header{10'000};   // from the first octet of a request to its last field
  std::chrono::milliseconds body{60'000};     // for the whole body
  std::chrono::milliseconds answer{120'000};  // until the gateway gave the whole answer
  std::chrono::milliseconds write{30'000};    // for the application to take one piece of it
};

struct LocalConfig {
  std::vector<UnixSocketConfig> unix_sockets;
  std::vector<TcpSocketConfig> tcp_sockets;  // empty: TCP is off
  // Where the agent's owner reaches it; nothing: nowhere. Whoever may connect there is the owner.
  std::optional<UnixSocketConfig> control_socket{};
  // Where numbers and health are read by whoever can connect; nothing: nowhere.
  std::optional<TcpSocketConfig> metrics_socket{};
  LocalLimits limits{};
  LocalTimeouts timeouts{};
  std::vector<Application> applications;  // the first that matches a caller counts
  // Names that Application::subscribers may hold; empty: there is one subscriber without a name.
  std::vector<std::string> subscribers{};
  // How long a request may wait for its turn where its application has a rate.
  std::chrono::milliseconds longest_turn{5'000};
  bool access_log = true;  // one line a request at level info
};

// Everything that is wrong with `config`, one sentence each that names the setting; empty when it
// is good. Looks at nothing outside of it.
std::vector<std::string> problems_of(const LocalConfig& config);

}  // namespace ut::local
