#include "agent/daemon/joined_agent.h"

#include "base/log_output.h"
#include "base/metrics.h"
#include "base/secret.h"

namespace ut::daemon {
namespace {

using metrics::Family;
using metrics::Kind;
constexpr Family kBuild{"ut_agent_build_info", Kind::gauge, "1, with the version as a label."};
constexpr Family kStarted{"ut_agent_start_time_seconds", Kind::gauge,
                          "When the agent started, since 1970 began."};
constexpr Family kLogLost{"ut_agent_log_messages_lost_total", Kind::counter,
                          "Messages of the log that could not be written."};
constexpr Family kLockedMemory{"ut_agent_locked_memory_bytes", Kind::gauge,
                               "Octets in use of the memory for secrets, which is locked."};

}  // namespace

control::Overview JoinedAgent::overview() const {
  control::Overview overview;
  for (const auto& subscriber : subscribers_.all()) {
    overview.subscribers.push_back(subscriber->overview());
  }
  if (server_) {
    const auto& counters = server_->counters();
    overview.sockets = {.connections = counters.connections,
                        .accepted = counters.accepted,
                        .turned_away = counters.turned_away,
                        .requests = counters.requests,
                        .denied = counters.denied,
                        .failed = counters.failed};
  }
  return overview;
}

void JoinedAgent::measure(metrics::Page& page) const {
  page.add(kBuild, {{"version", UT_VERSION}}, std::uint64_t{1});
  page.add(kStarted, {}, static_cast<std::uint64_t>(started_.time_since_epoch().count()));
  page.add(kLockedMemory, {}, std::uint64_t{locked_memory::in_use()});
  page.add(kLogLost, {}, log::lost());
  for (const auto& subscriber : subscribers_.all()) {
    subscriber->measure(page);
  }
  if (server_) {
    server_->measure(page);
  }
}

void JoinedAgent::forget(std::string_view subscriber) {
  subscribers_.named(subscriber).forget();
}

std::vector<control::SubscriberPorts> JoinedAgent::ports() const {
  std::vector<control::SubscriberPorts> ports;
  for (const auto& subscriber : subscribers_.all()) {
    ports.push_back(subscriber->ports());
  }
  return ports;
}

}  // namespace ut::daemon
