// The algorithms of HTTP Digest AKA and their passwords (RFC 3310, RFC 4169).
#pragma once

#include "base/secret.h"
#include "isim/aka_types.h"
#include "tools/ut-lab/crypto.h"

#include <cstdint>
#include <optional>
#include <string_view>

namespace ut::lab {

enum class AkaDigest : std::uint8_t { v1_md5, v2_md5, v2_sha256 };

// "AKAv1-MD5", "AKAv2-MD5" or "AKAv2-SHA-256".
std::string_view name(AkaDigest algorithm);
// Of a name in any case; nullopt for any other.
std::optional<AkaDigest> aka_digest(std::string_view name);
constexpr Hash hash_of(AkaDigest algorithm) {
  return algorithm == AkaDigest::v2_sha256 ? Hash::sha256 : Hash::md5;
}

// The password of an AKA run. AKAv1: the octets of RES (RFC 3310 section 3.3). AKAv2: the base64
// text of PRF(RES || IK || CK, "http-digest-akav2-password"), PRF being HMAC with the hash of the
// algorithm (RFC 4169 section 3).
SecretBytes aka_password(AkaDigest algorithm, const isim::Res& res, const isim::Ik& ik,
                         const isim::Ck& ck);

}  // namespace ut::lab
