#include "agent/control/forced_runs.h"

#include <algorithm>

namespace ut::control {

Result<void> ForcedRuns::check(const std::string& application, SteadyTime now) const {
  const auto found = rests_.find(application);
  if (found == rests_.end() || now >= found->second.until) {
    return {};
  }
  const auto left = std::chrono::ceil<std::chrono::seconds>(found->second.until - now);
  return fail(ErrorCode::ua_backing_off, "control.keys",
              "application \"" + application + "\" may force the next bootstrapping in " +
                  std::to_string(left.count()) + " s");
}

void ForcedRuns::forced(const std::string& application, SteadyTime now) {
  auto& rest = rests_[application];
  // Requests that shared one run count once.
  if (now < rest.until) {
    return;
  }
  const bool anew = rest.length.count() == 0 || now >= rest.until + longest_;
  rest.length = anew ? first_ : std::min(rest.length * 2, longest_);
  rest.until = now + rest.length;
}

}  // namespace ut::control
