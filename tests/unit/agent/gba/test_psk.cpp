#include "agent/gba/psk.h"

#include "agent/gba/naf_id.h"
#include "tests/support/catch.h"

using namespace ut::gba;

TEST_CASE("the PSK identity is the name space, the separator and the B-TID", "[UA-6]") {
  const std::string b_tid = "I1U8vpY3qJ0hiuZNrke/NQ==@bsf.home1.net";
  CHECK(psk_identity(b_tid, ";") == "3GPP-bootstrapping;I1U8vpY3qJ0hiuZNrke/NQ==@bsf.home1.net");
  CHECK(psk_identity(b_tid, ".") == "3GPP-bootstrapping.I1U8vpY3qJ0hiuZNrke/NQ==@bsf.home1.net");
  CHECK(psk_identity("x", "") == "3GPP-bootstrappingx");
}

TEST_CASE("a PSK hint that names the ME-based key is ours, alone or among others", "[UA-6]") {
  for (const auto* hint :
       {"3GPP-bootstrapping", " 3GPP-bootstrapping\t", "3GPP-bootstrapping-uicc;3GPP-bootstrapping",
        "3GPP-bootstrapping;3GPP-bootstrapping-uicc",
        "3GPP-bootstrapping-digest, "
        "3GPP-bootstrapping",
        "bank;3GPP-bootstrapping", ";;3GPP-bootstrapping;"}) {
    INFO(hint);
    CHECK(judge_psk_hint(hint) == PskHint::me_based);
  }
}

TEST_CASE("a NAF that gives no PSK hint leaves the choice to the terminal", "[UA-6]") {
  for (const auto* hint : {"", " ", ";", " , ;"}) {
    INFO(hint);
    CHECK(judge_psk_hint(hint) == PskHint::none);
  }
}

TEST_CASE("a PSK hint for keys that the card's own application makes is told apart", "[UA-6]") {
  for (const auto* hint :
       {"3GPP-bootstrapping-uicc", "3GPP-bootstrapping-digest",
        "3GPP-bootstrapping-uicc;3GPP-bootstrapping-digest", "bank;3GPP-bootstrapping-uicc"}) {
    INFO(hint);
    CHECK(judge_psk_hint(hint) == PskHint::other_gba);
  }
}

TEST_CASE("a PSK hint of another name space gets no GBA key", "[UA-6][KEY-2]") {
  for (const auto* hint :
       {"bank", "3GPP-AKMA", "3gpp-bootstrapping", "3GPP-bootstrapping2", "X3GPP-bootstrapping",
        "3GPP-bootstrapping uicc", "3GPP-bootstrapping@xcap.home1.net", "bank;other"}) {
    INFO(hint);
    CHECK(judge_psk_hint(hint) == PskHint::unknown);
  }
  CHECK(judge_psk_hint(std::string_view("3GPP-bootstrapping\0x", 20)) == PskHint::unknown);
}

TEST_CASE("the Ua protocol of PSK TLS is that of the suite, in TLS 1.3 a fixed one",
          "[KEY-2][UA-6]") {
  CHECK(UaProtocolId::tls(0x00aa).to_text() == "01000100aa");
  CHECK(UaProtocolId::tls(0xccac).to_text() == "010001ccac");
  CHECK(UaProtocolId::psk_tls13().to_text() == "0100000007");
}
