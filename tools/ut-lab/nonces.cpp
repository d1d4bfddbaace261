#include "tools/ut-lab/nonces.h"

#include "tools/ut-lab/crypto.h"

namespace ut::lab {

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
  if (!count_is_good(entry, nc)) {
    return NonceVerdict::count_refused;
  }
  if (mode_ == NonceMode::one_time) {
    nonces_.erase(found);
  }
  return NonceVerdict::good;
}

bool Nonces::count_is_good(Entry& entry, std::uint32_t nc) const {
  switch (mode_) {
    case NonceMode::set:
      if (nc > entry.highest) {
        if (nc - entry.highest > kWidestGap) {
          return false;
        }
        for (auto between = entry.highest + 1; between < nc; ++between) {
          entry.missing.insert(between);
        }
        entry.highest = nc;
        return true;
      }
      return entry.missing.erase(nc) == 1;
    case NonceMode::increasing:
      if (nc <= entry.highest) {
        return false;
      }
      break;
    case NonceMode::exact:
      if (nc != entry.highest + 1) {
        return false;
      }
      break;
    case NonceMode::one_time:
      if (nc != 1) {
        return false;
      }
      break;
  }
  entry.highest = nc;
  return true;
}

}  // namespace ut::lab
