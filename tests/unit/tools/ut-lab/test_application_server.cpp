#include "tests/support/catch.h"

#include "tools/ut-lab/application_server.h"

using namespace ut::lab;

namespace {

Request get(std::vector<HeaderField> headers, std::string target = "/lab/echo") {
  return {.method = "GET", .target = std::move(target), .headers = std::move(headers), .body = {}};
}

const HeaderField kIdentity{"X-3GPP-Asserted-Identity", "\"sip:user1@home1.net\""};

}  // namespace

TEST_CASE("an application server believes the identity that its proxy asserts alone", "[UA-8]") {
  Stats stats;
  ApplicationServer server("one.home1.net", "", stats);
  CHECK(server.answer(get({kIdentity}), true).status == 200);
  CHECK(server.answer(get({kIdentity}), false).status == 403);
  CHECK(server.answer(get({}), true).status == 403);
  CHECK(server.answer(get({kIdentity, kIdentity}), true).status == 403);
  CHECK(server.answer(get({{kIdentity.name, "\"\""}}), true).status == 403);
  const auto& counted = stats.application_servers["one.home1.net"];
  CHECK(counted.requests == 5);
  CHECK(counted.refused == 4);
  CHECK(counted.asserted_identities == Counts{{"sip:user1@home1.net", 1}});
}

TEST_CASE("documents of an application server are those of the asserted identity", "[UA-8]") {
  Stats stats;
  ApplicationServer server("one.home1.net", "", stats);
  auto put = get({kIdentity, {"Content-Type", "application/auth-policy+xml"}},
                 "/pres-rules/users/sip:user1@home1.net/index");
  put.method = "PUT";
  put.body = "<ruleset/>";
  CHECK(server.answer(put, true).status == 201);
  put.headers.front().value = "\"sip:mallory@home1.net\"";
  CHECK(server.answer(put, true).status == 403);
  server.forget_documents();
  CHECK(server.answer(get({kIdentity}, put.target), true).status == 404);
}

TEST_CASE("a proxy sends neither credentials nor a terminal's assertion on", "[UA-8]") {
  const auto sent = forwarded(get({{"Host", "one.home1.net"},
                                   {"authorization", "Digest username=\"me\""},
                                   {"x-3gpp-asserted-identity", "\"sip:mallory@home1.net\""},
                                   {"X-3GPP-Intended-Identity", "\"sip:user1@home1.net\""},
                                   {"Connection", "keep-alive"},
                                   {"If-Match", "\"a\""}}),
                              "sip:user1@home1.net", "one.home1.net");
  CHECK(find_header(sent.headers, "Authorization") == nullptr);
  CHECK(find_header(sent.headers, "X-3GPP-Intended-Identity") == nullptr);
  CHECK(find_header(sent.headers, "Connection") == nullptr);
  CHECK(count_headers(sent.headers, kAssertedIdentity) == 1);
  CHECK(*find_header(sent.headers, kAssertedIdentity) == "\"sip:user1@home1.net\"");
  CHECK(*find_header(sent.headers, "If-Match") == "\"a\"");
  CHECK(*find_header(sent.headers, "Host") == "one.home1.net");
}
