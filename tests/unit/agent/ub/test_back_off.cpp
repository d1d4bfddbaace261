#include "agent/ub/back_off.h"

#include "tests/support/catch.h"
#include "tests/support/fake_ports.h"

using namespace ut;
using namespace ut::ub;
using namespace std::chrono_literals;

namespace {

// Random octets that are all the same.
struct Constant final : RandomSource {
  std::uint8_t value = 0;
  void fill(std::span<std::uint8_t> octets) override { std::ranges::fill(octets, value); }
};

const Error kCause{ErrorCode::ub_refused, "BSF answer", {ForeignKind::http, 403}};

}  // namespace

TEST_CASE("the wait doubles to its greatest and starts again after a success", "[UB-9]") {
  UbConfig config;
  config.back_off_first = 1000ms;
  config.back_off_greatest = 5000ms;
  Constant random;
  random.value = 0x80;  // about the middle: factor 1
  BackOff back_off(config, random);
  const SteadyTime now{};
  CHECK(back_off.check(now));
  for (const auto expected : {1000ms, 2000ms, 4000ms, 5000ms, 5000ms}) {
    back_off.failed(kCause, now);
    CHECK_FALSE(back_off.check(now + expected - 10ms));
    CHECK(back_off.check(now + expected + 10ms));
  }
  back_off.reset();
  CHECK(back_off.check(now));
  CHECK_FALSE(back_off.cause());
  back_off.failed(kCause, now);
  CHECK(back_off.check(now + 1010ms));
}

TEST_CASE("a caller that must wait learns why and how long", "[UB-9][API-4]") {
  UbConfig config;
  Constant random;
  BackOff back_off(config, random);
  back_off.failed(kCause, SteadyTime{});
  const auto refused = back_off.check(SteadyTime{} + 400ms);
  REQUIRE_FALSE(refused);
  CHECK(refused.error() == Error{ErrorCode::ub_backing_off,
                                 "bootstrapping",
                                 {ForeignKind::http, 403},
                                 "ub-refused, next try in 2 s",
                                 2s});
}

TEST_CASE("the BSF's own Retry-After is waited for, up to a limit", "[UB-9]") {
  UbConfig config;
  config.back_off_first = 10s;
  config.longest_retry_after = 100s;
  Constant random;
  BackOff back_off(config, random);
  auto cause = kCause;
  const SteadyTime now{};
  // Shorter than our own wait: that counts.
  cause.retry_after = 1s;
  back_off.failed(cause, now);
  CHECK_FALSE(back_off.check(now + 7400ms));
  CHECK(back_off.check(now + 7500ms));
  // Never earlier than the BSF said, somewhat later by chance.
  back_off.reset();
  cause.retry_after = 60s;
  back_off.failed(cause, now);
  CHECK_FALSE(back_off.check(now + 59999ms));
  CHECK(back_off.check(now + 60s));
  random.value = 0xff;
  back_off.reset();
  back_off.failed(cause, now);
  CHECK_FALSE(back_off.check(now + 74999ms));
  CHECK(back_off.check(now + 75s));
  // Nobody stops the agent for ever by one forged answer.
  random.value = 0;
  back_off.reset();
  cause.retry_after = std::chrono::seconds::max();
  back_off.failed(cause, now);
  CHECK_FALSE(back_off.check(now + 99s));
  CHECK(back_off.check(now + 100s));
}

TEST_CASE("chance keeps within its bounds", "[UB-9]") {
  Constant random;
  CHECK(jittered(1000ms, 75, 125, random) == 750ms);
  random.value = 0xff;
  CHECK(jittered(1000ms, 75, 125, random) == 1250ms);
  CHECK(jittered(600000ms, 75, 125, random) == 750000ms);
  CHECK(jittered(0ms, 75, 125, random) == 0ms);
}

TEST_CASE("another network ends the back-off that the old one caused, and no other", "[UB-9]") {
  UbConfig config;
  config.back_off_first = 1000ms;
  config.back_off_greatest = 60'000ms;
  Constant random;
  random.value = 0x80;
  BackOff back_off(config, random);
  const SteadyTime now{};
  const auto network = GENERATE(ErrorCode::ub_bsf_name_unresolved, ErrorCode::ub_bsf_unreachable,
                                ErrorCode::ub_connection_lost, ErrorCode::ub_timeout);
  SECTION("failures of the network alone") {
    back_off.failed({network, "Ub request"}, now);
    back_off.failed({network, "Ub request"}, now);
    CHECK_FALSE(back_off.check(now));
    back_off.network_changed();
    CHECK(back_off.check(now));
    CHECK_FALSE(back_off.cause());
    back_off.failed({network, "Ub request"}, now);
    CHECK(back_off.check(now + 1010ms));
  }
  SECTION("a refusal stays, also one that lies before them") {
    back_off.failed(kCause, now);
    back_off.network_changed();
    CHECK_FALSE(back_off.check(now + 990ms));
    CHECK(back_off.cause());
    back_off.failed({network, "Ub request"}, now);
    back_off.network_changed();
    CHECK(back_off.check(now));
    back_off.failed(kCause, now);
    CHECK_FALSE(back_off.check(now + 1990ms));
    CHECK(back_off.check(now + 2010ms));
  }
  SECTION("a refusal after them") {
    back_off.failed({network, "Ub request"}, now);
    back_off.failed(kCause, now);
    back_off.network_changed();
    CHECK_FALSE(back_off.check(now + 1990ms));
  }
}
