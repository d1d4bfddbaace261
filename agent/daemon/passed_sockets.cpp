#include "agent/daemon/passed_sockets.h"

#include "base/log.h"

#include <systemd/sd-daemon.h>

#include <algorithm>
#include <cstdlib>
#include <memory>

namespace ut::daemon {
namespace {

struct Place {
  std::string_view name;
  int* inherited;
};

// What of the configuration may be passed.
std::vector<Place> places_of(local::LocalConfig& config) {
  std::vector<Place> places;
  for (auto& socket : config.unix_sockets) {
    places.push_back({socket.name, &socket.inherited});
  }
  if (config.control_socket) {
    places.push_back({local::kControlSocketName, &config.control_socket->inherited});
  }
  if (!config.tcp_sockets.empty()) {
    places.push_back({local::kTcpSocketName, &config.tcp_sockets.front().inherited});
  }
  if (config.metrics_socket) {
    places.push_back({local::kMetricsSocketName, &config.metrics_socket->inherited});
  }
  return places;
}

std::string names_of(const std::vector<Place>& places) {
  std::string names;
  for (const auto& place : places) {
    names.append(names.empty() ? "" : ", ").append(place.name);
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
  const auto places = places_of(config);
  std::string problems;
  for (const auto& socket : passed) {
    const auto place = std::ranges::find(places, socket.name, &Place::name);
    if (place != places.end() && *place->inherited < 0) {
      *place->inherited = socket.fd;
      log::info("socket.passed", {{"name", socket.name}});
      continue;
    }
    problems += (problems.empty() ? "" : "\n") +
                ("a .socket unit passes a socket named \"" + socket.name + "\", ");
    problems += place == places.end()
                    ? "and the configuration has none of that name: " +
                          ("FileDescriptorName= must be one of " + names_of(places))
                    : "and has passed another of that name: each needs a .socket unit "
                      "of its own with its FileDescriptorName=";
  }
  if (!problems.empty()) {
    return fail(ErrorCode::config_invalid, "take passed sockets", std::move(problems));
  }
  return {};
}

}  // namespace ut::daemon
