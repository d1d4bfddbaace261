#include "tests/support/catch.h"
#include "tools/ut-lab/psk.h"

using namespace ut::lab;

TEST_CASE("the lab takes a PSK identity with either separator", "[UA-6]") {
  CHECK(b_tid_of_psk_identity("3GPP-bootstrapping;me@bsf") == "me@bsf");
  CHECK(b_tid_of_psk_identity("3GPP-bootstrapping.me@bsf") == "me@bsf");
  CHECK(b_tid_of_psk_identity("3GPP-bootstrapping;;") == ";");
}

TEST_CASE("the lab refuses a PSK identity that is none of GBA", "[UA-6]") {
  for (const auto* text :
       {"", "me@bsf", "3GPP-bootstrapping", "3GPP-bootstrapping;", "3GPP-bootstrapping-uicc;me@bsf",
        "3GPP-bootstrappingme@bsf", "3gpp-bootstrapping;me@bsf"}) {
    INFO(text);
    CHECK_FALSE(b_tid_of_psk_identity(text));
  }
}
