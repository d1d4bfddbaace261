// How often applications may have the association replaced: each run costs the card an AUTHENTICATE
// and everybody else his keys [UA-4].
#pragma once

#include "base/clock.h"
#include "base/result.h"

#include <chrono>
#include <map>
#include <string>

namespace ut::control {

class ForcedRuns {
 public:
  ForcedRuns(std::chrono::seconds first, std::chrono::seconds longest)
      : first_(first), longest_(longest) {}

  // ua_backing_off while `application` rests after a forced run.
  Result<void> check(const std::string& application, SteadyTime now) const;

  // `application` forced a run: it rests, each time twice as long, up to the longest rest. Who
  // forced none for the longest rest after that begins anew.
  void forced(const std::string& application, SteadyTime now);

 private:
  struct Rest {
    std::chrono::seconds length{};
    SteadyTime until;
  };
  std::chrono::seconds first_;
  std::chrono::seconds longest_;
  std::map<std::string, Rest> rests_;  // at most one for each application of the configuration
};

}  // namespace ut::control
