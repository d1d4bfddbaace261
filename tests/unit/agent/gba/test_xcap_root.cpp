#include "agent/gba/xcap_root.h"

#include "tests/support/catch.h"

using namespace ut::gba;

TEST_CASE("an XCAP root has one form", "[XC-1]") {
  CHECK(normal_xcap_root("http://XCAP.Home1.net") == "http://xcap.home1.net/");
  CHECK(normal_xcap_root("https://xcap.home1.net:8443/services/") ==
        "https://xcap.home1.net:8443/services/");
  CHECK(normal_xcap_root("http://xcap.home1.net/a/b") == "http://xcap.home1.net/a/b/");
}

TEST_CASE("what is no XCAP root is refused", "[XC-1]") {
  for (const char* text :
       {"", "xcap.home1.net", "ftp://xcap.home1.net/", "http://", "http:///a", "http://192.0.2.1/",
        "http://user@xcap.home1.net/", "http://xcap.home1.net:0/", "http://xcap.home1.net:x/",
        "http://xcap.home1.net:/", "http://xcap.home1.net/a?b", "http://xcap.home1.net/a#b",
        "http://xcap.home1.net/../a", "http://xcap.home1.net/a/..", "http://xcap.home1.net//a",
        "http://xcap.home1.net/a b", "http://xcap.home1.net/%2e/",
        "http://xcap.home1.net/a\r\nX: y"}) {
    CAPTURE(text);
    CHECK(normal_xcap_root(text) == std::nullopt);
  }
  CHECK(normal_xcap_root("http://xcap.home1.net/" + std::string(2000, 'a')) == std::nullopt);
}

TEST_CASE("the configuration goes before the card, the card before TS 23.003", "[XC-1]") {
  const char* configured = "https://xcap.lab.example/";
  const char* of_card = "http://xcap.card.example/root";
  const auto all = xcap_root(configured, of_card, "u@home1.net");
  REQUIRE(all);
  CHECK(all->uri == configured);
  CHECK(to_text(all->source) == "configuration");
  const auto card = xcap_root("", of_card, "u@home1.net");
  REQUIRE(card);
  CHECK(card->uri == "http://xcap.card.example/root/");
  CHECK(to_text(card->source) == "card");
  for (const char* none : {"", "not a root"}) {
    const auto derived = xcap_root("", none, "u@ims.mnc015.mcc234.3gppnetwork.org");
    REQUIRE(derived);
    CHECK(derived->uri == "http://xcap.ims.mnc015.mcc234.pub.3gppnetwork.org/");
    CHECK(to_text(derived->source) == "TS 23.003");
  }
  CHECK_FALSE(xcap_root("", "", "no realm"));
}
