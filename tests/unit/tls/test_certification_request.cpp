#include "tls/certification_request.h"

#include "tests/support/catch.h"

#include <string>

using namespace ut;
using namespace ut::tls;

TEST_CASE("a certification request has a key of its own, both as PEM", "[UA-7]") {
  const auto first = make_certification_request("user1_private@home1.net");
  const auto second = make_certification_request("user1_private@home1.net");
  REQUIRE(first);
  REQUIRE(second);
  CHECK(first->request.starts_with("-----BEGIN CERTIFICATE REQUEST-----\n"));
  CHECK(as_text(first->key.expose()).starts_with("-----BEGIN EC PRIVATE KEY-----\n"));
  CHECK(first->request != second->request);
  CHECK(as_text(first->key.expose()) != as_text(second->key.expose()));
}

TEST_CASE("a name that a subject has no room for is left out", "[UA-7]") {
  CHECK(make_certification_request(std::string(63, 'a')).has_value());
  const auto longer = make_certification_request(std::string(64, 'a'));
  REQUIRE(longer);
  const auto longest = make_certification_request(std::string(5000, 'a'));
  REQUIRE(longest);
  CHECK(longest->request.size() <= longer->request.size() + 8);
}
