#include "agent/daemon/notify.h"

#include <systemd/sd-daemon.h>

#include <cstdint>
#include <cstdlib>
#include <ctime>
#include <string>

namespace ut::daemon {

bool has_service_manager() {
  return std::getenv("NOTIFY_SOCKET") != nullptr;
}

void notify_ready() {
  ::sd_notify(0, "READY=1");
}

void notify_reloading() {
  timespec now{};
  (void)::clock_gettime(CLOCK_MONOTONIC, &now);
  const auto microseconds = std::int64_t{now.tv_sec} * 1'000'000 + now.tv_nsec / 1000;
  ::sd_notify(0, ("RELOADING=1\nMONOTONIC_USEC=" + std::to_string(microseconds)).c_str());
}

void notify_stopping() {
  ::sd_notify(0, "STOPPING=1");
}

void notify_status(std::string_view text) {
  ::sd_notify(0, ("STATUS=" + std::string(text)).c_str());
}

std::optional<std::chrono::microseconds> watchdog_period() {
  std::uint64_t microseconds = 0;
  if (::sd_watchdog_enabled(0, &microseconds) <= 0) {
    return std::nullopt;
  }
  return std::chrono::microseconds(static_cast<std::int64_t>(microseconds));
}

void notify_alive() {
  ::sd_notify(0, "WATCHDOG=1");
}

}  // namespace ut::daemon
