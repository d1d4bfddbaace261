#include "agent/daemon/passed_sockets.h"

#include "base/log.h"

#include <systemd/sd-daemon.h>

#include <algorithm>
#include <cstdlib>
#include <memory>

namespace ut::daemon {
namespace {

// Where the configuration has room for the socket of this name; nullptr: nowhere.
int* place_for(const std::string& name, local::LocalConfig& config) {
  if (name == local::kControlSocketName) {
    return config.control_socket ? &config.control_socket->inherited : nullptr;
  }
  if (name == local::kTcpSocketName) {
    return config.tcp_sockets.empty() ? nullptr : &config.tcp_sockets.front().inherited;
  }
  if (name == local::kMetricsSocketName) {
    return config.metrics_socket ? &config.metrics_socket->inherited : nullptr;
  }
  const auto found = std::ranges::find(config.unix_sockets, name, &local::UnixSocketConfig::name);
  return found == config.unix_sockets.end() ? nullptr : &found->inherited;
}

std::string names_of(const local::LocalConfig& config) {
  std::string names;
  const auto add = [&](std::string_view name) {
    names += (names.empty() ? "" : ", ") + std::string(name);
  };
  for (const auto& socket : config.unix_sockets) {
    add(socket.name);
  }
  if (config.control_socket) {
    add(local::kControlSocketName);
  }
  if (!config.tcp_sockets.empty()) {
    add(local::kTcpSocketName);
  }
  if (config.metrics_socket) {
    add(local::kMetricsSocketName);
  }
  return names;
}

}  // namespace

Result<std::vector<PassedSocket>> passed_sockets() {
  char** names = nullptr;
  const int count = ::sd_listen_fds_with_names(1, &names);
  if (count < 0) {
    return fail(ErrorCode::system_call_failed, "take passed sockets",
                ForeignNumber{ForeignKind::system, -count}, "LISTEN_FDS, LISTEN_FDNAMES");
  }
  const std::unique_ptr<char*, decltype(&std::free)> all(names, &std::free);
  std::vector<PassedSocket> passed;
  for (int i = 0; i < count; ++i) {
    const std::unique_ptr<char, decltype(&std::free)> name(names[i], &std::free);
    passed.push_back({name.get(), SD_LISTEN_FDS_START + i});
  }
  return passed;
}

Result<void> take_passed_sockets(const std::vector<PassedSocket>& passed,
                                 local::LocalConfig& config) {
  std::string problems;
  for (const auto& socket : passed) {
    int* const place = place_for(socket.name, config);
    if (place != nullptr && *place < 0) {
      *place = socket.fd;
      log::info("socket.passed", {{"name", socket.name}});
      continue;
    }
    problems += (problems.empty() ? "" : "\n") +
                ("a .socket unit passes a socket named \"" + socket.name + "\", ");
    problems += place == nullptr ? "and the configuration has none of that name: " +
                                       ("FileDescriptorName= must be one of " + names_of(config))
                                 : "and has passed another of that name: each needs a .socket unit "
                                   "of its own with its FileDescriptorName=";
  }
  if (!problems.empty()) {
    return fail(ErrorCode::config_invalid, "take passed sockets", std::move(problems));
  }
  return {};
}

}  // namespace ut::daemon
