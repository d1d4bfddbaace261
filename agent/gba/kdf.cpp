#include "agent/gba/kdf.h"

#include "base/encoding.h"
#include "tls/crypto/kdf.h"

#include <algorithm>
#include <cstdlib>

namespace ut::gba {
namespace {

constexpr std::uint8_t kFcGba = 0x01;

}  // namespace

Ks make_ks(const isim::Ck& ck, const isim::Ik& ik) {
  Ks ks;
  const auto out = ks.expose_mutable();
  std::ranges::copy(ck.expose(), out.begin());
  std::ranges::copy(ik.expose(), out.begin() + isim::Ck::size);
  return ks;
}

KsNaf derive_ks_naf(const Ks& ks, const isim::Rand& rand, std::string_view impi,
                    const NafId& naf_id) {
  const Bytes naf_id_octets = naf_id.octets();
  const SecretBytes key = crypto::kdf(
      ks.expose(), kFcGba, {as_bytes("gba-me"), rand.view(), as_bytes(impi), naf_id_octets});
  auto ks_naf = KsNaf::from(key.expose());
  if (!ks_naf) {
    std::abort();
  }
  return *std::move(ks_naf);
}

SecretBytes ua_password(const KsNaf& ks_naf) {
  return to_base64_secret(ks_naf.expose());
}

}  // namespace ut::gba
