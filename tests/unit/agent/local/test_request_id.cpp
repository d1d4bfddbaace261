// The id of a request: made or taken over, told to the application, and nobody else.
#include "agent/cause.h"
#include "agent/local/request_headers.h"
#include "tests/support/catch.h"
#include "tests/unit/agent/local/test_server.h"

#include <nlohmann/json.hpp>

#include <set>
#include <string>

using namespace ut;
using namespace ut::local;
using namespace ut::local::test;
using ports::RequestId;

namespace {

std::string asked(std::string_view fields = {}) {
  return "GET http://xcap.home1.net/pres-rules/users/sip:alice@home1.net/index HTTP/1.1\r\n"
         "Host: xcap.home1.net\r\n" +
         std::string(fields) + "\r\n";
}

std::string id_in(const Response& response) {
  constexpr std::string_view kField = "Ut-Request-Id: ";
  const auto at = response.header.find(kField);
  if (at == std::string::npos) {
    return {};
  }
  const auto begin = at + kField.size();
  return response.header.substr(begin, response.header.find("\r\n", begin) - begin);
}

}  // namespace

TEST_CASE("each request has an id of its own", "[API-8]") {
  std::set<std::string> ids;
  for (int i = 0; i < 100; ++i) {
    const auto id = RequestId::next();
    CHECK(id.view().find_first_not_of("0123456789abcdef") == std::string_view::npos);
    CHECK(id.view().size() == 16);
    ids.emplace(id.view());
  }
  CHECK(ids.size() == 100);
  CHECK(RequestId().view() == "-");
}

TEST_CASE("an id that an application chose is short and harmless, or none", "[API-8]") {
  for (const char* text : {"a", "4711-a", "6ba7b810-9dad-11d1-80b4-00c04fd430c8", "A_b.9"}) {
    INFO(text);
    REQUIRE(RequestId::from(text));
    CHECK(RequestId::from(text)->view() == text);
  }
  for (const char* text :
       {"", "a b", "a=b", "\"", "a\n", "\xc3\xa4", "6ba7b810-9dad-11d1-80b4-00c04fd430c8x"}) {
    INFO(text);
    CHECK_FALSE(RequestId::from(text));
  }
}

TEST_CASE("the id is in each answer and stays in the terminal", "[API-7][API-8]") {
  TestServer server;
  auto client = server.connect();
  CHECK(id_in(client.send(asked("X-Request-Id: mine\r\n")).receive()) == "mine");
  CHECK(id_in(client.send(asked()).receive()).size() == 16);
  CHECK(id_in(client.send(asked("X-Request-Id: no good\r\n")).receive()).size() == 16);
  const auto requests = server.gateway.requests();
  REQUIRE(requests.size() == 3);
  CHECK(requests[0].cause.id.view() == "mine");
  CHECK(requests[0].cause.asker->application == "app");
  CHECK(requests[0].cause.asker->uid == ::geteuid());
  CHECK(requests[0].cause.asker->pid == ::getpid());
  for (const auto& request : requests) {
    for (const auto& field : request.headers) {
      CHECK_FALSE(same_name(field.name, "X-Request-Id"));
      CHECK_FALSE(same_name(field.name, "Ut-Request-Id"));
    }
  }
}

TEST_CASE("a problem document has the id of its request", "[API-4][API-8]") {
  TestServer server;
  auto client = server.connect();
  const auto denied = client
                          .send(
                              "GET http://other.home1.net/pres-rules/x HTTP/1.1\r\nHost: "
                              "other.home1.net\r\nX-Request-Id: mine\r\n\r\n")
                          .receive();
  CHECK(id_in(denied) == "mine");
  CHECK(nlohmann::json::parse(denied.body)["request_id"] == "mine");
  auto broken = server.connect();
  const auto refused = broken.send("GET\r\n\r\n").receive();
  CHECK(id_in(refused).size() == 16);
  CHECK(nlohmann::json::parse(refused.body)["request_id"] == id_in(refused));
}
