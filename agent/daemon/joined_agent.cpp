#include "agent/daemon/joined_agent.h"

namespace ut::daemon {

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
