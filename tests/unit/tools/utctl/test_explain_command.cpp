#include "tools/utctl/explain_command.h"
#include "tools/utctl/reload_commands.h"

#include "tests/support/catch.h"

#include <nlohmann/json.hpp>

#include <unistd.h>

#include <string>

using namespace ut;
using namespace ut::utctl;
using nlohmann::json;

namespace {

constexpr const char* kConfig = R"(
[[socket]]
name = "apps"
path = "/run/apps.sock"
[[application]]
name = "presence"
users = ["0"]
nafs = ["xcap.home1.net"]
auids = ["pres-rules"]
)";

ExplainCommand command() {
  ExplainCommand command;
  command.method = "GET";
  command.url = "http://xcap.home1.net/pres-rules/users/sip:alice@home1.net/index";
  command.user = "0";
  return command;
}

}  // namespace

TEST_CASE("a question holds what was given and the user's groups", "[API-3]") {
  const auto request = explain_request(command());
  REQUIRE(request);
  const auto body = json::parse(*request);
  CHECK(body["uid"] == 0);
  CHECK(body["gids"].is_array());
  CHECK_FALSE(body.contains("identity"));
  auto unknown = command();
  unknown.user = "no such user";
  CHECK(explain_request(unknown).error().code == ErrorCode::input_malformed);
}

TEST_CASE("a configuration is asked without an agent", "[API-3]") {
  const auto config = daemon::parse_config(kConfig);
  REQUIRE(config);
  const auto open = explain_dry_run(command(), *config);
  REQUIRE(open);
  CHECK(open->exit == Exit::done);
  CHECK(open->text.starts_with("allowed, as far as is known\n"));
  auto with_card = command();
  with_card.own_identities = {"sip:bob@home1.net"};
  const auto denied = explain_dry_run(with_card, *config);
  REQUIRE(denied);
  CHECK(denied->exit == Exit::denied);
  CHECK(denied->text.find("rule: own_xui_only\n") != std::string::npos);
  CHECK(denied->text.find("to allow it: ") != std::string::npos);
  with_card.own_identities = {"sip:alice@home1.net"};
  const auto allowed = explain_dry_run(with_card, *config);
  REQUIRE(allowed);
  CHECK(allowed->text ==
        "allowed\napplication presence: it is the caller\ndecided by: application presence\n"
        "for subscriber: default\n");
}

TEST_CASE("a reload is told in words", "[API-3]") {
  CHECK(json::parse(reload_request(true)) == json{{"dry_run", true}});
  CHECK(json::parse(reload_request(false)).empty());
  const auto answer = reload_answer(as_bytes(
      R"({"dry_run":true,"changed":["[log] level"],"needs_restart":["[card] readers","[ub] x"],"left_out":[]})"));
  REQUIRE(answer);
  CHECK(answer->text == "would change: [log] level\nneeds a restart: [card] readers, [ub] x\n");
  CHECK(
      reload_answer(as_bytes(R"({"dry_run":false,"changed":[],"needs_restart":[],"left_out":[]})"))
          ->text == "nothing has changed\n");
  CHECK_FALSE(reload_answer(as_bytes("{}")));
  CHECK(log_level_answer(as_bytes(R"({"level":"debug"})"))->text == "log level: debug\n");
  CHECK(json::parse(log_level_request("debug"))["level"] == "debug");
}
