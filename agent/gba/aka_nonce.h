// The nonce of Digest AKA (RFC 3310 clause 3.2) and the auts parameter (clause 3.4).
#pragma once

#include "agent/gba/parsed.h"
#include "isim/aka_types.h"

#include <string>
#include <string_view>

namespace ut::gba {

struct AkaNonce {
  isim::Rand rand;
  isim::Autn autn;
  Bytes server_data{};
};

// base64(RAND || AUTN || server data): at least 32 octets.
Parsed<AkaNonce> decode_aka_nonce(std::string_view nonce);

// base64 of AUTS: 20 characters.
std::string auts_parameter(const isim::Auts& auts);

}  // namespace ut::gba
