// The names of PSK TLS with a GBA key: psk_identity and psk_identity_hint (TS 33.222 clause 5.4,
// TS 24.109 clause 5.3.3) [UA-6].
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace ut::gba {

// What the hint of a ServerKeyExchange asks for.
enum class PskHint : std::uint8_t {
  none,       // it is empty: the NAF leaves the choice to the terminal
  me_based,   // "3GPP-bootstrapping", alone or among others: the key that this agent has
  other_gba,  // only kinds that a terminal without UICC application lacks: 3GPP-bootstrapping-uicc,
              // -digest
  unknown,    // no name space of GBA: a key of something else is wanted
};

// Reads a hint: one name or a list of them, separated by ';' or ',', with blanks around [M].
PskHint judge_psk_hint(std::string_view hint);

// The identity that goes with Ks_NAF or Ks_ext_NAF: "3GPP-bootstrapping", `separator`, B-TID. The
// sources do not agree on the separator: ';' [M], '.' (TS 36.508 clause 4.7H).
std::string psk_identity(std::string_view b_tid, std::string_view separator);

}  // namespace ut::gba
