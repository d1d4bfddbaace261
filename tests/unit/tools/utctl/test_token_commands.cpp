#include "tools/utctl/token_commands.h"

#include "base/encoding.h"
#include "tests/support/catch.h"

#include <nlohmann/json.hpp>

#include <string>

using namespace ut;
using namespace ut::utctl;
using nlohmann::json;

namespace {

// SHA-256 of "abc" (FIPS 180-4, example).
constexpr const char* kAbc = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";

FreshToken abc() {
  return {SecretBytes::copy_of(as_bytes("abc")), kAbc};
}

}  // namespace

TEST_CASE("tokens are 32 random octets in hexadecimal", "[API-2]") {
  const auto one = fresh_token();
  const auto two = fresh_token();
  const auto text = std::string(as_text(one.token.expose()));
  CHECK(from_hex(text)->size() == 32);
  CHECK(text != as_text(two.token.expose()));
  CHECK(one.sha256.size() == 64);
  CHECK(one.sha256 != two.sha256);
}

TEST_CASE("the agent is told the digest and not the token", "[API-2][KEY-4]") {
  const auto request = json::parse(token_make_request("app", abc()));
  CHECK(request == json{{"application", "app"}, {"sha256", kAbc}});
  CHECK(json::parse(token_revoke_request("0a1b"))["id"] == "0a1b");
}

TEST_CASE("a token is printed once, apart from what is said of it", "[API-2][KEY-4]") {
  const auto unstored = token_for_configuration("app", abc());
  CHECK(as_text(unstored.secret.expose()) == "abc");
  CHECK(unstored.text.find("token_sha256 = \"" + std::string(kAbc) + "\"\n") != std::string::npos);
  CHECK(unstored.json["stored"] == false);
  const auto stored = token_made(
      as_bytes(R"({"id":"ba7816bf8f01","application":"app","made":"2026-03-01T00:00:00Z"})"),
      abc());
  REQUIRE(stored);
  CHECK(as_text(stored->secret.expose()) == "abc");
  CHECK(stored->text.find("token ba7816bf8f01 of app") != std::string::npos);
  CHECK(stored->json["stored"] == true);
  CHECK(token_made(as_bytes("{}"), abc()).error().code == ErrorCode::agent_unreachable);
}

TEST_CASE("what was made and what was revoked is told in words", "[API-2]") {
  constexpr std::string_view kOne =
      R"({"id":"ba7816bf8f01","application":"app","made":"2026-03-01T00:00:00Z"})";
  const auto list = token_list_answer(as_bytes(R"({"tokens":[)" + std::string(kOne) + "]}"));
  REQUIRE(list);
  CHECK(list->text == "ba7816bf8f01 of app, made 2026-03-01T00:00:00Z\n");
  CHECK(token_list_answer(as_bytes(R"({"tokens":[]})"))->text == "no token was made\n");
  CHECK(token_revoked_answer(as_bytes(kOne))->text ==
        "revoked: token ba7816bf8f01 of app, made 2026-03-01T00:00:00Z\n");
  CHECK_FALSE(token_list_answer(as_bytes("[]")));
}
