// The seam to the clock of the card service: how long it waits for a card.
#pragma once

#include <boost/asio/any_io_executor.hpp>

#include <chrono>
#include <functional>
#include <memory>

namespace ut::card {

// A call that is still to come; destroying it calls it off.
class Alarm {
 public:
  virtual ~Alarm() = default;
};

// Calls `then` on the loop when `delay` is over.
using Alarms = std::function<std::unique_ptr<Alarm>(std::chrono::milliseconds delay,
                                                    std::function<void()> then)>;

// By the clock that never jumps.
Alarms steady_alarms(boost::asio::any_io_executor loop);

}  // namespace ut::card
