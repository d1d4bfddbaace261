#include "agent/local/config.h"

#include <algorithm>
#include <array>
#include <set>

namespace ut::local {
namespace {

constexpr std::size_t kLongestSocketPath = 100;  // sun_path holds 107 and a temporary suffix
constexpr std::array<std::string_view, 5> kMethods = {"GET", "HEAD", "PUT", "POST", "DELETE"};

class Checker {
 public:
  explicit Checker(const LocalConfig& config) : config_(config) {}

  std::vector<std::string> run() {
    check_sockets();
    check_limits();
    for (const auto& application : config_.applications) {
      check_application(application);
    }
    return std::move(problems_);
  }

 private:
  void check_sockets() {
    if (config_.unix_sockets.empty() && config_.tcp_sockets.empty()) {
      add("no socket is configured: no application could reach the agent");
    }
    for (const auto& socket : config_.unix_sockets) {
      const auto what = "socket \"" + socket.name + "\": ";
      if (socket.name.empty() || socket.name == kTcpSocketName ||
          socket.name == kControlSocketName || socket.name == kMetricsSocketName) {
        add(what + "the name must not be empty, \"tcp\", \"control\" or \"metrics\"");
      }
      if (!socket_names_.insert(socket.name).second) {
        add(what + "the name is given twice");
      }
      check_place(socket, what);
    }
    if (config_.control_socket) {
      check_place(*config_.control_socket, "control: ");
      if ((config_.control_socket->mode & 0007) != 0) {
        add("control: the mode must leave others out: who may connect may do everything there");
      }
    }
    for (const auto& socket : config_.tcp_sockets) {
      if (socket.address != "127.0.0.1" && socket.address != "::1") {
        add("tcp: the address must be 127.0.0.1 or ::1");
      }
    }
    if (const auto& metrics = config_.metrics_socket;
        metrics && metrics->address != "127.0.0.1" && metrics->address != "::1") {
      add("metrics: the address must be on 127.0.0.1 or ::1");
    }
  }

  void check_place(const UnixSocketConfig& socket, const std::string& what) {
    if (socket.path.empty() || socket.path.front() != '/') {
      add(what + "the path must be absolute");
    }
    if (socket.path.size() > kLongestSocketPath) {
      add(what + "the path is longer than " + std::to_string(kLongestSocketPath) + " octets");
    }
    if ((socket.mode & ~static_cast<mode_t>(0777)) != 0) {
      add(what + "the mode has bits outside of 0777");
    }
  }

  void check_limits() {
    const auto& limits = config_.limits;
    if (std::min({limits.connections, limits.connections_per_uid, limits.connections_per_caller,
                  limits.header_fields}) == 0) {
      add("limits: connections, connections_per_uid, connections_per_caller and header_fields must "
          "not be 0");
    }
    if (limits.header_octets < 1024 || limits.header_octets > 1024 * 1024) {
      add("limits: header_octets must be from 1024 to 1048576");
    }
    const auto& timeouts = config_.timeouts;
    if (std::min({timeouts.idle, timeouts.header, timeouts.body, timeouts.answer,
                  timeouts.write}) <= std::chrono::milliseconds(0)) {
      add("timeouts: every time must be greater than 0");
    }
  }

  void check_application(const Application& application) {
    const auto what = "application \"" + application.name + "\": ";
    if (application.name.empty() || application.name.find(':') != std::string::npos) {
      add(what + "the name must not be empty or hold ':'");
    }
    if (!application_names_.insert(application.name).second) {
      add(what + "the name is given twice");
    }
    const bool by_user = !application.uids.empty() || !application.gids.empty();
    if (!by_user && application.sockets.empty() && !application.needs_token()) {
      add(what + "nothing tells who it is: give uids, gids, sockets or a token");
    }
    for (const auto& socket : application.sockets) {
      if (socket == kTcpSocketName) {
        check_tcp_application(application, what, by_user);
      } else if (!socket_names_.contains(socket)) {
        add(what + "there is no socket \"" + socket + "\"");
      }
    }
    for (const auto& method : application.methods) {
      if (std::ranges::find(kMethods, method) == kMethods.end()) {
        add(what + "\"" + method + "\" is none of GET, HEAD, PUT, POST, DELETE");
      }
    }
    for (const auto& naf : application.nafs) {
      const auto name = naf.starts_with("*.") ? naf.substr(2) : naf;
      if (canonical_naf(name) != name) {
        add(what + "\"" + naf + "\" is not an FQDN in lower case or one after \"*.\"");
      }
    }
    for (const auto& subscriber : application.subscribers) {
      if (std::ranges::find(config_.subscribers, subscriber) == config_.subscribers.end()) {
        add(what + "there is no subscriber \"" + subscriber + "\"");
      }
    }
    for (const auto& root : application.roots) {
      if (root != "*" && (!root.starts_with('/') || (root.size() > 1 && root.ends_with('/')))) {
        add(what + "root \"" + root + "\" must begin with '/' and not end with one");
      }
    }
  }

  void check_tcp_application(const Application& application, const std::string& what,
                             bool by_user) {
    if (!application.needs_token()) {
      add(what + "over tcp it needs a token: token_sha256, or made_tokens = true");
    }
    if (by_user || !application.executables.empty() || !application.units.empty()) {
      add(what +
          "over tcp the kernel tells no uid, gid or program: make it an application of its "
          "own without uids, gids, executables and units");
    }
  }

  void add(std::string problem) { problems_.push_back(std::move(problem)); }

  const LocalConfig& config_;
  std::vector<std::string> problems_;
  std::set<std::string> socket_names_;
  std::set<std::string> application_names_;
};

}  // namespace

std::vector<std::string> problems_of(const LocalConfig& config) {
  return Checker(config).run();
}

}  // namespace ut::local
