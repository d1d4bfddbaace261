#include "agent/gba/aka_nonce.h"

#include "base/encoding.h"
#include "tests/support/catch.h"
#include "tests/support/vectors.h"

using namespace ut;
using namespace ut::gba;

TEST_CASE("RAND and AUTN come out of the nonce", "[UB-2]") {
  const auto& v = test::vectors().at("gba");
  const auto nonce = decode_aka_nonce(v.at("ub").at("nonce").get<std::string>());
  REQUIRE(nonce);
  CHECK(to_hex(nonce->rand.view()) == v.at("RAND").get<std::string>());
  CHECK(to_hex(nonce->autn.view()) == v.at("AUTN").get<std::string>());
  CHECK(nonce->server_data.empty());
}

TEST_CASE("data of the server may follow AUTN", "[UB-2]") {
  const Bytes octets(35, 0x5a);
  const auto nonce = decode_aka_nonce(to_base64(octets));
  REQUIRE(nonce);
  CHECK(nonce->server_data == Bytes(3, 0x5a));
}

TEST_CASE("a nonce that is short or not base64 is refused", "[UB-2]") {
  CHECK_FALSE(decode_aka_nonce(""));
  CHECK_FALSE(decode_aka_nonce(to_base64(Bytes(31, 1))));
  CHECK_FALSE(decode_aka_nonce("dcd98b7102dd2f0e8b11d0f600bfb0c093!"));
  CHECK_FALSE(decode_aka_nonce(to_base64(Bytes(32, 1)) + " "));
}

TEST_CASE("the auts parameter is base64 of AUTS", "[UB-5]") {
  const auto& v = test::vectors().at("gba").at("ub_sync_failure");
  CHECK(auts_parameter(*isim::Auts::from(test::hex_of(v.at("AUTS")))) ==
        v.at("auts_param").get<std::string>());
}
