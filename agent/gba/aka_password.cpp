#include "agent/gba/aka_password.h"

#include "base/encoding.h"
#include "tls/crypto/hash.h"

#include <algorithm>
#include <cstdlib>
#include <string_view>

namespace ut::gba {
namespace {

constexpr std::string_view kLabel = "http-digest-akav2-password";

SecretBytes res_ik_ck(const isim::AkaSuccess& run) {
  const ByteView res = run.res.octets.expose();
  SecretBytes joined(res.size() + isim::Ik::size + isim::Ck::size);
  auto to = std::ranges::copy(res, joined.expose_mutable().begin()).out;
  to = std::ranges::copy(run.ik.expose(), to).out;
  std::ranges::copy(run.ck.expose(), to);
  return joined;
}

}  // namespace

SecretBytes aka_password(DigestAlgorithm algorithm, const isim::AkaSuccess& run) {
  switch (algorithm) {
    case DigestAlgorithm::akav1_md5:
      return SecretBytes::copy_of(run.res.octets.expose());
    case DigestAlgorithm::akav2_md5:
      return to_base64_secret(crypto::hmac_md5(res_ik_ck(run).expose(), as_bytes(kLabel)).expose());
    case DigestAlgorithm::akav2_sha256:
      return to_base64_secret(
          crypto::hmac_sha256(res_ik_ck(run).expose(), as_bytes(kLabel)).expose());
    case DigestAlgorithm::md5:
    case DigestAlgorithm::md5_sess:
    case DigestAlgorithm::sha256:
      break;
  }
  std::abort();
}

}  // namespace ut::gba
