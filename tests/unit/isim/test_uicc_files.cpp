#include "isim/uicc_files.h"

#include "isim/tlv.h"
#include "tests/support/catch.h"
#include "tests/support/fake_card.h"
#include "tests/support/vectors.h"
#include "tests/unit/isim/malformed.h"

#include <string>

using namespace ut;
using namespace ut::isim;
using test::check_malformed;

namespace {

Bytes vector_of(const std::string& file) {
  for (const auto& one : test::vectors()["card"]["cases"]) {
    if (one["file"] == file) {
      return test::hex_of(one["hex"]);
    }
  }
  throw std::invalid_argument("no vector " + file);
}

std::string value_of(const std::string& file) {
  for (const auto& one : test::vectors()["card"]["cases"]) {
    if (one["file"] == file) {
      return one["value"];
    }
  }
  throw std::invalid_argument("no vector " + file);
}

}  // namespace

TEST_CASE("identity files of the vectors are decoded", "[IS-3]") {
  CHECK(decode_impi(vector_of("EF_IMPI")) == value_of("EF_IMPI"));
  CHECK(decode_domain(vector_of("EF_DOMAIN")) == value_of("EF_DOMAIN"));
  const auto impu = decode_impu_record(vector_of("EF_IMPU record"));
  REQUIRE(impu.has_value());
  CHECK(impu->value() == value_of("EF_IMPU record"));
  CHECK(decode_imsi(vector_of("EF_IMSI")) == value_of("EF_IMSI"));
  CHECK(decode_ad(vector_of("EF_AD (USIM) MNC length"))->mnc_length == 2);
}

TEST_CASE("padding after an identity is allowed, other octets are not", "[IS-3]") {
  CHECK(decode_impi(test::text_object("u@h", 40)) == "u@h");
  Bytes dirty = test::text_object("u@h", 40);
  dirty.back() = 0x41;
  check_malformed(decode_impi(dirty));
}

TEST_CASE("an identity of more than 127 octets has a length of two octets", "[IS-3]") {
  const std::string impi = std::string(150, 'u') + "@h.example";
  const Bytes file = test::text_object(impi, 200);
  REQUIRE(file[1] == 0x81);
  CHECK(decode_impi(file) == impi);
  const std::string longer = std::string(300, 'u') + "@h.example";
  CHECK(decode_impi(test::text_object(longer)) == longer);
}

TEST_CASE("hostile identity files are refused", "[IS-3]") {
  for (const char* file : {"", "80", "8000", "ffffffff", "80057540", "8103754068", "81037540",
                           "8084ffffffff", "80807540"}) {
    INFO(file);
    check_malformed(decode_impi(test::hex(file)));
    check_malformed(decode_domain(test::hex(file)));
  }
  for (const char* text :
       {"user", "@realm", "user@", "a@b@c", "u ser@h", "u\"x@h", "u\\x@h", "u@h\r\nEvil: 1", "u@.h",
        "u@h..i", "u@h/x", "\xc3@h", "\xc0\xaf@h", "\xed\xa0\x80@h", "\xf4\x90\x80\x80@h"}) {
    INFO(text);
    check_malformed(decode_impi(test::text_object(text)));
  }
  check_malformed(decode_impi(test::text_object(std::string_view("u\0@h", 4))));
  check_malformed(decode_domain(test::text_object("a b")));
  check_malformed(decode_domain(test::text_object("a@b")));
  CHECK(decode_impi(test::text_object("\xc3\xbc@h")) == "\xc3\xbc@h");
}

TEST_CASE("public identities are SIP or tel URIs", "[IS-3]") {
  CHECK(decode_impu_record(test::text_object("tel:+15551234", 50))->value() == "tel:+15551234");
  CHECK(decode_impu_record(test::text_object("SIPS:a@b"))->value() == "SIPS:a@b");
  CHECK_FALSE(decode_impu_record(Bytes(30, 0xff))->has_value());
  CHECK_FALSE(decode_impu_record(test::hex("8000ffffff"))->has_value());
  check_malformed(decode_impu_record(test::text_object("http://x")));
  check_malformed(decode_impu_record(test::text_object("sip:")));
  check_malformed(decode_impu_record(test::text_object("sip")));
  check_malformed(decode_impu_record(test::hex("7f0141")));
}

TEST_CASE("EF_DIR records are read with the label on either side of the AID", "[IS-1]") {
  const Bytes aid = test::hex("a0000000871004ff49ff0589");
  const auto usual =
      decode_dir_record(test::hex("6114"
                                  "4f0ca0000000871004ff49ff0589"
                                  "50044953494dffff"));
  REQUIRE(usual.has_value());
  CHECK(**usual == ApplicationRecord{aid, "ISIM"});
  const auto turned =
      decode_dir_record(test::hex("6114"
                                  "50044953494d"
                                  "4f0ca0000000871004ff49ff0589ff"));
  REQUIRE(turned.has_value());
  CHECK(**turned == ApplicationRecord{aid, "ISIM"});
  CHECK(has_prefix(aid, kIsimAidPrefix));
  CHECK_FALSE(has_prefix(aid, kUsimAidPrefix));
  CHECK_FALSE(has_prefix(test::hex("a00000008710"), kIsimAidPrefix));
}

TEST_CASE("EF_DIR records that are empty, foreign or cut short", "[IS-1]") {
  CHECK_FALSE(decode_dir_record(Bytes(38, 0xff))->has_value());
  CHECK_FALSE(decode_dir_record({})->has_value());
  check_malformed(decode_dir_record(test::hex("62024f00")));
  check_malformed(decode_dir_record(test::hex("61204f0c")));
  check_malformed(decode_dir_record(test::hex("61025000")));
  check_malformed(decode_dir_record(test::hex("61064f04a0000000")));
  check_malformed(decode_dir_record(test::hex("61134f11" + std::string(34, 'a'))));
}

TEST_CASE("file control parameters of each kind of file", "[IS-2]") {
  const auto transparent =
      decode_fcp(test::hex("6212"
                           "82024121"
                           "83026f02"
                           "8a0105"
                           "80020050"
                           "880110"));
  REQUIRE(transparent.has_value());
  CHECK(transparent->structure == FileStructure::transparent);
  CHECK(transparent->file_id == kEfImpi);
  CHECK(transparent->file_size == 80U);
  CHECK(transparent->sfi == 2);
  CHECK(transparent->life_cycle == LifeCycle::activated);

  const auto records =
      decode_fcp(test::hex("620b"
                           "82054221006e05"
                           "83026f04"));
  REQUIRE(records.has_value());
  CHECK(records->structure == FileStructure::linear_fixed);
  CHECK(records->record_length == 110);
  CHECK(records->record_count == 5);
  CHECK(records->sfi == 4);  // no object 88: the low bits of the file identifier

  CHECK_FALSE(decode_fcp(test::hex("6209"
                                   "82024121"
                                   "83026f028800"))
                  ->sfi.has_value());
  CHECK(decode_fcp(test::hex("6204"
                             "82027821"))
            ->structure == FileStructure::df);
  CHECK(decode_fcp(test::hex("6204"
                             "82027921"))
            ->structure == FileStructure::ber_tlv);
  CHECK(decode_fcp(test::hex("6207"
                             "82054621001003"))
            ->structure == FileStructure::cyclic);
  CHECK(decode_fcp(test::hex("6203"
                             "8a0104"))
            ->life_cycle == LifeCycle::deactivated);
  CHECK(decode_fcp(test::hex("6203"
                             "8a010c"))
            ->life_cycle == LifeCycle::terminated);
}

TEST_CASE("the PIN of an application is the enabled one, or the universal PIN in its place",
          "[IS-4]") {
  const auto pins = [](const std::string& c6) {
    Bytes octets;
    append_tlv(octets, 0x62, [&] {
      Bytes inner;
      append_tlv(inner, 0xc6, test::hex(c6));
      return inner;
    }());
    return decode_fcp(octets);
  };
  CHECK(pins("900180830101830181")->pin_reference() == 0x01);
  CHECK(pins("900140830101830102")->pin_reference() == 0x02);
  CHECK(pins("900100830101830181")->pin_reference() == std::nullopt);
  CHECK(pins("900140830101830181")->pin_reference() == std::nullopt);  // only the second PIN
  CHECK(pins("900140830101950108830111")->pin_reference() == 0x11);
  CHECK(pins("900140830101950100830111")->pin_reference() == std::nullopt);
  CHECK(pins("9001c0830101950108830111")->pin_reference() == 0x01);
  CHECK(decode_fcp(test::hex("6204"
                             "82027821"))
            ->pin_reference() == std::nullopt);
  check_malformed(pins("830101"));  // no PS octets
  check_malformed(
      pins("900180"
           "830101830102830103830104"
           "830105830106830107830108830111"));  // nine keys, eight bits
  CHECK(pins("90020080"
             "830101830102830103830104"
             "830105830106830107830108950108830111")
            ->pin_reference() == 0x11);
}

TEST_CASE("hostile file control parameters are refused", "[IS-2]") {
  for (const char* octets : {"", "62", "6205", "6f0482024121", "620382024121", "62038201",
                             "6206800500000000", "62038200", "620482034121", "62058303000000",
                             "62028400", "620488020808", "62028a00", "6204c6028301", "6280"}) {
    INFO(octets);
    check_malformed(decode_fcp(test::hex(octets)));
  }
}

TEST_CASE("EF_ICCID is swapped BCD with padding", "[IS-3]") {
  CHECK(decode_iccid(test::hex("98103254769810325476")) == "89012345678901234567");
  CHECK(decode_iccid(test::hex("981032547698103254f7")) == "8901234567890123457");
  CHECK(decode_iccid(test::hex("981032547698103254ff")) == "890123456789012345");
  CHECK(decode_iccid(test::hex("9868a0325476981032f5")) == "89860A2345678901235");
  check_malformed(decode_iccid(test::hex("ffffffffffffffffffff")));
  check_malformed(decode_iccid(test::hex("98f032547698103254f7")));
  check_malformed(decode_iccid(test::hex("981032547698103254")));
  check_malformed(decode_iccid({}));
}

TEST_CASE("EF_IMSI with odd and even numbers of digits", "[IS-3]") {
  CHECK(decode_imsi(test::hex("082943519099999999")) == "234150999999999");
  CHECK(decode_imsi(test::hex("0821435190999999f9")) == "23415099999999");
  for (const char* file : {"", "0829435190999999", "092943519099999999", "082843519099999999",
                           "082143519099999999", "08294351909999999a", "08f943519099999999",
                           "ffffffffffffffffff", "082943f19099999999", "072943519099999999"}) {
    INFO(file);
    check_malformed(decode_imsi(test::hex(file)));
  }
}

TEST_CASE("EF_AD and EF_IST of all lengths", "[IS-3]") {
  CHECK(decode_ad(test::hex("000000"))->mnc_length == std::nullopt);
  CHECK(decode_ad(test::hex("80000003"))->mnc_length == 3);
  CHECK(decode_ad(test::hex("80000003"))->operation_mode == 0x80);
  CHECK(decode_ad(test::hex("0000000f"))->mnc_length == std::nullopt);
  check_malformed(decode_ad(test::hex("0000")));
  check_malformed(decode_ist({}));
  CHECK(decode_ist(test::hex("e300"))->available(IsimService::gba));
}
