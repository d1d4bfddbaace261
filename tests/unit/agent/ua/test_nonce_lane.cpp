#include "agent/ua/nonce_lane.h"
#include "tests/support/catch.h"
#include "tests/support/vectors.h"

#include <functional>
#include <string>
#include <vector>

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

std::shared_ptr<const LaneKey> key(const std::string& b_tid, Method method = Method::digest) {
  return std::make_shared<const LaneKey>(
      method, b_tid, 1, "010001c02f",
      gba::Ha1::make(gba::DigestAlgorithm::md5, b_tid, "realm", as_bytes("password")));
}

UsableChallenge challenge(gba::DigestAlgorithm algorithm = gba::DigestAlgorithm::md5) {
  return {gba::is_aka(algorithm) ? Method::aka : Method::digest,
          {.realm = "realm", .nonce = "first", .algorithm = algorithm},
          gba::Qop::auth};
}

}  // namespace

TEST_CASE("a lane counts the uses of its nonce and starts again with a new one", "[UA-2]") {
  CountingRandom random;
  NonceLane lane;
  CHECK_FALSE(lane.ready(Method::digest, "b"));
  lane.start(challenge(), key("b"), random);
  CHECK(lane.ready(Method::digest, "b"));
  CHECK_FALSE(lane.ready(Method::digest, "other"));
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
  CHECK_FALSE(lane.ready(Method::digest, "b"));
  lane.take_nextnonce("third", random);
  CHECK_FALSE(lane.ready(Method::digest, "b"));
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
  const std::vector<std::string> texts = {
      "Digest realm=\"3GPP-bootstrapping@other.example.org\", nonce=\"0\", qop=\"auth\"",
      "Digest realm=\"" + realm + "\", nonce=\"1\", algorithm=SHA-256, qop=\"auth-int\"",
      "Digest realm=\"" + realm + "\", nonce=\"2\", qop=\"auth\""};
  const std::vector<std::string_view> fields(texts.begin(), texts.end());
  const auto chosen = choose_challenge(fields, "naf.example.org", NafSettings());
  REQUIRE(chosen);
  CHECK(chosen->challenge.nonce == "1");
  CHECK(chosen->challenge.algorithm == gba::DigestAlgorithm::sha256);
  CHECK(chosen->qop == gba::Qop::auth_int);
}

TEST_CASE("the nonce of AKA stays: it is the challenge that the key answers", "[UA-9]") {
  CountingRandom random;
  NonceLane lane;
  lane.start(challenge(gba::DigestAlgorithm::akav2_sha256), key("impi", Method::aka), random);
  CHECK(lane.ready(Method::aka, "impi"));
  CHECK_FALSE(lane.ready(Method::digest, "impi"));
  CHECK_FALSE(lane.ready(Method::aka, "other"));
  (void)lane.use("/");
  lane.take_nextnonce("second", random);
  const auto use = lane.use("/");
  CHECK(use->nonce == "first");
  CHECK(use->nc == 2);
}

namespace {

constexpr std::string_view kHost = "naf.example.org";

std::string aka(const std::string& algorithm, const std::string& realm = "naf.example.org") {
  return "Digest realm=\"" + realm + "\", nonce=\"" + algorithm + "\", algorithm=" + algorithm +
         ", qop=\"auth\"";
}

std::string gba_digest() {
  return "Digest realm=\"3GPP-bootstrapping@naf.example.org\", nonce=\"gba\", qop=\"auth\"";
}

// The nonce of the chosen challenge, or the name of the error.
std::string chosen(const std::vector<std::string>& texts, std::vector<Method> methods,
                   const std::function<void(NafSettings&)>& set = {}) {
  NafSettings settings;
  settings.ways.methods = std::move(methods);
  if (set) {
    set(settings);
  }
  const std::vector<std::string_view> fields(texts.begin(), texts.end());
  const auto choice = choose_challenge(fields, kHost, settings);
  return choice ? choice->challenge.nonce : std::string(name(choice.error().code));
}

}  // namespace

TEST_CASE("a NAF that is not configured for AKA never gets an answer of the card", "[UA-9][UT-7]") {
  for (const auto* algorithm : {"AKAv1-MD5", "AKAv2-MD5", "AKAv2-SHA-256"}) {
    INFO(algorithm);
    CHECK(chosen({aka(algorithm)}, {Method::digest}) == "ua-challenge-unsupported");
    CHECK(chosen({aka(algorithm, "3GPP-bootstrapping@naf.example.org")}, {Method::digest}) ==
          "ua-challenge-unsupported");
    CHECK(chosen({aka(algorithm)}, {Method::psk, Method::digest}) == "ua-challenge-unsupported");
    CHECK(chosen({aka(algorithm), gba_digest()}, {Method::digest}) == "gba");
  }
}

TEST_CASE("AKAv1 is answered only where the configuration names it", "[UA-9][UT-7]") {
  const std::vector<std::string> all = {aka("AKAv1-MD5"), aka("AKAv2-MD5"), aka("AKAv2-SHA-256")};
  CHECK(chosen({aka("AKAv1-MD5")}, {Method::aka}) == "ua-challenge-unsupported");
  CHECK(chosen(all, {Method::aka}) == "AKAv2-SHA-256");
  const auto with_v1 = [](NafSettings& settings) {
    settings.aka_algorithms.push_back(gba::DigestAlgorithm::akav1_md5);
  };
  CHECK(chosen({aka("AKAv1-MD5")}, {Method::aka}, with_v1) == "AKAv1-MD5");
  CHECK(chosen(all, {Method::aka}, with_v1) == "AKAv2-SHA-256");
  CHECK(chosen({aka("AKAv1-MD5"), aka("AKAv2-MD5")}, {Method::aka}, with_v1) == "AKAv2-MD5");
}

TEST_CASE("the realm of AKA is the NAF's name or one of those configured", "[UA-9][UT-7]") {
  const auto realms = [](NafSettings& settings) {
    settings.aka_realms = {"home1.net", "ims.home1.net"};
  };
  const auto of = [](const std::string& realm) { return std::vector{aka("AKAv2-MD5", realm)}; };
  CHECK(chosen(of("NAF.example.org"), {Method::aka}) == "AKAv2-MD5");
  for (const auto* realm : {"other.example.org", "", "naf.example.org.evil.example", "home1.net"}) {
    CHECK(chosen(of(realm), {Method::aka}) == "ua-realm-mismatch");
  }
  CHECK(chosen(of("IMS.home1.net"), {Method::aka}, realms) == "AKAv2-MD5");
  CHECK(chosen(of("naf.example.org"), {Method::aka}, realms) == "ua-realm-mismatch");
}

TEST_CASE("of Digest and AKA the method that is wanted more is taken", "[UA-9][UT-8]") {
  const std::vector both = {aka("AKAv2-MD5"), gba_digest()};
  CHECK(chosen(both, {Method::aka, Method::digest}) == "AKAv2-MD5");
  CHECK(chosen(both, {Method::digest, Method::aka}) == "gba");
  CHECK(chosen({gba_digest()}, {Method::aka, Method::digest}) == "gba");
  CHECK(chosen({gba_digest()}, {Method::aka}) == "ua-challenge-unsupported");
}

}  // namespace ut::ua
