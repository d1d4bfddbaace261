#include "agent/ub/back_off.h"

#include <algorithm>
#include <array>

namespace ut::ub {

void BackOff::failed(Error cause, SteadyTime now) {
  auto delay = first_;
  for (unsigned i = 0; i < failures_ && delay < greatest_; ++i) {
    delay *= 2;
  }
  ++failures_;
  cause_ = std::move(cause);
  until_ = now + jittered(std::min(delay, greatest_), 75, 125, random_);
}

Result<void> BackOff::check(SteadyTime now) const {
  if (!cause_ || now >= until_) {
    return {};
  }
  const auto left = std::chrono::ceil<std::chrono::seconds>(until_ - now);
  return fail(
      ErrorCode::ub_backing_off, "bootstrapping", cause_->foreign,
      std::string(name(cause_->code)) + ", next try in " + std::to_string(left.count()) + " s");
}

std::chrono::milliseconds jittered(std::chrono::milliseconds duration, unsigned least,
                                   unsigned most, RandomSource& random) {
  std::array<std::uint8_t, 2> octets{};
  random.fill(octets);
  const unsigned chance = octets[0] * 256U + octets[1];
  return duration * (least * 65535U + (most - least) * chance) / (100 * 65535U);
}

}  // namespace ut::ub
