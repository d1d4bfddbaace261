// The joined parts as agent/control looks at them.
#pragma once

#include "agent/control/overview.h"
#include "agent/daemon/subscribers.h"
#include "agent/local/server.h"
#include "base/clock.h"

#include <memory>
#include <string_view>
#include <vector>

namespace ut::daemon {

class JoinedAgent final : public control::WholeAgent {
 public:
  // Both must outlive this; `server` is looked at when asked, as it is opened last.
  JoinedAgent(const Subscribers& subscribers, const std::unique_ptr<local::Server>& server,
              UtcTime started)
      : subscribers_(subscribers), server_(server), started_(started) {}

  control::Overview overview() const override;
  void measure(metrics::Page& page) const override;
  void forget(std::string_view subscriber) override;

  // In the order of the configuration.
  std::vector<control::SubscriberPorts> ports() const;

 private:
  const Subscribers& subscribers_;
  const std::unique_ptr<local::Server>& server_;
  UtcTime started_;
};

}  // namespace ut::daemon
