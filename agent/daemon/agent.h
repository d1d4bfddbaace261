// The parts of the agent, joined: card, bootstrapping, Ua and the local sockets on one loop thread.
#pragma once

#include "agent/daemon/config.h"
#include "agent/daemon/plain_http.h"
#include "base/result.h"

#include <boost/asio/io_context.hpp>

#include <memory>

namespace ut::daemon {

class Agent {
 public:
  // Builds every part and opens the sockets; nothing is served yet. The card need not be there:
  // it is waited for. `loop` must outlive the agent. Errors of the families config and tls.
  static Result<std::unique_ptr<Agent>> create(boost::asio::io_context& loop, AgentConfig config,
                                               PlainHttp plain_http = nullptr);
  // Wipes every key.
  ~Agent();
  Agent(const Agent&) = delete;
  Agent& operator=(const Agent&) = delete;

  // Serves until SIGTERM or SIGINT, then lets running requests finish for the configured time,
  // wipes the keys and returns.
  void run();

 private:
  struct Parts;
  explicit Agent(std::unique_ptr<Parts> parts);
  std::unique_ptr<Parts> parts_;
};

}  // namespace ut::daemon
