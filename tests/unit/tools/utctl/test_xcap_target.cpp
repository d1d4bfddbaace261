#include "tools/utctl/xcap_target.h"

#include "tests/support/catch.h"
#include "tools/utctl/list_commands.h"

using namespace ut;
using namespace ut::utctl;

namespace {

const XcapHome kHome{"http://xcap.home1.net/", "sip:me@home1.net"};

std::string uri(std::string_view address) {
  auto found = uri_of(address, kHome);
  return found ? *std::move(found) : std::string(name(found.error().code));
}

}  // namespace

TEST_CASE("short addresses are below the user's own folder", "[XC-1][XC-2]") {
  CHECK(uri("pres-rules/index") == "http://xcap.home1.net/pres-rules/users/sip:me@home1.net/index");
  CHECK(uri("pres-rules/users/sip:me@home1.net/index") ==
        "http://xcap.home1.net/pres-rules/users/sip:me@home1.net/index");
  CHECK(uri("xcap-caps/global/index") == "http://xcap.home1.net/xcap-caps/global/index");
  CHECK(uri("resource-lists/index/~~/resource-lists/list[@name=\"friends\"]/entry[1]") ==
        "http://xcap.home1.net/resource-lists/users/sip:me@home1.net/index/~~/resource-lists/"
        "list%5B@name=%22friends%22%5D/entry%5B1%5D");
  CHECK(
      uri("pres-rules/index/~~/p:ruleset?xmlns(p=urn:x)") ==
      "http://xcap.home1.net/pres-rules/users/sip:me@home1.net/index/~~/p:ruleset?xmlns(p=urn:x)");
}

TEST_CASE("whole URIs are taken as they are, https as what the agent makes of it", "[XC-2]") {
  CHECK(uri("http://naf.home1.net/a%20b/users/x") == "http://naf.home1.net/a%20b/users/x");
  CHECK(uri("https://naf.home1.net:8443/a b") == "http://naf.home1.net:8443/a%20b");
  CHECK(uri("http://naf/100%") == "http://naf/100%25");
}

TEST_CASE("an XUI is one segment whatever is in it", "[XC-2]") {
  CHECK(uri_of("pres-rules/index", {"https://h.net/root/", "tel:+49/1?2#3%4"}) ==
        "http://h.net/root/pres-rules/users/tel:+49%2F1%3F2%233%254/index");
}

TEST_CASE("what is no address is refused", "[XC-2]") {
  for (const char* address : {"", "index", "/pres-rules/index", "pres-rules/", "ftp://h/a",
                              "http://h", "http:///a", "http://user@h/a", "a/b\nc", "a/b\x7f"}) {
    CAPTURE(address);
    CHECK(uri(address) == "input-malformed");
  }
}

TEST_CASE("the media type follows from the node or the AUID", "[XC-2]") {
  CHECK(media_type_of(uri("pres-rules/index")) == "application/auth-policy+xml");
  CHECK(media_type_of(uri("org.openmobilealliance.pres-rules/pres-rules")) ==
        "application/auth-policy+xml");
  CHECK(media_type_of(uri("resource-lists/index")) == "application/resource-lists+xml");
  CHECK(media_type_of(uri("rls-services/index")) == "application/rls-services+xml");
  CHECK(media_type_of(uri("rls-services/index/~~/rls-services/service[1]")) ==
        "application/xcap-el+xml");
  CHECK(media_type_of(uri("rls-services/index/~~/rls-services/service[1]/@uri")) ==
        "application/xcap-att+xml");
  CHECK(media_type_of(uri("other/index")) == std::nullopt);
}

TEST_CASE("the home is that of the subscriber in what the agent says", "[XC-1]") {
  const std::string said =
      R"({"subscribers":[{"name":"default","root":"http://a.net/","root_from":"card","identities":["sip:a@a.net"]},)"
      R"({"name":"work","problem":"urn:ut-agent:problem:card-absent","detail":"x"},)"
      R"({"name":"odd","root":null,"root_from":null,"identities":["sip:b@b"]}]})";
  const auto home = [&](std::string_view subscriber) {
    return home_from(as_bytes(said), subscriber);
  };
  REQUIRE(home(""));
  CHECK(home("")->root == "http://a.net/");
  CHECK(home("default")->xui == "sip:a@a.net");
  CHECK(home("work").error().code == ErrorCode::card_absent);
  CHECK(home("odd").error().code == ErrorCode::input_malformed);
  CHECK(home("nobody").error().code == ErrorCode::input_malformed);
  for (const char* bad : {"", "{}", "[]", R"({"subscribers":[{}]})",
                          R"({"subscribers":[{"name":"d","root":"http://a/","identities":[]}]})",
                          R"({"subscribers":[{"name":"d","problem":"other"}]})"}) {
    CAPTURE(bad);
    CHECK(home_from(as_bytes(std::string_view(bad)), "").error().code ==
          ErrorCode::agent_unreachable);
  }
}

TEST_CASE("people are named by URIs in one form", "[XC-2]") {
  CHECK(person_uri("SIP:bob@Home1.NET") == "sip:bob@home1.net");
  CHECK(person_uri("tel:+49-(160) 1").error().code == ErrorCode::input_malformed);
  CHECK(person_uri("tel:+49-160-1") == "tel:+491601");
  CHECK(person_uri("pres:bob@home1.net") == "pres:bob@home1.net");
  for (const char* bad :
       {"", "bob", "bob@home1.net", "sip:", "sip:@home1.net", "sip:bob@", "tel:", "tel:+",
        "tel:110", "tel:+abx", "http://x/", "sip:a b@c", "sip:a@b@c", "sip:<a>@b", "sip:a\"@b"}) {
    CAPTURE(bad);
    CHECK(person_uri(bad).error().code == ErrorCode::input_malformed);
  }
  CHECK(person_uri("bob@home1.net").error().detail.contains("sip:"));
  CHECK(person_uri("sip:" + std::string(600, 'a') + "@b").error().code ==
        ErrorCode::input_malformed);
}
