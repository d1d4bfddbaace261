#include "isim/tlv.h"

#include "base/encoding.h"
#include "tests/support/catch.h"
#include "tests/support/vectors.h"

using namespace ut;
using namespace ut::isim;

TEST_CASE("lengths of one to three octets and tags of one to three octets are read", "[IS-3]") {
  for (const std::size_t size : {0UL, 1UL, 127UL, 128UL, 255UL, 256UL, 65535UL, 65536UL}) {
    for (const std::uint32_t tag : {0x80U, 0x5f50U, 0x7f8102U}) {
      Bytes octets;
      append_tlv(octets, tag, Bytes(size, 0x11));
      ByteView rest = octets;
      const auto tlv = read_tlv(rest);
      REQUIRE(tlv.has_value());
      CHECK(tlv->tag == tag);
      CHECK(tlv->value.size() == size);
      CHECK(rest.empty());
    }
  }
}

TEST_CASE("padding between and after data objects is skipped", "[IS-3]") {
  const auto octets = test::hex("8001aaff00ff8102bbccffff");
  const auto all = read_tlvs(octets);
  REQUIRE(all.has_value());
  REQUIRE(all->size() == 2);
  CHECK(all->at(1).tag == 0x81);
  CHECK(to_hex(*find_tlv(octets, 0x81)) == "bbcc");
  CHECK_FALSE(find_tlv(octets, 0x82).has_value());
}

TEST_CASE("data objects that are cut short or of indefinite length are refused") {
  for (const auto* octets : {"80", "8002aa", "8081", "80820001", "8080aa0000", "8084000000010a",
                             "1f", "1f81", "1f818101"}) {
    const auto bytes = test::hex(octets);
    ByteView rest = bytes;
    INFO(octets);
    CHECK_FALSE(read_tlv(rest).has_value());
    CHECK(rest.size() == bytes.size());
  }
}
