#include "tests/support/catch.h"

#include "tools/ut-lab/faults.h"
#include "tools/ut-lab/http.h"
#include "tools/ut-lab/naf.h"

using namespace ut::lab;

TEST_CASE("product tokens are whole words", "[UA-5]") {
  CHECK(has_product_token("ut-agent/0.1 3gpp-gba", "3gpp-gba"));
  CHECK(has_product_token("SCEnrolmentAgent; Release-6 3gpp-gba", "3gpp-gba"));
  CHECK(has_product_token("3GPP-GBA/1", "3gpp-gba"));
  CHECK_FALSE(has_product_token("ut-agent 3gpp-gba-uicc", "3gpp-gba"));
  CHECK_FALSE(has_product_token("x3gpp-gba", "3gpp-gba"));
  CHECK_FALSE(has_product_token("", "3gpp-gba"));
}

TEST_CASE("answers carry a length except where there is no body", "[XC-2]") {
  CHECK(serialise({200, {{"A", "b"}}, "xy"}, false, true) ==
        "HTTP/1.1 200 OK\r\nA: b\r\nContent-Length: 2\r\n\r\nxy");
  CHECK(serialise({200, {}, "xy"}, true, false) ==
        "HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 2\r\n\r\n");
  CHECK(serialise({304, {}, "xy"}, false, true) == "HTTP/1.1 304 Not Modified\r\n\r\n");
  CHECK(serialise({204, {}, {}}, false, true) == "HTTP/1.1 204 No Content\r\n\r\n");
}

TEST_CASE("percent-encoding is decoded once and strictly", "[XC-2]") {
  CHECK(percent_decoded("a%20b%2525") == "a b%25");
  CHECK_FALSE(percent_decoded("%"));
  CHECK_FALSE(percent_decoded("%2"));
  CHECK_FALSE(percent_decoded("%zz"));
}

TEST_CASE("identities may be quoted or bare, one or several", "[UA-8]") {
  using Identities = std::vector<std::string>;
  CHECK(parse_identities("\"sip:a@b\"") == Identities{"sip:a@b"});
  CHECK(parse_identities("\"sip:a@b\", \"tel:+1\"") == Identities{"sip:a@b", "tel:+1"});
  CHECK(parse_identities("sip:a@b ,tel:+1") == Identities{"sip:a@b", "tel:+1"});
  for (const auto* wrong : {"", "\"", "\"\"", "\"a\" b", "a b", "a,", ",a", "a\"b"}) {
    INFO(wrong);
    CHECK_FALSE(parse_identities(wrong));
  }
}

TEST_CASE("a fault happens as often as asked, where asked", "[UB-2]") {
  Faults faults;
  faults.set({.fault = Fault::forbidden, .remaining = 2, .naf = "a"});
  CHECK_FALSE(faults.take(Fault::forbidden, "b"));
  CHECK_FALSE(faults.take(Fault::server_error, "a"));
  CHECK(faults.is_set(Fault::forbidden, "a"));
  CHECK(faults.take(Fault::forbidden, "a"));
  CHECK(faults.take(Fault::forbidden, "a"));
  CHECK_FALSE(faults.take(Fault::forbidden, "a"));
  faults.set({.fault = Fault::forbidden});
  CHECK(faults.take(Fault::forbidden, "b"));
  CHECK(faults.take(Fault::forbidden, "b"));
  faults.set({.fault = Fault::forbidden, .remaining = 0});
  CHECK_FALSE(faults.is_set(Fault::forbidden, "b"));
}

TEST_CASE("every fault is listed under its own name", "[UB-2]") {
  for (const auto& each : all_faults()) {
    INFO(each.name);
    CHECK(name(each.fault) == each.name);
    CHECK(fault_named(each.name) == each.fault);
  }
  CHECK(all_faults().back().fault == Fault::psk_several_hints);
  CHECK_FALSE(fault_named("none"));
}
