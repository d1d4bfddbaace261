#include "agent/local/request_headers.h"

#include "tests/support/catch.h"

using ut::local::field_use;
using ut::local::FieldUse;
using ut::local::is_browser;
using ut::local::without_gba_tokens;

TEST_CASE("fields that must not leave are not forwarded", "[API-7]") {
  for (const char* name :
       {"Authorization", "authorization", "AUTHORIZATION", "Proxy-Connection", "Keep-Alive", "TE",
        "Trailer", "Upgrade", "HTTP2-Settings", "Forwarded", "Via", "X-Forwarded-For",
        "x-forwarded-host", "X-3GPP-Asserted-Identity", "x-3gpp-asserted-identity",
        "X-XCAP-Asserted-Identity", "Proxy-Authenticate"}) {
    INFO(name);
    CHECK(field_use(name) == FieldUse::drop);
  }
  CHECK(field_use("Proxy-Authorization") == FieldUse::proxy_authorization);
  CHECK(field_use("Connection") == FieldUse::connection);
  CHECK(field_use("Host") == FieldUse::host);
  CHECK(field_use("X-3GPP-Intended-Identity") == FieldUse::intended_identity);
}

TEST_CASE("end-to-end fields are forwarded", "[API-7][XC-2]") {
  for (const char* name :
       {"If-Match", "If-None-Match", "Content-Type", "Accept", "ETag", "Range", "X-Anything",
        "Authorization-Info", "Hos", "Hosts", "Second", "X-3GPP-Other", ""}) {
    INFO(name);
    CHECK(field_use(name) == FieldUse::forward);
  }
}

TEST_CASE("fields that browsers alone send mark a web page", "[API-5]") {
  for (const char* name : {"Origin", "origin", "Cookie", "Sec-Fetch-Site", "Sec-GPC", "Referer",
                           "Upgrade-Insecure-Requests", "sec-fetch-mode",
                           "Access-Control-Request-Method", "Access-Control-Request-Headers"}) {
    INFO(name);
    CHECK(field_use(name) == FieldUse::web_page);
  }
}

TEST_CASE("browsers are told by their User-Agent", "[API-5]") {
  for (const char* name : {"Mozilla/5.0 (X11; Linux x86_64) Gecko/20100101 Firefox/140.0",
                           "Mozilla/5.0 (compatible)", "mozilla/4.0"}) {
    INFO(name);
    CHECK(is_browser(name));
  }
  for (const char* name : {"", "curl/7.88.1", "Mozilla", "App/1.0 (like Mozilla/5.0)"}) {
    INFO(name);
    CHECK_FALSE(is_browser(name));
  }
}

TEST_CASE("an application cannot claim GBA product tokens", "[API-7][UA-5]") {
  CHECK(without_gba_tokens("App/1.0") == "App/1.0");
  CHECK(without_gba_tokens("App/1.0 3gpp-gba") == "App/1.0");
  CHECK(without_gba_tokens("3gpp-gba-uicc  App/1.0 (x y) 3GPP-GBA-tmpi z") == "App/1.0 (x y) z");
  CHECK(without_gba_tokens("3gpp-gba").empty());
  CHECK(without_gba_tokens("").empty());
}

TEST_CASE("an underscore for a dash does not get a field through", "[API-7][UA-8]") {
  for (const char* name :
       {"X_3GPP_Asserted_Identity", "x-3gpp_asserted-identity", "X_3GPP_Intended_Identity",
        "Content_Length", "Transfer_Encoding", "User_Agent", "X_Forwarded_For"}) {
    INFO(name);
    CHECK(field_use(name) == FieldUse::drop);
  }
  CHECK(field_use("Sec_Fetch_Site") == FieldUse::web_page);
  CHECK(field_use("If_Match") == FieldUse::forward);
  CHECK(field_use("My_Field") == FieldUse::forward);
}
