#include "agent/gba/realm.h"

#include "agent/gba/host_name.h"
#include "agent/gba/key_kind_names.h"

#include <algorithm>

namespace ut::gba {
namespace {

// What one alternative alone would mean.
RealmVerdict judge(std::string_view alternative, std::string_view host) {
  const auto at = alternative.find('@');
  if (at == std::string_view::npos) {
    return RealmVerdict::not_gba;
  }
  const auto constant = alternative.substr(0, at);
  const bool me_based = constant == kMeBased;
  if (!me_based && constant != kUiccBased && constant != kGbaDigest) {
    return RealmVerdict::not_gba;
  }
  const auto named = normal_host_name(alternative.substr(at + 1));
  if (!named || named != normal_host_name(host)) {
    return RealmVerdict::host_mismatch;
  }
  return me_based ? RealmVerdict::usable : RealmVerdict::unsupported;
}

}  // namespace

RealmChoice choose_realm(std::string_view realm, std::string_view host) {
  RealmVerdict best = RealmVerdict::not_gba;
  for (std::size_t start = 0; start <= realm.size();) {
    const auto end = std::min(realm.find(';', start), realm.size());
    const auto alternative = trim_blanks(realm.substr(start, end - start));
    const auto verdict = judge(alternative, host);
    if (verdict == RealmVerdict::usable) {
      return {verdict, std::string(alternative)};
    }
    best = std::min(best, verdict);
    start = end + 1;
  }
  return {best, {}};
}

}  // namespace ut::gba
