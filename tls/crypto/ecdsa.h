// Verification of ECDSA signatures (FIPS 186-5 section 6.4.2). Nothing here is secret.
#pragma once

#include "base/bytes.h"

#include <cstdint>

namespace ut::crypto {

enum class Curve : std::uint8_t { p256, p384, p521 };

// Coordinates of the point, the most significant octet first.
struct EcdsaPublicKey {
  Curve curve;
  ByteView x;
  ByteView y;
};

// Whether `signature`, in DER (RFC 3279 clause 2.2.3), is one of `hash` by the owner of `key`.
// False also for a key that is no point of its curve, and for DER that is not as it must be.
bool verify_ecdsa(const EcdsaPublicKey& key, ByteView hash, ByteView signature);

}  // namespace ut::crypto
