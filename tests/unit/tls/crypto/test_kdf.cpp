#include "tls/crypto/kdf.h"

#include "base/encoding.h"
#include "tests/support/catch.h"
#include "tests/support/vectors.h"
#include "tls/crypto/hash.h"

#include <string>

using namespace ut;
using namespace ut::crypto;

TEST_CASE("the KDF gives the keys of the vectors", "[KEY-1]") {
  const auto& v = test::vectors().at("gba");
  const auto ks = test::hex_of(v.at("Ks"));
  const auto rand = test::hex_of(v.at("RAND"));
  const auto impi = v.at("IMPI").get<std::string>();
  const auto& internal = v.at("Ks_int_NAF_tls12_C02F");
  CHECK(to_hex(kdf(ks, 0x01,
                   {as_bytes("gba-u"), rand, as_bytes(impi), test::hex_of(internal.at("NAF_Id"))})
                   .expose()) == internal.at("key").get<std::string>());
  const auto& tmpi = v.at("TMPI");
  CHECK(to_hex(kdf(ks, 0x01,
                   {as_bytes("gba-me"), rand, as_bytes(impi), test::hex_of(tmpi.at("BSF_Id"))})
                   .expose()) == tmpi.at("kdf_out").get<std::string>());
  const auto& digest = v.at("gba_digest");
  const auto h_a1 = test::hex_of(digest.at("H_A1"));
  const auto exported = test::hex_of(digest.at("TLS_MK_Extr"));
  CHECK(to_hex(kdf(h_a1, 0x01, {as_bytes("GBA_Digest_RESP"), exported}).expose()) ==
        digest.at("passwd").get<std::string>());
}

TEST_CASE("a length above 255 takes both length octets", "[KEY-1]") {
  const Bytes key(32, 0x01);
  const Bytes parameter(256, 0x41);
  Bytes s{0x01};
  append(s, parameter);
  append(s, Bytes{0x01, 0x00});
  CHECK(to_hex(kdf(key, 0x01, {parameter}).expose()) == to_hex(hmac_sha256(key, s).expose()));
}
