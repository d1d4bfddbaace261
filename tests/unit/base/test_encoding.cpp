#include "base/encoding.h"
#include "tests/support/catch.h"

using namespace ut;

TEST_CASE("base64 gives the examples of RFC 4648 section 10 and reads them back") {
  const std::pair<std::string_view, std::string_view> examples[] = {
      {"", ""},
      {"f", "Zg=="},
      {"fo", "Zm8="},
      {"foo", "Zm9v"},
      {"foob", "Zm9vYg=="},
      {"fooba", "Zm9vYmE="},
      {"foobar", "Zm9vYmFy"},
  };
  for (const auto& [plain, encoded] : examples) {
    CHECK(to_base64(as_bytes(plain)) == encoded);
    CHECK(as_text(to_base64_secret(as_bytes(plain)).expose()) == encoded);
    const auto back = from_base64(encoded);
    REQUIRE(back.has_value());
    CHECK(as_text(*back) == plain);
  }
}

TEST_CASE("base64 refuses what is not canonical") {
  for (const auto* text : {"Zg", "Zg=", "Zh==", "Zm9=", "Z===", "====", "Zg==Zg==", "Zm9v\n",
                           "Zm-v", "Zg=A", "=Zg="}) {
    INFO(text);
    CHECK_FALSE(from_base64(text).has_value());
  }
}

TEST_CASE("hexadecimal is strict and reads both cases") {
  CHECK(to_hex(Bytes{0x00, 0xab, 0xff}) == "00abff");
  CHECK(from_hex("00aBFf") == Bytes{0x00, 0xab, 0xff});
  CHECK(as_text(to_hex_secret(Bytes{0x1f}).expose()) == "1f");
  for (const auto* text : {"0", "0g", "0 0", " 00", "0x00"}) {
    CHECK_FALSE(from_hex(text).has_value());
  }
}
