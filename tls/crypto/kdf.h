// The generic key derivation function of 3GPP (TS 33.220 annex B.2).
#pragma once

#include "base/bytes.h"
#include "base/secret.h"

#include <cstdint>
#include <initializer_list>

namespace ut::crypto {

// HMAC-SHA-256(key, FC || P0 || L0 || P1 || L1 ...): 32 octets. Each parameter is at most 65535
// octets long, else it aborts. The parameters are not secret.
SecretBytes kdf(ByteView key, std::uint8_t fc, std::initializer_list<ByteView> parameters);

}  // namespace ut::crypto
