// How long to wait after failed bootstrapping runs [UB-9].
#pragma once

#include "agent/ub/config.h"
#include "base/clock.h"
#include "base/random.h"
#include "base/result.h"

#include <chrono>
#include <optional>

namespace ut::ub {

class BackOff {
 public:
  BackOff(const UbConfig& config, RandomSource& random)
      : first_(config.back_off_first),
        greatest_(config.back_off_greatest),
        longest_retry_after_(config.longest_retry_after),
        random_(random) {}

  // A run failed at `now` with `cause`: the next may start after a delay that doubles with each
  // failure, and not before the cause's own retry_after.
  void failed(Error cause, SteadyTime now);
  // A run succeeded, the card changed, or the user asks for a fresh start.
  void reset() { cause_.reset(), failures_ = 0, network_failures_ = 0; }
  // This machine is in another network: what the one before it is to blame for counts no more. What
  // the BSF refused, and every other failure, goes on to count.
  void network_changed();

  // ub_backing_off with the cause's name and number while the delay lasts.
  Result<void> check(SteadyTime now) const;

  const std::optional<Error>& cause() const { return cause_; }
  SteadyTime until() const { return until_; }

 private:
  std::chrono::milliseconds first_;
  std::chrono::milliseconds greatest_;
  std::chrono::seconds longest_retry_after_;
  RandomSource& random_;
  unsigned failures_ = 0;
  unsigned network_failures_ = 0;  // the last ones of these, without another between them
  std::optional<Error> cause_;
  SteadyTime until_{};
};

// Whether the way to the BSF failed, rather than the BSF: no name, no route, no answer.
bool is_network_failure(ErrorCode code);

// `duration` times a factor between `least` and `most`, in percent, by chance.
std::chrono::milliseconds jittered(std::chrono::milliseconds duration, unsigned least,
                                   unsigned most, RandomSource& random);

}  // namespace ut::ub
