// The names of the kinds of GBA keys, as realms and PSK hints have them (TS 33.222 clauses 5.3 and
// 5.4, TS 24.109 clause 5).
#pragma once

#include <string_view>

namespace ut::gba {

// Ks_NAF, or Ks_ext_NAF: what a terminal makes without a UICC application.
inline constexpr std::string_view kMeBased = "3GPP-bootstrapping";
inline constexpr std::string_view kUiccBased = "3GPP-bootstrapping-uicc";
inline constexpr std::string_view kGbaDigest = "3GPP-bootstrapping-digest";

// Without blanks and tabulators at its ends.
inline std::string_view trim_blanks(std::string_view text) {
  const auto first = text.find_first_not_of(" \t");
  if (first == std::string_view::npos) {
    return {};
  }
  return text.substr(first, text.find_last_not_of(" \t") - first + 1);
}

}  // namespace ut::gba
