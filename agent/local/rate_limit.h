// How many requests a second an application may make [API-3]: a token bucket, as the generic cell
// rate algorithm counts it (ITU-T I.371). Pure.
#pragma once

#include <chrono>
#include <optional>

namespace ut::local {

struct Rate {
  unsigned per_second = 0;  // 0: as many as it likes
  unsigned burst = 1;       // so many at once, after a rest
};

class RateLimit {
 public:
  using Time = std::chrono::steady_clock::time_point;
  using Duration = std::chrono::steady_clock::duration;

  struct Turn {
    Duration wait{};       // until the request may go on
    bool refused = false;  // it would have to wait longer than `longest`; it is not counted then
  };

  // The turn of a request that comes at `now`. Those before it have theirs first.
  Turn take(const Rate& rate, Time now, Duration longest);

 private:
  Time next_{};  // when the bucket is full again
};

}  // namespace ut::local
