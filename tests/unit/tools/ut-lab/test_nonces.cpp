#include "tests/support/catch.h"

#include "tools/ut-lab/nonces.h"

using namespace ut;
using namespace ut::lab;

namespace {

class ManualClock final : public Clock {
 public:
  UtcTime utc() const override { return UtcTime(); }
  SteadyTime steady() const override { return now; }
  SteadyTime now{};
};

constexpr std::chrono::seconds kLifetime{10};

std::vector<NonceVerdict> use_all(Nonces& nonces, std::initializer_list<std::uint32_t> counts) {
  const auto nonce = nonces.make();
  std::vector<NonceVerdict> verdicts;
  for (const auto nc : counts) {
    verdicts.push_back(nonces.use(nonce, nc));
  }
  return verdicts;
}

constexpr auto kGood = NonceVerdict::good;
constexpr auto kRefused = NonceVerdict::count_refused;
using Verdicts = std::vector<NonceVerdict>;

}  // namespace

TEST_CASE("in any order each count is good once", "[UA-2]") {
  const ManualClock clock;
  Nonces nonces(NonceMode::set, kLifetime, clock);
  CHECK(use_all(nonces, {2, 1, 2, 1, 5, 4, 3, 3}) ==
        Verdicts{kGood, kGood, kRefused, kRefused, kGood, kGood, kGood, kRefused});
  CHECK(use_all(nonces, {0}) == Verdicts{kRefused});
  CHECK(use_all(nonces, {0xFFFFFFFF}) == Verdicts{kRefused});
}

TEST_CASE("increasing counts may leave gaps but never go back", "[UA-2]") {
  const ManualClock clock;
  Nonces nonces(NonceMode::increasing, kLifetime, clock);
  CHECK(use_all(nonces, {1, 3, 2, 3, 9}) == Verdicts{kGood, kGood, kRefused, kRefused, kGood});
}

TEST_CASE("exact counts go up by one", "[UA-2]") {
  const ManualClock clock;
  Nonces nonces(NonceMode::exact, kLifetime, clock);
  CHECK(use_all(nonces, {1, 2, 4, 3}) == Verdicts{kGood, kGood, kRefused, kGood});
}

TEST_CASE("a one-time nonce is unknown after its use", "[UA-2]") {
  const ManualClock clock;
  Nonces nonces(NonceMode::one_time, kLifetime, clock);
  CHECK(use_all(nonces, {2, 1, 1}) == Verdicts{kRefused, kGood, NonceVerdict::unknown});
}

TEST_CASE("a nonce ends with its lifetime and is then unknown", "[UA-2]") {
  ManualClock clock;
  Nonces nonces(NonceMode::set, kLifetime, clock);
  const auto nonce = nonces.make();
  CHECK(nonces.use(nonce, 1) == kGood);
  clock.now += kLifetime;
  CHECK(nonces.use(nonce, 2) == NonceVerdict::expired);
  CHECK(nonces.use(nonce, 2) == NonceVerdict::unknown);
  CHECK(nonces.use("never made", 1) == NonceVerdict::unknown);
}
