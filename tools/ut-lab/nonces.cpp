#include "tools/ut-lab/nonces.h"

#include "tools/ut-lab/crypto.h"

namespace ut::lab {

bool NonceCounts::use(NonceMode mode, std::uint32_t nc) {
  switch (mode) {
    case NonceMode::set:
      if (nc > highest_) {
        if (nc - highest_ > kWidestGap) {
          return false;
        }
        for (auto between = highest_ + 1; between < nc; ++between) {
          missing_.insert(between);
        }
        highest_ = nc;
        return true;
      }
      return missing_.erase(nc) == 1;
    case NonceMode::increasing:
      if (nc <= highest_) {
        return false;
      }
      break;
    case NonceMode::exact:
      if (nc != highest_ + 1) {
        return false;
      }
      break;
    case NonceMode::one_time:
      if (nc != 1) {
        return false;
      }
      break;
  }
  highest_ = nc;
  return true;
}

std::string Nonces::make() {
  if (nonces_.size() >= kMost) {
    const auto now = clock_.steady();
    std::erase_if(nonces_, [&](const auto& entry) { return entry.second.expires <= now; });
    if (nonces_.size() >= kMost) {
      nonces_.clear();  // clients see stale=true and go on
    }
  }
  auto nonce = random_hex(16);
  nonces_.emplace(nonce, Entry{.expires = clock_.steady() + lifetime_});
  return nonce;
}

NonceVerdict Nonces::use(std::string_view nonce, std::uint32_t nc) {
  const auto found = nonces_.find(nonce);
  if (found == nonces_.end()) {
    return NonceVerdict::unknown;
  }
  auto& entry = found->second;
  if (entry.expires <= clock_.steady()) {
    nonces_.erase(found);
    return NonceVerdict::expired;
  }
  if (!entry.counts.use(mode_, nc)) {
    return NonceVerdict::count_refused;
  }
  if (mode_ == NonceMode::one_time) {
    nonces_.erase(found);
  }
  return NonceVerdict::good;
}

}  // namespace ut::lab
