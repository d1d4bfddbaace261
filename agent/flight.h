// One operation under way and all who wait for it.
#pragma once

#include "agent/ports.h"
#include "base/result.h"

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/as_tuple.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <memory>
#include <optional>
#include <string_view>
#include <utility>

namespace ut {

// Used on the loop thread alone.
template <class T>
class Flight {
 public:
  explicit Flight(const boost::asio::any_io_executor& executor)
      : done_(executor, boost::asio::steady_timer::time_point::max()) {}

  bool landed() const { return result_.has_value(); }

  // The first result counts.
  void land(Result<T> result) {
    if (!result_) {
      result_ = std::move(result);
      done_.expires_at(boost::asio::steady_timer::time_point::min());
    }
  }

  // The result once it is there; shutting_down, in the step `where`, when the waiting ends without.
  static ports::Task<Result<T>> wait(std::shared_ptr<Flight> flight, std::string_view where) {
    if (!flight->landed()) {
      (void)co_await flight->done_.async_wait(boost::asio::as_tuple(boost::asio::use_awaitable));
    }
    if (!flight->landed()) {
      co_return fail(ErrorCode::shutting_down, where);
    }
    co_return *flight->result_;
  }

 private:
  boost::asio::steady_timer done_;
  std::optional<Result<T>> result_{};
};

}  // namespace ut
