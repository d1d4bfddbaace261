#include "tools/utctl/web/admission.h"

#include "tests/support/catch.h"

#include <string>

using namespace ut;
using namespace ut::utctl::web;

namespace {

constexpr std::string_view kAuthority = "127.0.0.1:40123";

// A session that is open, and requests of its page.
struct Opened {
  Opened() {
    REQUIRE(session.exchange(as_text(session.link_token().expose())) == Session::Exchange::opened);
    cookie = std::string(kCookieName) + "=" + std::string(as_text(session.cookie().expose()));
    target = session.path();
    request = {.method = "GET", .target = target, .host = kAuthority, .cookie = cookie};
  }
  std::expected<Resource, Refusal> admit_now() const { return admit(request, kAuthority, session); }
  unsigned refused() const {
    const auto admitted = admit_now();
    return admitted ? 0 : admitted.error().status;
  }

  SystemRandom random{};
  Session session{random};
  std::string cookie{};
  std::string target{};
  PageRequest request{};
};

}  // namespace

TEST_CASE("the session gets page, status and events", "[API-5]") {
  Opened opened;
  CHECK(opened.admit_now() == Resource::page);
  const auto status = opened.target + "status";
  opened.request.target = status;
  CHECK(opened.admit_now() == Resource::status);
  const auto events = opened.target + "events";
  opened.request.target = events;
  opened.request.fetch_site = "same-origin";
  opened.request.origin = "http://127.0.0.1:40123";
  CHECK(opened.admit_now() == Resource::events);
}

TEST_CASE("what tells nothing of the agent needs no session", "[API-5]") {
  Opened opened;
  opened.request.cookie = {};
  opened.request.target = "/page.css";
  CHECK(opened.admit_now() == Resource::style);
  opened.request.target = "/page.js";
  CHECK(opened.admit_now() == Resource::script);
  opened.request.target = "/icon.svg";
  CHECK(opened.admit_now() == Resource::icon);
  opened.request.target = "/open/abc";
  CHECK(opened.admit_now() == Resource::link);
  CHECK(link_token_of("/open/abc") == "abc");
}

TEST_CASE("without the cookie there is no status", "[API-5]") {
  Opened opened;
  for (const auto* name : {"", "status", "events"}) {
    const auto target = opened.session.path() + name;
    opened.request.target = target;
    opened.request.cookie = {};
    CHECK(opened.refused() == 403);
    opened.request.cookie = "ut_status=0";
    CHECK(opened.refused() == 403);
  }
}

TEST_CASE("another Host than that of the link is refused: the name is rebound", "[API-5]") {
  Opened opened;
  for (const auto* host : {"evil.example", "evil.example:40123", "localhost:40123", "127.0.0.1",
                           "127.0.0.1:40124", "127.0.0.1:40123.", "[::1]:40123", ""}) {
    INFO(host);
    opened.request.host = host;
    CHECK(opened.refused() == 421);
  }
  opened.request.host = std::nullopt;
  CHECK(opened.refused() == 421);
  opened.request.target = "/page.css";
  CHECK(opened.refused() == 421);
}

TEST_CASE("pages of other origins are refused", "[API-5]") {
  Opened opened;
  for (const auto* origin : {"http://evil.example", "null", "https://127.0.0.1:40123",
                             "http://127.0.0.1:40124", "http://127.0.0.1", ""}) {
    INFO(origin);
    opened.request.origin = origin;
    CHECK(opened.refused() == 403);
  }
  opened.request.origin = std::nullopt;
  for (const auto* site : {"cross-site", "same-site", "anything"}) {
    INFO(site);
    opened.request.fetch_site = site;
    CHECK(opened.refused() == 403);
  }
  opened.request.fetch_site = "none";
  CHECK(opened.admit_now() == Resource::page);
}

TEST_CASE("the link may be opened from another page, such as a mail", "[API-5]") {
  Opened opened;
  opened.request.target = "/open/abc";
  opened.request.fetch_site = "cross-site";
  CHECK(opened.admit_now() == Resource::link);
  opened.request.origin = "http://evil.example";
  CHECK(opened.refused() == 403);
}

TEST_CASE("the page can only be looked at", "[API-5]") {
  Opened opened;
  for (const auto* method : {"POST", "PUT", "DELETE", "HEAD", "OPTIONS", "CONNECT", "get"}) {
    INFO(method);
    opened.request.method = method;
    CHECK(opened.refused() == 405);
  }
  opened.request.method = "GET";
  opened.request.has_body = true;
  CHECK(opened.refused() == 400);
}

TEST_CASE("nothing of the agent is there but its status and events", "[API-5]") {
  Opened opened;
  const auto path = opened.session.path();
  for (const auto& target :
       {std::string("/"), std::string("/status"), std::string("/forget"), path + "forget",
        path + "status/", path + "status?x=1", path + "../status", "http://127.0.0.1:40123" + path,
        std::string("/favicon.ico"), std::string()}) {
    INFO(target);
    opened.request.target = target;
    CHECK(opened.refused() == 404);
  }
}

TEST_CASE("who opens a link a second time reads what to do", "[API-5]") {
  CHECK(refusal_of(Session::Exchange::used_before).title == "This link was used before");
  CHECK(refusal_of(Session::Exchange::unknown).title == "This link is not known");
  CHECK(refusal_of(Session::Exchange::used_before).advice.find("Ctrl-C") != std::string::npos);
}
