#include "agent/ub/lifetime_timer.h"

#include <boost/asio/posix/stream_descriptor.hpp>

#include <sys/timerfd.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdint>
#include <ctime>
#include <system_error>
#include <utility>

namespace ut::ub {
namespace asio = boost::asio;

namespace {

int make_timer(clockid_t clock) {
  const int fd = ::timerfd_create(clock, TFD_NONBLOCK | TFD_CLOEXEC);
  if (fd < 0) {
    throw std::system_error(errno, std::generic_category(), "timerfd_create");
  }
  return fd;
}

itimerspec once(std::chrono::nanoseconds time) {
  const auto seconds = std::chrono::floor<std::chrono::seconds>(time);
  itimerspec spec{};
  spec.it_value.tv_sec = seconds.count();
  spec.it_value.tv_nsec = static_cast<long>((time - seconds).count());
  return spec;
}

}  // namespace

class LifetimeTimer::State : public std::enable_shared_from_this<State> {
 public:
  explicit State(const asio::any_io_executor& executor)
      : elapsed_(executor, make_timer(CLOCK_BOOTTIME)),
        clock_set_(executor, make_timer(CLOCK_REALTIME)) {}

  void wait(std::chrono::nanoseconds remaining, std::function<void()> then) {
    cancel();
    then_ = std::move(then);
    // Nothing left is not "off", which is what zero means here.
    set(elapsed_, 0, once(std::max(remaining, std::chrono::nanoseconds(1))));
    // A time that never comes: only the clock's being set ends this wait.
    itimerspec never{};
    never.it_value.tv_sec = std::time_t{1} << 33;
    set(clock_set_, TFD_TIMER_ABSTIME | TFD_TIMER_CANCEL_ON_SET, never);
    listen(elapsed_);
    listen(clock_set_);
  }

  void cancel() {
    ++round_;
    then_ = nullptr;
    set(elapsed_, 0, itimerspec{});
    set(clock_set_, 0, itimerspec{});
    elapsed_.cancel();
    clock_set_.cancel();
  }

 private:
  // ECANCELED says that the clock was set since the last call, and that the timer runs
  // nevertheless.
  static void set(asio::posix::stream_descriptor& timer, int flags, const itimerspec& time) {
    if (::timerfd_settime(timer.native_handle(), flags, &time, nullptr) != 0 &&
        errno != ECANCELED) {
      throw std::system_error(errno, std::generic_category(), "timerfd_settime");
    }
  }

  void listen(asio::posix::stream_descriptor& timer) {
    timer.async_wait(
        asio::posix::stream_descriptor::wait_read,
        [weak = weak_from_this(), &timer, round = round_](const boost::system::error_code& error) {
          const auto self = weak.lock();
          if (self && !error && round == self->round_) {
            self->woken(timer);
          }
        });
  }

  void woken(asio::posix::stream_descriptor& timer) {
    std::uint64_t times = 0;
    if (::read(timer.native_handle(), &times, sizeof times) < 0 && errno == EAGAIN) {
      listen(timer);
      return;
    }
    const auto then = std::exchange(then_, nullptr);
    cancel();
    then();
  }

  asio::posix::stream_descriptor elapsed_;
  asio::posix::stream_descriptor clock_set_;
  std::function<void()> then_;
  std::uint64_t round_ = 0;  // a wait that was called off may be on its way already
};

LifetimeTimer::LifetimeTimer(asio::any_io_executor executor)
    : state_(std::make_shared<State>(executor)) {}

LifetimeTimer::~LifetimeTimer() = default;

void LifetimeTimer::wait(std::chrono::nanoseconds remaining, std::function<void()> then) {
  state_->wait(remaining, std::move(then));
}

void LifetimeTimer::cancel() {
  state_->cancel();
}

}  // namespace ut::ub
