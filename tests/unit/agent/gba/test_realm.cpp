#include "agent/gba/realm.h"

#include "tests/support/catch.h"

using namespace ut::gba;

TEST_CASE("the alternative for the ME-based key is chosen as it stands", "[UA-1]") {
  const auto choice = choose_realm(
      "3GPP-bootstrapping-uicc@xcap.home1.net;3GPP-bootstrapping@XCAP.home1.net", "xcap.home1.net");
  CHECK(choice.verdict == RealmVerdict::usable);
  CHECK(choice.realm == "3GPP-bootstrapping@XCAP.home1.net");
  CHECK(choose_realm("3GPP-bootstrapping@xcap.home1.net", "XCAP.HOME1.NET.").realm ==
        "3GPP-bootstrapping@xcap.home1.net");
  CHECK(choose_realm(" 3GPP-bootstrapping@xcap.home1.net ; x", "xcap.home1.net").realm ==
        "3GPP-bootstrapping@xcap.home1.net");
}

TEST_CASE("a realm of another host is a mismatch", "[UA-1][UT-7]") {
  for (const auto* realm :
       {"3GPP-bootstrapping@evil.net", "3GPP-bootstrapping@xcap.home1.net.evil.net",
        "3GPP-bootstrapping@", "3GPP-bootstrapping@xcap.home1.net@evil.net",
        "3GPP-bootstrapping-uicc@evil.net", "3GPP-bootstrapping@evil.net;public"}) {
    INFO(realm);
    const auto choice = choose_realm(realm, "xcap.home1.net");
    CHECK(choice.verdict == RealmVerdict::host_mismatch);
    CHECK(choice.realm.empty());
  }
}

TEST_CASE("kinds that need the card's own key are told apart", "[UA-1]") {
  CHECK(choose_realm("3GPP-bootstrapping-uicc@xcap.home1.net", "xcap.home1.net").verdict ==
        RealmVerdict::unsupported);
  CHECK(choose_realm("3GPP-bootstrapping-digest@xcap.home1.net", "xcap.home1.net").verdict ==
        RealmVerdict::unsupported);
}

TEST_CASE("what only looks like the constant is no GBA realm", "[UA-1]") {
  for (const auto* realm :
       {"", ";", "xcap.home1.net", "3gpp-bootstrapping@xcap.home1.net", "3GPP-bootstrapping",
        "3GPP-bootstrapping-akma@xcap.home1.net", "X3GPP-bootstrapping@xcap.home1.net",
        "3GPP-bootstrappingx@xcap.home1.net", "3GPP-bootstrapping.xcap.home1.net"}) {
    INFO(realm);
    CHECK(choose_realm(realm, "xcap.home1.net").verdict == RealmVerdict::not_gba);
  }
}
