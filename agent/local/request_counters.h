// What applications asked for and what became of it, for metrics. On the loop thread alone.
#pragma once

#include "base/error.h"
#include "base/metrics.h"

#include <array>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>

namespace ut::local {

// One request that is over.
struct RequestOutcome {
  std::string_view application;  // empty: nobody who is known
  std::string_view method;       // whatever was sent
  unsigned status = 0;           // 0: none was sent whole
  std::optional<ErrorFamily> problem{};
  std::chrono::microseconds duration{};
};

// Applications come from the configuration, everything else is of a fixed set: a caller cannot make
// another series.
class RequestCounters {
 public:
  void count(const RequestOutcome& outcome);
  void measure(metrics::Page& page) const;

 private:
  static constexpr std::size_t kMethods = 6;    // the last: any other
  static constexpr std::size_t kClasses = 6;    // 1xx to 5xx; 0: none
  static constexpr std::size_t kFamilies = 13;  // 0: no problem
  struct Series {
    std::array<std::uint64_t, kMethods * kClasses * kFamilies> counts{};
    metrics::DurationHistogram durations{};
  };

  std::map<std::string, Series, std::less<>> applications_;
};

}  // namespace ut::local
