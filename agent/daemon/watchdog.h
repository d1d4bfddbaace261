// Signs of life for the service manager: WatchdogSec= of the unit, sd_watchdog_enabled(3).
#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/steady_timer.hpp>

#include <chrono>
#include <optional>

namespace ut::daemon {

// Twice within the time that the manager allows, from the thread of `loop`: one that hangs gives
// none. Without such a time nothing happens.
class Watchdog {
 public:
  explicit Watchdog(const boost::asio::any_io_executor& loop);

  void start();

 private:
  void wait();

  boost::asio::steady_timer timer_;
  std::optional<std::chrono::microseconds> period_;
};

}  // namespace ut::daemon
