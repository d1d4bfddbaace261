// The realm of a NAF's challenge: alternatives of "constant@FQDN" (TS 33.222 clause 5.3, TS 24.109
// clause 5.2.4) [UA-1].
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace ut::gba {

enum class RealmVerdict : std::uint8_t {
  usable,         // an alternative for the ME-based key, for this host
  unsupported,    // GBA, for this host, but only kinds that a terminal without UICC application
                  // lacks: 3GPP-bootstrapping-uicc, -digest
  host_mismatch,  // a GBA realm for another host: drop the connection
  not_gba,        // no GBA realm at all
};

struct RealmChoice {
  RealmVerdict verdict = RealmVerdict::not_gba;
  // The alternative exactly as the challenge has it: it enters the answer and A1. Empty unless
  // usable.
  std::string realm{};
};

// Splits `realm` at ';' and takes the alternative with the exact constant "3GPP-bootstrapping"
// whose FQDN is `host`, the name that TLS verified. Host names compare without case and trailing
// dot.
RealmChoice choose_realm(std::string_view realm, std::string_view host);

}  // namespace ut::gba
