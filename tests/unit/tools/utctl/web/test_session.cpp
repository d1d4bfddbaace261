#include "tools/utctl/web/session.h"

#include "tests/support/catch.h"

#include <string>

using namespace ut;
using namespace ut::utctl::web;

namespace {

Session fresh() {
  SystemRandom random;
  return Session(random);
}

std::string link_of(const Session& session) {
  return std::string(as_text(session.link_token().expose()));
}

std::string cookie_of(const Session& session) {
  return std::string(kCookieName) + "=" + std::string(as_text(session.cookie().expose()));
}

}  // namespace

TEST_CASE("link, cookie and path of the status page are random", "[API-5]") {
  const auto one = fresh();
  const auto two = fresh();
  CHECK(link_of(one).size() == 2 * Session::kTokenOctets);
  CHECK(one.cookie().size() == 2 * Session::kTokenOctets);
  CHECK(one.path().size() == 34);
  CHECK(one.path().front() == '/');
  CHECK(one.path().back() == '/');
  CHECK(link_of(one) != link_of(two));
  CHECK(cookie_of(one) != cookie_of(two));
  CHECK(one.path() != two.path());
  CHECK(link_of(one) != as_text(one.cookie().expose()));
}

TEST_CASE("a link opens the session once", "[API-5]") {
  auto session = fresh();
  CHECK_FALSE(session.is_open());
  CHECK(session.exchange("") == Session::Exchange::unknown);
  CHECK(session.exchange(link_of(session).substr(1)) == Session::Exchange::unknown);
  CHECK(session.exchange(as_text(session.cookie().expose())) == Session::Exchange::unknown);
  CHECK_FALSE(session.is_open());
  CHECK(session.exchange(link_of(session)) == Session::Exchange::opened);
  CHECK(session.is_open());
  CHECK(session.exchange(link_of(session)) == Session::Exchange::used_before);
  CHECK(session.exchange("x") == Session::Exchange::unknown);
}

TEST_CASE("the session is its cookie's alone", "[API-5]") {
  auto session = fresh();
  const auto cookie = cookie_of(session);
  CHECK_FALSE(session.holds(cookie));  // nobody has used the link
  REQUIRE(session.exchange(link_of(session)) == Session::Exchange::opened);
  CHECK(session.holds(cookie));
  CHECK(session.holds("other=1; " + cookie + "; more=2"));
  CHECK(session.holds("other=1;" + cookie));
  for (const auto& field :
       {std::string(), std::string("x"), std::string(kCookieName) + "=", "x" + cookie, cookie + "0",
        cookie.substr(0, cookie.size() - 1), std::string(kCookieName) + "=" + link_of(session),
        std::string(kCookieName) + "; " + cookie.substr(kCookieName.size() + 1)}) {
    INFO(field);
    CHECK_FALSE(session.holds(field));
  }
}
