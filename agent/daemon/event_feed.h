// What happens, live, for the agent's owner: chosen messages of the log as server-sent events.
#pragma once

#include "agent/local/event_stream.h"
#include "base/clock.h"
#include "base/log_tap.h"

#include <boost/asio/any_io_executor.hpp>

#include <functional>
#include <memory>
#include <string>
#include <string_view>

namespace ut::daemon {

// "card", "pin", "association", "bootstrapped", "renewed", "denied", "error", "request", "key",
// "owner", "network"; empty for messages that are no event. `problem` is that field of the message.
std::string_view event_kind(std::string_view message, std::string_view problem);

class EventFeed final : public local::EventSource, public log::Tap {
 public:
  static constexpr std::size_t kMostReaders = 8;
  // What waits for one reader; who leaves more behind is told so and dropped.
  static constexpr std::size_t kMostWaiting = 256;

  // Gets the log's messages while it lives; `clock` must outlive it.
  EventFeed(boost::asio::any_io_executor loop, const Clock& clock);
  ~EventFeed() override;
  EventFeed(const EventFeed&) = delete;
  EventFeed& operator=(const EventFeed&) = delete;

  Result<std::unique_ptr<local::EventReader>> subscribe() override;

  // Calls `listener` on the loop after a card or an association came or went, or bootstrapping
  // failed.
  void on_change(std::function<void()> listener);

  // From any thread. Personal data is in it as it is in the log.
  void message(std::string_view event, log::FieldView fields) override;
  bool is_read() const override;

 private:
  class Reader;
  struct State;
  std::shared_ptr<State> state_;
  const Clock& clock_;
};

}  // namespace ut::daemon
