#include "agent/local/rate_limit.h"

#include <algorithm>

namespace ut::local {

RateLimit::Turn RateLimit::take(const Rate& rate, Time now, Duration longest) {
  if (rate.per_second == 0) {
    return {};
  }
  const Duration each =
      std::chrono::duration_cast<Duration>(std::chrono::seconds(1)) / rate.per_second;
  const Time begin = std::max(next_, now);
  const Duration wait =
      std::max(begin - each * (std::max(rate.burst, 1U) - 1) - now, Duration::zero());
  if (wait > longest) {
    return {.wait = wait, .refused = true};
  }
  next_ = begin + each;
  return {.wait = wait};
}

}  // namespace ut::local
