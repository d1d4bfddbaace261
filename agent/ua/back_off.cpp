#include "agent/ua/back_off.h"

#include <algorithm>
#include <utility>

namespace ut::ua {

void BackOff::refused(const NafAddress& naf, std::string b_tid, SteadyTime now) {
  auto& rest = resting_[naf];
  // Requests that were under way together count as one refusal.
  if (now >= rest.until) {
    rest.length = rest.length.count() == 0 ? first_ : std::min(rest.length * 2, longest_);
    rest.until = now + rest.length;
  }
  rest.b_tid = std::move(b_tid);
}

bool BackOff::resting(const NafAddress& naf, std::string_view b_tid, SteadyTime now) const {
  const auto found = resting_.find(naf);
  return found != resting_.end() && now < found->second.until &&
         (b_tid.empty() || b_tid == found->second.b_tid);
}

}  // namespace ut::ua
