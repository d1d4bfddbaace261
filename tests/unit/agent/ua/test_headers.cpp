#include "agent/ua/headers.h"
#include "tests/support/catch.h"

#include <algorithm>

namespace ut::ua {
namespace {

bool forwarded(std::string_view name) {
  return !is_dropped(Direction::request, name, {});
}

bool returned(std::string_view name) {
  return !is_dropped(Direction::response, name, {});
}

}  // namespace

TEST_CASE("fields that end in the agent are never forwarded", "[API-7]") {
  for (const char* name : {"Authorization",
                           "PROXY-AUTHORIZATION",
                           "Proxy-Connection",
                           "Connection",
                           "Keep-Alive",
                           "TE",
                           "Trailer",
                           "Transfer-Encoding",
                           "Upgrade",
                           "Forwarded",
                           "X-Forwarded-For",
                           "X-Forwarded-Host",
                           "Via",
                           "X-3GPP-Asserted-Identity",
                           "X-3GPP-Intended-Identity",
                           "x_3gpp_asserted_identity",
                           "X-3GPP_Asserted-Identity",
                           "X-XCAP-Asserted-Identity",
                           "Expect",
                           "Host",
                           "Content-Length",
                           "Cookie",
                           "Accept-Encoding",
                           "HTTP2-Settings"}) {
    CAPTURE(name);
    CHECK_FALSE(forwarded(name));
  }
  for (const char* name : {"If-Match", "If-None-Match", "Content-Type", "Accept", "Range",
                           "X-Application", "Proxy", "Tea", "Viaduct"}) {
    CAPTURE(name);
    CHECK(forwarded(name));
  }
}

TEST_CASE("fields of authentication and of the hop are never returned", "[API-7]") {
  for (const char* name :
       {"WWW-Authenticate", "authentication-info", "Proxy-Authenticate",
        "Proxy-Authentication-Info", "Set-Cookie", "Set_Cookie", "Set-Cookie2", "Connection",
        "Transfer-Encoding", "Trailer", "Alt-Svc", "Strict-Transport-Security"}) {
    CAPTURE(name);
    CHECK_FALSE(returned(name));
  }
  for (const char* name : {"ETag", "Content-Type", "Location", "Last-Modified", "Date", "Server"}) {
    CAPTURE(name);
    CHECK(returned(name));
  }
}

TEST_CASE("what Connection names is dropped in both directions", "[API-7]") {
  const ports::HeaderFields fields = {{"Connection", "close, X-Hop"},
                                      {"connection", "Other"},
                                      {"X-Hop", "1"},
                                      {"OTHER", "2"},
                                      {"X-End", "3"}};
  const auto passed = request_fields(fields, "agent", true);
  REQUIRE(passed);
  CHECK(passed->lines == "X-End: 3\r\n");
  const auto back = response_fields(fields);
  REQUIRE(back.size() == 1);
  CHECK(back[0].name == "X-End");
}

TEST_CASE("the table is in order and names each field once", "[API-7]") {
  const auto table = header_table();
  CHECK(std::ranges::is_sorted(table, {}, &HeaderRule::name));
  CHECK(std::ranges::adjacent_find(table, {}, &HeaderRule::name) == table.end());
  for (const auto& rule : table) {
    CHECK((rule.in_request || rule.in_response));
    CHECK_FALSE(rule.reason.empty());
  }
}

TEST_CASE("User-Agent carries our product token and none of the application's", "[UA-5][API-7]") {
  CHECK(user_agent("", "ut-agent", true) == "ut-agent 3gpp-gba");
  CHECK(user_agent("curl/7.88.1", "ut-agent", true) == "curl/7.88.1 3gpp-gba");
  CHECK(user_agent("app/1 3gpp-gba-uicc", "x", true) == "app/1 3gpp-gba");
  CHECK(user_agent("3GPP-GBA-digest 3gpp-akma/2.0 app", "x", true) == "app 3gpp-gba");
  CHECK(user_agent("3gpp-gba", "x", true) == "x 3gpp-gba");
  // AKA on Ut is none of GBA.
  CHECK(user_agent("app/1 3gpp-gba", "x", false) == "app/1");
  CHECK(user_agent("", "x", false) == "x");
  for (const char* sly : {"app (3gpp-gba-uicc)", "x3gpp-gba-uicc", "3gp3gpp-gbap-gba-uicc",
                          "a 3gpp-gba-uicc/3gpp-gba-uicc b", "3gpp-3gpp-gba-uicc"}) {
    CAPTURE(sly);
    const auto agent = user_agent(sly, "x", true);
    CHECK(agent.find("uicc") == std::string::npos);
    CHECK(agent.find("3gpp-") == agent.size() - 8);
  }
}

TEST_CASE("identities are quoted and nothing can break out of the quotes", "[UA-8]") {
  std::string lines = "A: b\r\n";
  CHECK(append_identity_line(lines, "X", "sip:a@b"));
  for (const char* bad : {"", "sip:a\"b", "a b", "a\\b", "a\r\nX: y", "sip:\xc3\xa9@b"}) {
    CHECK_FALSE(append_identity_line(lines, "X", bad));
  }
  CHECK(lines == "A: b\r\nX: \"sip:a@b\"\r\n");
}

TEST_CASE("names and values with control octets are refused", "[API-7]") {
  CHECK(is_valid_field("A", "b\tc"));
  CHECK(is_valid_field("A", "\xc3\xa9"));
  CHECK(is_valid_field("A", ""));
  for (const char* name : {"", "A B", "A:", "A\r", "\xc3\xa9", "A("}) {
    CHECK_FALSE(is_valid_field(name, "b"));
  }
  for (const char* value : {"a\rb", "a\nb", "\x01", "\x7f"}) {
    CHECK_FALSE(is_valid_field("A", value));
  }
  CHECK_FALSE(is_valid_field("A", std::string_view("a\0", 2)));
}

TEST_CASE("only an origin form may stand in the request line", "[API-7]") {
  CHECK(is_valid_target("/"));
  CHECK(is_valid_target("/a%5B1%5D/~~/b?c=d&e=%22"));
  for (const char* bad :
       {"", "*", "a", "http://a/", "/a b", "/a\t", "/a\r\n", "/\x7f", "/#f", "/\xc3\xa9"}) {
    CHECK_FALSE(is_valid_target(bad));
  }
}

}  // namespace ut::ua
