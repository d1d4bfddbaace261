// One operation in flight, whose result any number of coroutines wait for.
#pragma once

#include "agent/card/alarm.h"
#include "base/result.h"

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <functional>
#include <memory>
#include <optional>
#include <utility>

namespace ut::card {

// Used on the loop thread alone.
class Signal {
 public:
  explicit Signal(const boost::asio::any_io_executor& loop)
      : timer_(loop, boost::asio::steady_timer::time_point::max()) {}

  // Wakes everybody who waits.
  void raise() { timer_.cancel(); }

  boost::asio::awaitable<void> wait() {
    boost::system::error_code woken;
    co_await timer_.async_wait(boost::asio::redirect_error(boost::asio::use_awaitable, woken));
  }

 private:
  boost::asio::steady_timer timer_;
};

// An operation of whatever result.
class AnyFlight {
 public:
  virtual ~AnyFlight() = default;
  // Ends it with this error, if it has no result yet.
  virtual void fail(const Error& reason) = 0;
};

template <class T>
class Flight final : public AnyFlight {
 public:
  // `on_landed` is called once, before those who wait go on.
  explicit Flight(const boost::asio::any_io_executor& loop,
                  std::function<void(const Result<T>&)> on_landed = {})
      : landed_(loop), on_landed_(std::move(on_landed)) {}

  bool landed() const { return result_.has_value(); }

  // The first result counts.
  void land(Result<T> result) {
    if (result_) {
      return;
    }
    result_ = std::move(result);
    deadline_.reset();
    if (on_landed_) {
      std::exchange(on_landed_, nullptr)(*result_);
    }
    landed_.raise();
  }

  void fail(const Error& reason) override { land(std::unexpected(reason)); }

  // Called off when a result comes.
  void set_deadline(std::unique_ptr<Alarm> deadline) { deadline_ = std::move(deadline); }

  // Comes back without a result when the waiting itself was cancelled.
  static boost::asio::awaitable<void> wait(std::shared_ptr<Flight> flight) {
    if (!flight->landed()) {
      co_await flight->landed_.wait();
    }
  }

  Result<T>* result() { return result_ ? &*result_ : nullptr; }

 private:
  Signal landed_;
  std::unique_ptr<Alarm> deadline_{};
  std::function<void(const Result<T>&)> on_landed_;
  std::optional<Result<T>> result_{};
};

}  // namespace ut::card
