#include "agent/gba/psk.h"

#include "agent/gba/key_kind_names.h"

#include <algorithm>

namespace ut::gba {
namespace {

PskHint judge(std::string_view name) {
  if (name == kMeBased) {
    return PskHint::me_based;
  }
  return name == kUiccBased || name == kGbaDigest ? PskHint::other_gba : PskHint::unknown;
}

}  // namespace

PskHint judge_psk_hint(std::string_view hint) {
  PskHint best = PskHint::none;
  for (std::size_t start = 0; start <= hint.size();) {
    const auto end = std::min(hint.find_first_of(";,", start), hint.size());
    const auto name = trim_blanks(hint.substr(start, end - start));
    start = end + 1;
    if (name.empty()) {
      continue;
    }
    const PskHint verdict = judge(name);
    best = best == PskHint::none ? verdict : std::min(best, verdict);
  }
  return best;
}

std::string psk_identity(std::string_view b_tid, std::string_view separator) {
  std::string identity(kMeBased);
  identity.append(separator).append(b_tid);
  return identity;
}

}  // namespace ut::gba
