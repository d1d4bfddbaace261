#include "tools/ut-lab/aka_digest.h"

#include "base/encoding.h"
#include "tools/ut-lab/http.h"

#include <algorithm>

namespace ut::lab {

std::string_view name(AkaDigest algorithm) {
  switch (algorithm) {
    case AkaDigest::v1_md5:
      return "AKAv1-MD5";
    case AkaDigest::v2_md5:
      return "AKAv2-MD5";
    case AkaDigest::v2_sha256:
      return "AKAv2-SHA-256";
  }
  return {};
}

std::optional<AkaDigest> aka_digest(std::string_view text) {
  for (const auto each : {AkaDigest::v1_md5, AkaDigest::v2_md5, AkaDigest::v2_sha256}) {
    if (equal_ignoring_case(name(each), text)) {
      return each;
    }
  }
  return std::nullopt;
}

SecretBytes aka_password(AkaDigest algorithm, const isim::Res& res, const isim::Ik& ik,
                         const isim::Ck& ck) {
  if (algorithm == AkaDigest::v1_md5) {
    return res.octets.clone();
  }
  SecretBytes key(res.octets.size() + isim::Ik::size + isim::Ck::size);
  auto end = std::ranges::copy(res.octets.expose(), key.expose_mutable().begin()).out;
  end = std::ranges::copy(ik.expose(), end).out;
  std::ranges::copy(ck.expose(), end);
  const auto prf = hmac(hash_of(algorithm), key.expose(), as_bytes("http-digest-akav2-password"));
  return to_base64_secret(prf.expose());
}

}  // namespace ut::lab
