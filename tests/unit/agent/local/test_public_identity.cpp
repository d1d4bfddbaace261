#include "agent/local/public_identity.h"

#include "tests/support/catch.h"

using ut::local::canonical_identity;
using ut::local::percent_decoded;

TEST_CASE("equal public identities have one canonical form", "[API-3]") {
  CHECK(canonical_identity("sip:alice@home1.net") == "sip:alice@home1.net");
  CHECK(canonical_identity("SIP:alice@HOME1.Net") == "sip:alice@home1.net");
  CHECK(canonical_identity("sip%3Aalice%40home1.net") == "sip:alice@home1.net");
  CHECK(canonical_identity("sip:%61lice@home1.net") == "sip:alice@home1.net");
  CHECK(canonical_identity("sips:Alice@Home1.net;User=Phone") == "sips:Alice@home1.net;user=phone");
  CHECK(canonical_identity("tel:+1-201-555.01(23)") == "tel:+12015550123");
  CHECK(canonical_identity("TEL:%2B12015550123") == "tel:+12015550123");
  CHECK(canonical_identity("tel:7042;Phone-Context=Example.COM") ==
        "tel:7042;phone-context=example.com");
  CHECK(canonical_identity("tel:+1;ext=1-2") == "tel:+1;ext=1-2");
}

TEST_CASE("different public identities stay different", "[API-3]") {
  CHECK(canonical_identity("sip:Alice@home1.net") != canonical_identity("sip:alice@home1.net"));
  CHECK(canonical_identity("sip:a@home1.net") != canonical_identity("sips:a@home1.net"));
  CHECK(canonical_identity("sip:a-b@home1.net") != canonical_identity("sip:ab@home1.net"));
  CHECK(canonical_identity("sip:a@home1.net") != canonical_identity("a@home1.net"));
  CHECK(canonical_identity("Alice") == "Alice");
  CHECK(canonical_identity("x:Y") == "x:Y");
  // Decoded once only: what is encoded twice is another identity.
  CHECK(canonical_identity("sip:%2561lice@home1.net") == "sip:%61lice@home1.net");
}

TEST_CASE("percent-decoding refuses broken sequences", "[API-3]") {
  CHECK(percent_decoded("a%20b") == "a b");
  CHECK_FALSE(percent_decoded("%"));
  CHECK_FALSE(percent_decoded("a%2"));
  CHECK_FALSE(percent_decoded("%g0"));
  CHECK(canonical_identity("sip:%zz@HOME") == "sip:%zz@home");
}
