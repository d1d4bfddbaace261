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
  // Never jumps; stands still while the machine sleeps or not, as CLOCK_MONOTONIC does.
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
