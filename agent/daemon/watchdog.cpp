#include "agent/daemon/watchdog.h"

#include "agent/daemon/notify.h"

namespace ut::daemon {

Watchdog::Watchdog(const boost::asio::any_io_executor& loop)
    : timer_(loop), period_(watchdog_period()) {}

void Watchdog::start() {
  if (period_) {
    notify_alive();
    wait();
  }
}

void Watchdog::wait() {
  timer_.expires_after(*period_ / 2);
  timer_.async_wait([this](const boost::system::error_code& error) {
    if (!error) {
      start();
    }
  });
}

}  // namespace ut::daemon
