#include "agent/daemon/descriptors.h"

#include "base/log.h"

#include <sys/resource.h>

#include <algorithm>
#include <string>

namespace ut::daemon {
namespace {

// Standard streams, event loop, timers, network watch, listening sockets, a token file being
// written, descriptors of callers being looked at; for each subscriber pcscd, BSF and resolver; the
// owner's connections.
constexpr std::size_t kOwn = 64;
constexpr std::size_t kOfSubscriber = 8;

}  // namespace

void raise_descriptor_limit() {
  rlimit limit{};
  if (::getrlimit(RLIMIT_NOFILE, &limit) == 0 && limit.rlim_cur < limit.rlim_max) {
    limit.rlim_cur = limit.rlim_max;
    (void)::setrlimit(RLIMIT_NOFILE, &limit);
  }
}

std::size_t descriptor_limit() {
  rlimit limit{};
  (void)::getrlimit(RLIMIT_NOFILE, &limit);
  return static_cast<std::size_t>(limit.rlim_cur);
}

std::size_t descriptors_beside_connections(const AgentConfig& config) {
  const auto subscribers = std::max<std::size_t>(1, config.subscribers.size());
  const auto nafs = std::max<std::size_t>(1, config.ua.nafs.size());
  return kOwn + subscribers * (kOfSubscriber + nafs * config.ua.channels_per_naf);
}

Result<void> fit_connections(AgentConfig& config, std::size_t limit) {
  const auto beside = descriptors_beside_connections(config);
  auto& connections = config.local.limits.connections;
  if (limit >= beside + connections) {
    return {};
  }
  if (limit <= beside) {
    return fail(ErrorCode::config_invalid, "count descriptors",
                "this process may have " + std::to_string(limit) +
                    " files open (RLIMIT_NOFILE) and needs " + std::to_string(beside) +
                    " beside the connections of applications: raise the limit (LimitNOFILE= of "
                    "the unit, ulimit -n) or lower channels_per_naf of [ua]");
  }
  log::warning("limits.descriptors", {{"connections", connections},
                                      {"room_for", limit - beside},
                                      {"descriptors", limit},
                                      {"needed", beside + connections},
                                      {"raise", "LimitNOFILE= of the unit, or ulimit -n"}});
  connections = limit - beside;
  return {};
}

}  // namespace ut::daemon
