#include "isim/gba_files.h"

#include "tests/support/catch.h"
#include "tests/support/vectors.h"
#include "tests/unit/isim/malformed.h"

using namespace ut;
using namespace ut::isim;
using test::check_malformed;
using test::hex;

namespace {

// "naf.x" and the Ua security protocol of HTTP Digest in TLS with suite C02F.
constexpr auto kNafId = "6e61662e78010001c02f";

}  // namespace

TEST_CASE("EF_GBABP holds RAND, B-TID and key lifetime", "[IS-3]") {
  const auto decoded =
      decode_gbabp(hex("1023553cbe9637a89d218ae64dae47bf35"
                       "05614062736605323032362dffffff"));
  REQUIRE(decoded.has_value());
  REQUIRE(decoded->has_value());
  CHECK((*decoded)->rand == hex("23553cbe9637a89d218ae64dae47bf35"));
  CHECK((*decoded)->b_tid == "a@bsf");
  CHECK((*decoded)->key_lifetime == "2026-");
}

TEST_CASE("an EF_GBABP of FF says that the card was never bootstrapped", "[IS-3]") {
  const auto decoded = decode_gbabp(hex("ffffffffffffffffffff"));
  REQUIRE(decoded.has_value());
  CHECK_FALSE(decoded->has_value());
}

TEST_CASE("an EF_GBABP whose RAND is no RAND, or that is cut short, is refused", "[IS-3]") {
  check_malformed(decode_gbabp(hex("0423553cbe0561406273660532303236")));
  check_malformed(decode_gbabp(hex("1023553cbe9637")));
}

TEST_CASE("EF_GBANL names NAF and B-TID", "[IS-3]") {
  const auto decoded =
      decode_gbanl_record(hex(std::string("800a") + kNafId + "8105614062736fffff"));
  REQUIRE(decoded.has_value());
  REQUIRE(decoded->has_value());
  CHECK((*decoded)->naf_id.fqdn == "naf.x");
  CHECK((*decoded)->naf_id.ua_protocol == hex("010001c02f"));
  CHECK((*decoded)->b_tid == "a@bso");
  CHECK_FALSE(decode_gbanl_record(hex("ffffffff")).value().has_value());
}

TEST_CASE(
    "an EF_GBANL record without B-TID, with octets behind it or with a NAF_Id that has no name is "
    "refused",
    "[IS-3]") {
  check_malformed(decode_gbanl_record(hex(std::string("800a") + kNafId)));
  check_malformed(decode_gbanl_record(hex(std::string("800a") + kNafId + "810561406273660102")));
  check_malformed(decode_gbanl_record(hex("8005010001c02f81056140627366")));
}

TEST_CASE("EF_NAFKCA names a key centre", "[IS-3]") {
  CHECK(decode_nafkca_record(hex("80056b63612e78ffff")).value() == "kca.x");
  CHECK_FALSE(decode_nafkca_record(hex("ffff")).value().has_value());
  check_malformed(decode_nafkca_record(hex("80056b63202e78")));
}

TEST_CASE("EF_AC_GBAUAPI names an applet and a NAF", "[IS-3]") {
  const auto decoded =
      decode_ac_gbauapi_record(hex(std::string("801105a0000000870a") + kNafId + "ff"));
  REQUIRE(decoded.has_value());
  REQUIRE(decoded->has_value());
  CHECK((*decoded)->aid == hex("a000000087"));
  CHECK((*decoded)->naf_id.fqdn == "naf.x");
  check_malformed(decode_ac_gbauapi_record(hex("800401a0010a")));
}
