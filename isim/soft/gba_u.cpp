#include "isim/soft/gba_u.h"

#include "tls/crypto/hash.h"
#include "tls/crypto/kdf.h"

#include <algorithm>
#include <functional>

namespace ut::isim::soft {
namespace {

constexpr std::uint8_t kFcGba = 0x01;

}  // namespace

Autn modify_mac(const Autn& autn, const Ik& ik) {
  const SecretBytes digest = crypto::Hasher(crypto::HashKind::sha1).update(ik.expose()).finish();
  Autn modified = autn;
  const auto mac = modified.mutable_view().last<8>();
  std::ranges::transform(mac, digest.expose().first<8>(), mac.begin(), std::bit_xor<>());
  return modified;
}

Ks make_ks(const Ck& ck, const Ik& ik) {
  Ks ks;
  std::ranges::copy(ck.expose(), ks.expose_mutable().begin());
  std::ranges::copy(ik.expose(), ks.expose_mutable().begin() + Ck::size);
  return ks;
}

GbaUNafKeys derive_gba_u_keys(const Ks& ks, const Rand& rand, ByteView impi, ByteView naf_id) {
  const auto derive = [&](std::string_view label) {
    return crypto::kdf(ks.expose(), kFcGba, {as_bytes(label), rand.view(), impi, naf_id});
  };
  return {.ks_ext_naf = *KsExtNaf::from(derive("gba-me").expose()),
          .ks_int_naf = *KsIntNaf::from(derive("gba-u").expose())};
}

}  // namespace ut::isim::soft
