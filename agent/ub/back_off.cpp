#include "agent/ub/back_off.h"

#include <algorithm>
#include <array>
#include <utility>

namespace ut::ub {

void BackOff::failed(Error cause, SteadyTime now) {
  auto delay = first_;
  for (unsigned i = 0; i < failures_ && delay < greatest_; ++i) {
    delay *= 2;
  }
  ++failures_;
  network_failures_ = is_network_failure(cause.code) ? network_failures_ + 1 : 0;
  delay = jittered(std::min(delay, greatest_), 75, 125, random_);
  if (cause.retry_after) {
    // Never before the moment that the BSF named, and not all terminals at that moment.
    const std::chrono::milliseconds asked = std::min(*cause.retry_after, longest_retry_after_);
    delay = std::max(delay, jittered(asked, 100, 125, random_));
  }
  cause_ = std::move(cause);
  until_ = now + delay;
}

void BackOff::network_changed() {
  if (network_failures_ > 0) {
    failures_ -= std::exchange(network_failures_, 0U);
    cause_.reset();
  }
}

bool is_network_failure(ErrorCode code) {
  return code == ErrorCode::ub_bsf_name_unresolved || code == ErrorCode::ub_bsf_unreachable ||
         code == ErrorCode::ub_connection_lost || code == ErrorCode::ub_timeout;
}

Result<void> BackOff::check(SteadyTime now) const {
  if (!cause_ || now >= until_) {
    return {};
  }
  const auto left = std::chrono::ceil<std::chrono::seconds>(until_ - now);
  return std::unexpected(Error{.code = ErrorCode::ub_backing_off,
                               .where = "bootstrapping",
                               .foreign = cause_->foreign,
                               .detail = std::string(name(cause_->code)) + ", next try in " +
                                         std::to_string(left.count()) + " s",
                               .retry_after = left});
}

std::chrono::milliseconds jittered(std::chrono::milliseconds duration, unsigned least,
                                   unsigned most, RandomSource& random) {
  std::array<std::uint8_t, 2> octets{};
  random.fill(octets);
  const unsigned chance = octets[0] * 256U + octets[1];
  return duration * (least * 65535U + (most - least) * chance) / (100 * 65535U);
}

}  // namespace ut::ub
