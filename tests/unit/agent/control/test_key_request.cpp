#include "agent/control/key_request.h"

#include "tests/support/catch.h"

#include <string>

using namespace ut;
using namespace ut::control;

TEST_CASE("a request for a key names NAF and Ua protocol", "[KEY-5]") {
  const auto plain =
      parse_key_request(R"({"naf": "KMS.home1.net.", "ua_protocol_id": "01000000FF"})");
  REQUIRE(plain.has_value());
  CHECK(plain->naf_id.fqdn() == "kms.home1.net");
  CHECK(plain->naf_id.ua().to_text() == "01000000ff");
  CHECK(plain->with_key);
  CHECK_FALSE(plain->force_bootstrapping);
  const auto full = parse_key_request(
      R"({"force_bootstrapping":true,"with_key":false,"ua_protocol_id":"0100000006","naf":"a.b"})");
  REQUIRE(full.has_value());
  CHECK_FALSE(full->with_key);
  CHECK(full->subscriber.empty());
  CHECK(parse_key_request(R"({"naf": "a.b", "ua_protocol_id": "0100000006", "subscriber": "work"})")
            ->subscriber == "work");
  CHECK(full->force_bootstrapping);
}

TEST_CASE("everything else is refused", "[KEY-5]") {
  const char* const wrong[] = {
      "",
      "{",
      "null",
      "[]",
      "{}",
      "\"kms.home1.net\"",
      R"({"naf": "a.b"})",
      R"({"ua_protocol_id": "0100000006"})",
      R"({"naf": "", "ua_protocol_id": "0100000006"})",
      R"({"naf": "192.0.2.1", "ua_protocol_id": "0100000006"})",
      R"({"naf": "a.b/c", "ua_protocol_id": "0100000006"})",
      R"({"naf": "a.b\u0000", "ua_protocol_id": "0100000006"})",
      R"({"naf": 7, "ua_protocol_id": "0100000006"})",
      R"({"naf": "a.b", "ua_protocol_id": 100000006})",
      R"({"naf": "a.b", "ua_protocol_id": "010000000"})",
      R"({"naf": "a.b", "ua_protocol_id": "0100000006", "with_key": "no"})",
      R"({"naf": "a.b", "ua_protocol_id": "0100000006", "force_bootstrapping": 1})",
      R"({"naf": "a.b", "ua_protocol_id": "0100000006", "more": true})",
      R"({"naf": "a.b", "ua_protocol_id": "0100000006", "subscriber": 1})",
      R"({"naf": "a.b", "ua_protocol_id": "0100000006", "naf": "c.d"})",
      R"({"naf": "a.b", "ua_protocol_id": "0100000006"} {})",
      R"([{"naf": "a.b", "ua_protocol_id": "0100000006"}])",
      "{\"naf\": \"\xff.b\", \"ua_protocol_id\": \"0100000006\"}",
  };
  for (const char* body : wrong) {
    INFO(body);
    const auto request = parse_key_request(body);
    REQUIRE_FALSE(request.has_value());
    CHECK(request.error().code == ErrorCode::request_body_malformed);
  }
  CHECK_FALSE(parse_key_request(std::string(4096, '[')).has_value());
}

TEST_CASE("a request to forget names a subscriber, or is empty", "[KEY-3]") {
  CHECK(parse_forget_request("") == std::string());
  CHECK(parse_forget_request("{}") == std::string());
  CHECK(parse_forget_request(R"({"subscriber": "work"})") == std::string("work"));
  for (const char* body : {"work", "[]", R"({"subscriber": 1})", R"({"other": "work"})",
                           R"({"subscriber": "a", "subscriber": "b"})", "\"work\""}) {
    INFO(body);
    CHECK(parse_forget_request(body).error().code == ErrorCode::request_body_malformed);
  }
}
