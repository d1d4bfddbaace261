// Time as an interface, so that lifetimes and back-off are tested without waiting.
#pragma once

#include <chrono>
#include <string>

namespace ut {

using UtcTime = std::chrono::sys_seconds;
using SteadyTime = std::chrono::steady_clock::time_point;

class Clock {
 public:
  virtual ~Clock() = default;
  // Wall clock, whole seconds; may jump when the clock is set.
  virtual UtcTime utc() const = 0;
  // Never jumps, and goes on while the machine sleeps: CLOCK_BOOTTIME. Not to be mixed with the
  // time points of timers, whose clock stands still then.
  virtual SteadyTime steady() const = 0;
};

class SystemClock final : public Clock {
 public:
  UtcTime utc() const override;
  SteadyTime steady() const override;
};

// "2026-11-26T15:00:00Z" (RFC 3339, xs:dateTime): 20 characters for the years 0 to 9999.
std::string to_text(UtcTime time);

}  // namespace ut
