#include "agent/daemon/passed_sockets.h"

#include "tests/support/catch.h"

#include <string>

using namespace ut;
using daemon::take_passed_sockets;

namespace {

local::LocalConfig config() {
  local::LocalConfig config;
  config.unix_sockets = {{.name = "apps", .path = "/run/ut.sock"},
                         {.name = "editor", .path = "/run/editor.sock"}};
  config.control_socket = {.name = "control", .path = "/run/control.sock"};
  config.tcp_sockets = {{.port = 8055}};
  return config;
}

}  // namespace

TEST_CASE("a passed socket goes to the one of its name", "[API-2]") {
  auto taking = config();
  REQUIRE(take_passed_sockets({{"tcp", 3}, {"editor", 4}, {"control", 5}}, taking));
  CHECK(taking.tcp_sockets.front().inherited == 3);
  CHECK(taking.unix_sockets.back().inherited == 4);
  CHECK(taking.control_socket->inherited == 5);
  CHECK(taking.unix_sockets.front().inherited == -1);
  CHECK(local::problems_of(taking).empty());
}

TEST_CASE("every passed socket that nothing takes is told", "[API-2]") {
  auto taking = config();
  const auto refused =
      take_passed_sockets({{"apps", 3}, {"apps", 4}, {"ut-agent.socket", 5}}, taking);
  REQUIRE_FALSE(refused);
  CHECK(refused.error().code == ErrorCode::config_invalid);
  CHECK_THAT(refused.error().detail, Catch::Contains("has passed another of that name"));
  CHECK_THAT(refused.error().detail,
             Catch::Contains("named \"ut-agent.socket\", and the configuration has none") &&
                 Catch::Contains("must be one of apps, editor, control, tcp"));
}

TEST_CASE("what is not configured takes no passed socket", "[API-1][API-2]") {
  for (const std::string name : {"control", "tcp"}) {
    CAPTURE(name);
    local::LocalConfig taking;
    taking.unix_sockets = {{.name = "apps", .path = "/run/ut.sock"}};
    const auto refused = take_passed_sockets({{name, 3}}, taking);
    REQUIRE_FALSE(refused);
    CHECK_THAT(refused.error().detail, Catch::Contains("must be one of apps"));
  }
}

TEST_CASE("without a service manager nothing is passed", "[API-2]") {
  const auto passed = daemon::passed_sockets();
  REQUIRE(passed);
  CHECK(passed->empty());
}
