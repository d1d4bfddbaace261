#include "agent/control/forced_runs.h"

#include "tests/support/catch.h"

using namespace ut;
using namespace ut::control;
using namespace std::chrono_literals;

TEST_CASE("who forces bootstrapping rests, each time longer", "[KEY-5][UA-4]") {
  ForcedRuns runs(30s, 100s);
  SteadyTime now{1h};
  for (const auto rest : {30s, 60s, 100s, 100s}) {
    REQUIRE(runs.check("kms", now).has_value());
    runs.forced("kms", now);
    runs.forced("kms", now);  // shared the run
    const auto refused = runs.check("kms", now + rest - 1s);
    REQUIRE_FALSE(refused.has_value());
    CHECK(refused.error().code == ErrorCode::ua_backing_off);
    CHECK(refused.error().detail.find("in 1 s") != std::string::npos);
    now += rest;
  }
  CHECK(runs.check("mbms", now - 1s).has_value());  // each application for itself
}

TEST_CASE("after a long quiet time the rests begin anew", "[KEY-5]") {
  ForcedRuns runs(30s, 100s);
  SteadyTime now{1h};
  runs.forced("kms", now);
  runs.forced("kms", now += 30s);
  now += 60s + 100s;
  runs.forced("kms", now);
  CHECK_FALSE(runs.check("kms", now + 29s).has_value());
  CHECK(runs.check("kms", now + 30s).has_value());
}
