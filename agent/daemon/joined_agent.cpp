#include "agent/daemon/joined_agent.h"

namespace ut::daemon {

control::Overview JoinedAgent::overview() const {
  control::Overview overview;
  const auto card = card_.status();
  overview.card = {.state = card::name(card.state),
                   .reader = card.reader,
                   .epoch = card.epoch,
                   .identity = card.identity,
                   .last_error = card.last_error};
  const auto ub = associations_.status();
  overview.association = ub.association;
  overview.bootstrapping = {.running = ub.running,
                            .runs = ub.runs,
                            .failures = ub.failures,
                            .last_failure = ub.last_failure,
                            .retry_in = ub.retry_in};
  const auto channels = gateway_.channels();
  overview.channels = {
      .idle = channels.idle, .in_use = channels.in_use, .waiting = channels.waiting};
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

void JoinedAgent::forget() {
  gateway_.forget();
  associations_.forget();
  sessions_.forget_all();
}

}  // namespace ut::daemon
