// The alarm of a key's lifetime: it counts the time that the machine sleeps, and tells when the
// wall clock is set [KEY-3].
#pragma once

#include <boost/asio/any_io_executor.hpp>

#include <chrono>
#include <functional>
#include <memory>

namespace ut::ub {

class LifetimeTimer {
 public:
  // Throws std::system_error when the kernel gives no timer. Everything runs on the thread of
  // `executor`.
  explicit LifetimeTimer(boost::asio::any_io_executor executor);
  ~LifetimeTimer();
  LifetimeTimer(const LifetimeTimer&) = delete;
  LifetimeTimer& operator=(const LifetimeTimer&) = delete;

  // Calls `then` once: after `remaining` of CLOCK_BOOTTIME, which goes on while the machine sleeps,
  // so that an end that was slept through is told on resume; or sooner, when the wall clock jumped.
  // The call before this one is called off.
  void wait(std::chrono::nanoseconds remaining, std::function<void()> then);
  void cancel();

 private:
  class State;
  std::shared_ptr<State> state_;
};

}  // namespace ut::ub
