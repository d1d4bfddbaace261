// What the status page asks of the agent: its status and its events, at the control socket. Nothing
// else leaves here, whatever a page asks for.
#pragma once

#include "base/result.h"

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>

#include <memory>
#include <string>

namespace ut::utctl::web {

// The JSON of GET /status, at most 256 KB. agent_unreachable when nobody answers in 10 s, or
// something else does.
boost::asio::awaitable<Result<std::string>> status_of_agent(boost::asio::any_io_executor executor,
                                                            std::string socket);

// The stream of GET /events (text/event-stream of the HTML standard).
class AgentEvents {
 public:
  virtual ~AgentEvents() = default;
  // What came next, at most 16 KB; waits for it. Empty when the stream has ended, was cancelled or
  // the agent has been silent for 40 s: it says something each 15 s.
  virtual boost::asio::awaitable<std::string> next() = 0;
  // Ends the stream, and a next() that waits.
  virtual void cancel() = 0;
};

// agent_unreachable as above, also when the agent has its most readers of events.
boost::asio::awaitable<Result<std::shared_ptr<AgentEvents>>> events_of_agent(
    boost::asio::any_io_executor executor, std::string socket);

}  // namespace ut::utctl::web
