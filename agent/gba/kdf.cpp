#include "agent/gba/kdf.h"

#include "base/encoding.h"
#include "tls/crypto/hash.h"

#include <algorithm>
#include <cstdlib>

namespace ut::gba {
namespace {

constexpr std::uint8_t kFcGba = 0x01;
constexpr std::size_t kMaxParameter = 0xffff;

}  // namespace

SecretBytes kdf(ByteView key, std::uint8_t fc, std::initializer_list<ByteView> parameters) {
  Bytes s{fc};
  for (const ByteView parameter : parameters) {
    if (parameter.size() > kMaxParameter) {
      std::abort();
    }
    append(s, parameter);
    s.push_back(static_cast<std::uint8_t>(parameter.size() >> 8));
    s.push_back(static_cast<std::uint8_t>(parameter.size() & 0xff));
  }
  return crypto::hmac_sha256(key, s);
}

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
  const SecretBytes key =
      kdf(ks.expose(), kFcGba, {as_bytes("gba-me"), rand.view(), as_bytes(impi), naf_id_octets});
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
