#include "isim/xcap_config.h"

#include "base/encoding.h"
#include "tests/support/catch.h"
#include "tests/support/vectors.h"

using namespace ut;
using namespace ut::isim;
using test::hex;

TEST_CASE("EF_XCAPConfigData gives the XCAP root, and keeps its password a secret",
          "[IS-3][XC-1]") {
  // 80 { A0 { 82 01; A1 { 84 "http://x"; 85 "u"; 86 "pw" } } }
  const auto config =
      decode_xcap_config(hex("8018a016820101a1118408687474703a2f2f788501758602"
                             "7077"));
  REQUIRE(config.has_value());
  CHECK(config->announced == 1u);
  REQUIRE(config->connections.size() == 1);
  CHECK(config->root() == "http://x");
  CHECK(config->connections[0].user_name == "u");
  CHECK(to_hex(config->connections[0].password.expose()) == "7077");
}

TEST_CASE("a policy without a data object around it and without a URI is read, too", "[IS-3]") {
  const auto config = decode_xcap_config(hex("a0058103010203"));
  REQUIRE(config.has_value());
  CHECK(config->root().empty());
  CHECK(config->access == hex("010203"));
}

TEST_CASE("an XCAP policy with control characters, of another tag or cut short is refused",
          "[IS-3]") {
  for (const auto* bad : {"a006a10484020a0a", "a1028200", "a01081", "80", ""}) {
    CAPTURE(bad);
    const auto config = decode_xcap_config(hex(bad));
    REQUIRE_FALSE(config.has_value());
    CHECK(config.error().code == ErrorCode::card_file_malformed);
  }
}
