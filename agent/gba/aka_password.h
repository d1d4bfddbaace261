// The password of Digest AKA (RFC 3310 clause 3.1, RFC 4169 clause 3).
#pragma once

#include "agent/gba/digest.h"
#include "base/secret.h"
#include "isim/aka_types.h"

namespace ut::gba {

// What an AKA run gives Ha1::make() as password for an algorithm of AKA; aborts for another.
// AKAv1: the octets of RES. AKAv2: base64 of PRF(RES || IK || CK, "http-digest-akav2-password"),
// HMAC-MD5 or HMAC-SHA-256 by the hash of the algorithm; CK and IK leave the card for no other use,
// so a RES that someone else was given is no password [UT-7 UA-9].
SecretBytes aka_password(DigestAlgorithm algorithm, const isim::AkaSuccess& run);

}  // namespace ut::gba
