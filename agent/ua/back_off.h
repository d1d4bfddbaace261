// Rest for a NAF that refused a fresh key, over all requests to it; other NAFs go on [UA-4].
#pragma once

#include "agent/ua/channel.h"
#include "agent/ua/config.h"
#include "base/clock.h"

#include <chrono>
#include <map>
#include <string>
#include <string_view>

namespace ut::ua {

class BackOff {
 public:
  BackOff(std::chrono::seconds first, std::chrono::seconds longest)
      : first_(first), longest_(longest) {}

  // `naf` refused what the subscriber is known by: the association `b_tid`, which is as fresh as it
  // can be, with AKA on Ut the IMPI, or "certificate".
  void refused(const NafAddress& naf, std::string b_tid, SteadyTime now);
  void accepted(const NafAddress& naf) { resting_.erase(naf); }

  // Whether requests to `naf` must wait. Not with another association than the refused one: what
  // renewed it may have settled the matter. `b_tid` is empty when there is no association.
  bool resting(const NafAddress& naf, std::string_view b_tid, SteadyTime now) const;

  // The subscriber has gone.
  void forget_all() { resting_.clear(); }

 private:
  struct Rest {
    std::string b_tid;
    std::chrono::seconds length{};
    SteadyTime until;
  };
  std::chrono::seconds first_;
  std::chrono::seconds longest_;
  std::map<NafAddress, Rest> resting_;
};

}  // namespace ut::ua
