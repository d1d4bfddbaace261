#include "isim/ims_files.h"

#include "tests/support/catch.h"
#include "tests/support/vectors.h"
#include "tests/unit/isim/malformed.h"

using namespace ut;
using namespace ut::isim;
using test::check_malformed;
using test::hex;

TEST_CASE("EF_P-CSCF holds a name, an IPv4 or an IPv6 address", "[IS-3]") {
  using Type = PCscfAddress::Type;
  CHECK(decode_p_cscf_record(hex("80080070637363662e78ff")).value() ==
        PCscfAddress{Type::fqdn, "pcscf.x"});
  CHECK(decode_p_cscf_record(hex("800501c0000201")).value() ==
        PCscfAddress{Type::ipv4, "192.0.2.1"});
  CHECK(decode_p_cscf_record(hex("80110220010db8000000000000000000000001")).value() ==
        PCscfAddress{Type::ipv6, "2001:db8::1"});
  CHECK_FALSE(decode_p_cscf_record(hex("ffffff")).value().has_value());
}

TEST_CASE("an EF_P-CSCF of another type or with an address of the wrong size is refused",
          "[IS-3]") {
  check_malformed(decode_p_cscf_record(hex("800503c0000201")));
  check_malformed(decode_p_cscf_record(hex("800401c00002")));
  CHECK_FALSE(decode_p_cscf_record(hex("8000")).value().has_value());
  check_malformed(decode_p_cscf_record(hex("800400610a62")));
}

TEST_CASE("EF_UICCIARI and EF_WebRTCURI hold text", "[IS-3]") {
  CHECK(decode_uicciari_record(hex("800375726eff")).value() == "urn");
  CHECK(decode_webrtc_uri_record(hex("80057769733a78ff")).value() == "wis:x");
  CHECK_FALSE(decode_uicciari_record(hex("ffff")).value().has_value());
  check_malformed(decode_webrtc_uri_record(hex("800377")));
}

TEST_CASE("EF_FromPreferred and EF_IMSDCI are one octet", "[IS-3]") {
  CHECK(decode_from_preferred(hex("01")).value());
  CHECK_FALSE(decode_from_preferred(hex("00")).value());
  check_malformed(decode_from_preferred({}));
  CHECK(decode_imsdci(hex("02")).value() == ImsDataChannel::with_session);
  check_malformed(decode_imsdci(hex("03")));
}

TEST_CASE("language preferences leave out FFFF and refuse what is no language", "[IS-3]") {
  CHECK(decode_languages(hex("656effff6465")).value() == std::vector<std::string>{"en", "de"});
  check_malformed(decode_languages(hex("656e64")));
  check_malformed(decode_languages(hex("1b5b")));
}
