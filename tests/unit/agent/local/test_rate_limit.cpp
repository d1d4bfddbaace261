// So many requests a second and no more, each in its turn.
#include "agent/local/rate_limit.h"

#include "tests/support/catch.h"
#include "tests/unit/agent/local/test_server.h"

#include <nlohmann/json.hpp>

using namespace ut;
using namespace ut::local;
using namespace ut::local::test;
using namespace std::chrono_literals;

TEST_CASE("a burst goes at once, then one after the other", "[API-3]") {
  RateLimit limit;
  const Rate rate{.per_second = 10, .burst = 3};
  RateLimit::Time now{1h};
  for (int i = 0; i < 3; ++i) {
    CHECK(limit.take(rate, now, 5s).wait == 0s);
  }
  CHECK(limit.take(rate, now, 5s).wait == 100ms);
  CHECK(limit.take(rate, now, 5s).wait == 200ms);
  now += 150ms;
  CHECK(limit.take(rate, now, 5s).wait == 150ms);
  now += 1h;
  CHECK(limit.take(rate, now, 5s).wait == 0s);
  CHECK(limit.take(rate, now, 5s).wait == 0s);
  CHECK(limit.take(rate, now, 5s).wait == 0s);
  CHECK(limit.take(rate, now, 5s).wait == 100ms);
}

TEST_CASE("who would wait too long is refused, and that takes nobody's turn", "[API-3][API-6]") {
  RateLimit limit;
  const Rate rate{.per_second = 1, .burst = 1};
  const RateLimit::Time now{1h};
  for (int i = 0; i < 3; ++i) {
    CHECK_FALSE(limit.take(rate, now, 2s).refused);
  }
  for (int i = 0; i < 100; ++i) {
    const auto turn = limit.take(rate, now, 2s);
    CHECK(turn.refused);
    CHECK(turn.wait == 3s);
  }
  CHECK_FALSE(limit.take(rate, now + 1s, 2s).refused);
}

TEST_CASE("without a rate there is no limit", "[API-3]") {
  RateLimit limit;
  for (int i = 0; i < 1000; ++i) {
    CHECK(limit.take({}, RateLimit::Time{1h}, 0s).wait == 0s);
  }
}

TEST_CASE("an application over its rate waits or is told when to come back", "[API-3][API-6]") {
  TestServer server({}, [](LocalConfig& config) {
    config.applications.front().rate = {.per_second = 1, .burst = 2};
    config.longest_turn = 0s;
  });
  auto client = server.connect();
  CHECK(client.send(get(kOwnDocument)).receive().status == 200);
  CHECK(client.send(get(kOwnDocument)).receive().status == 200);
  const auto refused = client.send(get(kOwnDocument)).receive();
  CHECK(problem_of(refused) == "limit-queue");
  CHECK(refused.has("Retry-After: 1\r\n"));
  CHECK(nlohmann::json::parse(refused.body)["detail"].get<std::string>().find(
            "1 request a second") != std::string::npos);
  CHECK(server.gateway.requests().size() == 2);
  // Others have a rate of their own.
  auto other = server.connect_control();
  CHECK(other.send("GET /status HTTP/1.1\r\nHost: ut-agent\r\n\r\n").receive().status == 200);
}

TEST_CASE("a request whose turn is to come is served then", "[API-3]") {
  TestServer server({}, [](LocalConfig& config) {
    config.applications.front().rate = {.per_second = 50, .burst = 1};
  });
  auto client = server.connect();
  const auto begin = std::chrono::steady_clock::now();
  for (int i = 0; i < 6; ++i) {
    CHECK(client.send(get(kOwnDocument)).receive().status == 200);
  }
  CHECK(std::chrono::steady_clock::now() - begin >= 100ms);
}
