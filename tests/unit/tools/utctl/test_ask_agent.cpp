#include "tools/utctl/ask_agent.h"

#include "tests/support/catch.h"
#include "tests/unit/tools/utctl/one_answer.h"

#include <cstdlib>
#include <string>

using namespace ut;
using namespace ut::utctl;

namespace {

Error error_for(const std::string& answer) {
  OneAnswer agent(answer);
  const auto got = get_from_agent(agent.path, "/status");
  REQUIRE_FALSE(got.has_value());
  return got.error();
}

}  // namespace

TEST_CASE("the agent is asked over its socket, whatever proxy the environment names", "[KEY-5]") {
  ::setenv("http_proxy", "http://127.0.0.1:9", 1);
  OneAnswer agent(http("200 OK", "{}"));
  const auto got = get_from_agent(agent.path, "/status");
  agent.join();
  REQUIRE(got.has_value());
  CHECK(as_text(got->expose()) == "{}");
  CHECK(agent.request.starts_with("GET /status HTTP/1.1\r\nHost: ut-agent\r\n"));
  OneAnswer other(http("200 OK", "{}"));
  CHECK(post_to_agent(other.path, "/keys", "{\"a\":1}").has_value());
  other.join();
  CHECK(other.request.starts_with("POST /keys HTTP/1.1\r\n"));
  CHECK(other.request.ends_with("\r\n\r\n{\"a\":1}"));
  ::unsetenv("http_proxy");
}

TEST_CASE("a problem of the agent is the error that it was there", "[API-4]") {
  const auto known = error_for(
      http("403 Forbidden", R"({"type":"urn:ut-agent:problem:policy-key-denied",)"
                            R"("detail":"no grant; grant the NAF and the Ua protocol to this )"
                            R"(application in [[keys]]"})"));
  CHECK(known.code == ErrorCode::policy_key_denied);
  CHECK(known.detail == "no grant");
  CHECK(known.foreign == ForeignNumber{ForeignKind::http, 403});
  const auto bare = error_for(http("503 X", R"({"type":"urn:ut-agent:problem:card-absent",)"
                                            R"("detail":"insert the UICC"})"));
  CHECK(bare.code == ErrorCode::card_absent);
  CHECK(bare.detail.empty());
}

TEST_CASE("whoever else answers, or nobody, is told as such", "[API-4]") {
  for (const char* body :
       {"", "<html>", "{}", R"({"type":7})", R"({"type":"urn:ut-agent:problem:no-such-problem"})",
        R"({"type":"urn:other:card-absent"})"}) {
    INFO(body);
    CHECK(error_for(http("404 Not Found", body)).code == ErrorCode::agent_unreachable);
  }
  CHECK(error_for("").code == ErrorCode::agent_unreachable);
  CHECK(error_for("HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nabc").code ==
        ErrorCode::agent_unreachable);
  CHECK(error_for(http("200 OK", std::string(65537, 'x'))).code == ErrorCode::agent_unreachable);
  const auto nobody = get_from_agent("/nonexistent/socket", "/status");
  CHECK(nobody.error().code == ErrorCode::agent_unreachable);
  CHECK(nobody.error().detail.find("/nonexistent/socket") != std::string::npos);
  CHECK(get_from_agent("", "/status").error().code == ErrorCode::config_invalid);
}
