#include "agent/ua/nonce_lane.h"
#include "tests/support/catch.h"
#include "tests/support/vectors.h"

#include <string>

namespace ut::ua {
namespace {

class CountingRandom final : public RandomSource {
 public:
  void fill(std::span<std::uint8_t> octets) override {
    for (auto& octet : octets) {
      octet = count_;
    }
    ++count_;
  }

 private:
  std::uint8_t count_ = 0;
};

std::shared_ptr<const LaneKey> key(const std::string& b_tid) {
  return std::make_shared<const LaneKey>(
      b_tid, "010001c02f",
      gba::Ha1::make(gba::DigestAlgorithm::md5, b_tid, "realm", as_bytes("password")));
}

UsableChallenge challenge(gba::DigestAlgorithm algorithm = gba::DigestAlgorithm::md5) {
  return {{.realm = "realm", .nonce = "first", .algorithm = algorithm}, gba::Qop::auth};
}

}  // namespace

TEST_CASE("a lane counts the uses of its nonce and starts again with a new one", "[UA-2]") {
  CountingRandom random;
  NonceLane lane;
  CHECK_FALSE(lane.ready("b"));
  lane.start(challenge(), key("b"), random);
  CHECK(lane.ready("b"));
  CHECK_FALSE(lane.ready("other"));
  const auto first = lane.use("/");
  const auto second = lane.use("/");
  CHECK(first->nc == 1);
  CHECK(second->nc == 2);
  CHECK(first->cnonce == second->cnonce);
  CHECK(first->cnonce.size() == 32);
  lane.take_nextnonce("second", random);
  const auto third = lane.use("/");
  CHECK(third->nonce == "second");
  CHECK(third->nc == 1);
  CHECK(third->cnonce != first->cnonce);
  lane.forget();
  CHECK_FALSE(lane.ready("b"));
  lane.take_nextnonce("third", random);
  CHECK_FALSE(lane.ready("b"));
}

TEST_CASE("the session of MD5-sess keeps its nonce", "[UA-2]") {
  CountingRandom random;
  NonceLane lane;
  lane.start(challenge(gba::DigestAlgorithm::md5_sess), key("b"), random);
  (void)lane.use("/");
  lane.take_nextnonce("second", random);
  const auto use = lane.use("/");
  CHECK(use->nonce == "first");
  CHECK(use->nc == 2);
}

TEST_CASE("the first GBA challenge for this host is chosen in the NAF's order", "[UA-1]") {
  const auto realm = std::string("3GPP-bootstrapping@naf.example.org");
  const std::vector<std::string> fields = {
      "Digest realm=\"3GPP-bootstrapping@other.example.org\", nonce=\"0\", qop=\"auth\"",
      "Digest realm=\"" + realm + "\", nonce=\"1\", algorithm=SHA-256, qop=\"auth-int\"",
      "Digest realm=\"" + realm + "\", nonce=\"2\", qop=\"auth\""};
  const auto chosen = choose_challenge(fields, "naf.example.org", QopPreference::auth);
  REQUIRE(chosen);
  CHECK(chosen->challenge.nonce == "1");
  CHECK(chosen->challenge.algorithm == gba::DigestAlgorithm::sha256);
  CHECK(chosen->qop == gba::Qop::auth_int);
}

}  // namespace ut::ua
