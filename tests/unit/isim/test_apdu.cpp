#include "isim/apdu.h"

#include "base/encoding.h"
#include "tests/support/catch.h"
#include "tests/support/vectors.h"

using namespace ut;
using namespace ut::isim;

TEST_CASE("all seven cases of a command APDU are written and read back") {
  const Bytes small(5, 0xaa);
  const Bytes large(256, 0xbb);
  const std::pair<CommandApdu, std::string> cases[] = {
      {{0x00, 0xa4, 0, 0, {}, {}}, "00a40000"},
      {{0x00, 0xb0, 0, 0, {}, 256}, "00b0000000"},
      {{0x00, 0xb0, 0, 0, {}, 9}, "00b0000009"},
      {{0x00, 0xa4, 0, 4, small, {}}, "00a4000405aaaaaaaaaa"},
      {{0x00, 0xa4, 0, 4, small, 256}, "00a4000405aaaaaaaaaa00"},
      {{0x00, 0xb0, 0, 0, {}, 65536}, "00b00000000000"},
      {{0x00, 0xd6, 0, 0, large, {}}, "00d60000000100" + to_hex(large)},
      {{0x00, 0x88, 0, 0x84, large, 512}, "00880084000100" + to_hex(large) + "0200"},
  };
  for (const auto& [command, octets] : cases) {
    CHECK(to_hex(encode(command)) == octets);
    const auto back = decode_command(test::hex(octets));
    REQUIRE(back.has_value());
    CHECK(*back == command);
  }
}

TEST_CASE("a command APDU whose lengths do not agree is refused") {
  for (const auto* octets : {"", "00a400", "00a4000405aaaa", "00a4000402aaaaaaaa", "00b000000001",
                             "00d600000000000000", "00d6000000000301ff"}) {
    INFO(octets);
    CHECK_FALSE(decode_command(test::hex(octets)).has_value());
  }
}

TEST_CASE("a response of fewer than two octets is a transport failure", "[IS-6]") {
  CHECK(decode_response({}).error().code == ErrorCode::card_transport);
  CHECK(decode_response(test::hex("90")).error().code == ErrorCode::card_transport);
  const auto response = decode_response(test::hex("db019000"));
  REQUIRE(response.has_value());
  CHECK(response->sw == 0x9000);
  CHECK(response->data == test::hex("db01"));
}

TEST_CASE("the class octet carries logical channels 0 to 19", "[IS-2]") {
  CHECK(cla_for_channel(0x00, 0) == 0x00);
  CHECK(cla_for_channel(0x00, 3) == 0x03);
  CHECK(cla_for_channel(0x00, 4) == 0x40);
  CHECK(cla_for_channel(0x80, 19) == 0xcf);
  for (std::uint8_t channel = 0; channel < 20; ++channel) {
    CHECK(channel_of(cla_for_channel(0x00, channel)) == channel);
    CHECK(channel_of(cla_for_channel(0x80, channel)) == channel);
  }
}
