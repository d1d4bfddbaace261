#include "tests/support/catch.h"
#include "tests/support/vectors.h"

#include "base/encoding.h"
#include "isim/soft/milenage.h"
#include "tools/ut-lab/aka_challenger.h"

#include <nlohmann/json.hpp>

#include <string>
#include <utility>

using namespace ut;
using namespace ut::lab;

namespace {

constexpr std::string_view kNaf = "xcap.home1.net";
constexpr std::chrono::seconds kLifetime{10};

class ManualClock final : public Clock {
 public:
  UtcTime utc() const override { return UtcTime(); }
  SteadyTime steady() const override { return now; }
  SteadyTime now{};
};

std::string text(std::string_view group, std::string_view key) {
  return test::vectors()["gba"][group][key].get<std::string>();
}

std::string text(std::string_view key) {
  return test::vectors()["gba"][key].get<std::string>();
}

// The RAND of the vectors, for every challenge.
class VectorRandom final : public RandomSource {
 public:
  void fill(std::span<std::uint8_t> octets) override {
    std::ranges::copy(test::hex(text("RAND")), octets.begin());
  }
};

std::vector<Subscriber> subscribers(bool gba_u) {
  std::vector<Subscriber> all;
  all.push_back({.impi = text("IMPI"),
                 .impus = {"sip:user1_public1@home1.net"},
                 .algorithm = std::make_unique<const isim::soft::Milenage>(
                     *isim::soft::K::from(test::hex(text("K"))),
                     *isim::soft::Opc::from(test::hex(text("OPc")))),
                 .amf = *isim::soft::Amf::from(test::hex(text("AMF"))),
                 .sqn = *isim::soft::Sqn::from(0x100),
                 .gba_u = gba_u});
  return all;
}

// A NAF's AKA whose realm is that of the vectors, and a client that has the vectors' card.
struct Bench {
  explicit Bench(NonceMode mode = NonceMode::set, bool gba_u = false,
                 std::vector<AkaDigest> algorithms = {AkaDigest::v2_sha256, AkaDigest::v2_md5})
      : hss(subscribers(gba_u), random),
        aka({.naf = std::string(kNaf),
             .realm = text("BSF"),
             .algorithms = std::move(algorithms),
             .qops = {"auth", "auth-int"},
             .nonce_mode = mode,
             .nonce_lifetime = kLifetime},
            hss, faults, stats, clock, &journal) {}

  std::vector<DigestCredentials> challenges(bool stale = false) {
    std::vector<DigestCredentials> all;
    for (const auto& field : aka.challenges(text("IMPI"), stale)) {
      CHECK(field.name == "WWW-Authenticate");
      all.push_back(*DigestCredentials::parse(field.value));
    }
    return all;
  }

  auto judge(const std::string& parameters) {
    const auto credentials = DigestCredentials::parse("Digest " + parameters);
    REQUIRE(credentials);
    return aka.authenticate({"GET", "/", {}, {}}, *credentials);
  }

  auto first(const std::string& username) {
    return judge("username=\"" + username + "\", realm=\"" + text("BSF") +
                 "\", nonce=\"\", uri=\"/\", response=\"\"");
  }

  // The vectors' response to this challenge when `nc` is 1 and the qop auth-int.
  auto answer(const DigestCredentials& challenge, const std::string& response,
              const std::string& more = {}, const std::string& nc = "00000001") {
    return judge("username=\"" + text("IMPI") + "\", realm=\"" + text("BSF") + "\", nonce=\"" +
                 std::string(challenge.value("nonce")) + "\", uri=\"/\", qop=auth-int, nc=" + nc +
                 ", cnonce=\"" + text("ub", "cnonce") + "\", response=\"" + response +
                 "\", opaque=\"" + std::string(challenge.value("opaque")) +
                 "\", algorithm=" + std::string(challenge.value("algorithm")) + more);
  }

  // The right response, computed as the card's owner does.
  auto answer_rightly(const DigestCredentials& challenge, const std::string& nc) {
    const auto algorithm = *aka_digest(challenge.value("algorithm"));
    const auto rand = *isim::Rand::from(test::hex(text("RAND")));
    const auto card = hss.answer_to(text("IMPI"), rand);
    const auto a1 = ha1(hash_of(algorithm), text("IMPI"), text("BSF"),
                        aka_password(algorithm, card.res, card.ik, card.ck).expose());
    const auto cnonce = text("ub", "cnonce");
    return answer(
        challenge,
        digest_response(hash_of(algorithm), a1,
                        {challenge.value("nonce"), nc, cnonce, "auth-int", "GET", "/", {}}),
        {}, nc);
  }

  const NafStats& counted() { return stats.nafs[std::string(kNaf)]; }

  VectorRandom random;
  SecretJournal journal{true};
  Hss hss;
  Faults faults{};
  Stats stats{};
  ManualClock clock{};
  AkaChallenger aka;
};

}  // namespace

TEST_CASE("who says who he is gets a challenge for each algorithm", "[UA-9]") {
  Bench bench;
  const auto refusal = bench.first(text("IMPI"));
  REQUIRE_FALSE(refusal);
  CHECK(refusal.error().status == 401);
  CHECK(refusal.error().impi == text("IMPI"));
  const auto challenges = bench.challenges();
  REQUIRE(challenges.size() == 2);
  CHECK(challenges[0].value("algorithm") == "AKAv2-SHA-256");
  CHECK(challenges[1].value("algorithm") == "AKAv2-MD5");
  CHECK(challenges[0].value("nonce") == text("ub", "nonce"));
  CHECK(challenges[1].value("nonce") != text("ub", "nonce"));
  for (const auto& challenge : challenges) {
    CHECK(challenge.value("realm") == text("BSF"));
    CHECK(challenge.value("qop") == "auth,auth-int");
    CHECK(challenge.find("stale") == nullptr);
  }
  CHECK(bench.challenges(true)[0].value("stale") == "true");
  CHECK(bench.counted().aka_challenges == 2);
}

TEST_CASE("an identity that nobody has gets no challenge", "[UA-9]") {
  Bench bench;
  const auto refusal = bench.first("nobody@home1.net");
  REQUIRE_FALSE(refusal);
  CHECK(refusal.error().status == 403);
}

TEST_CASE("a first message that breaks the grammar is refused", "[UA-9]") {
  Bench bench;
  const std::string who = "username=\"" + text("IMPI") + "\"";
  const std::string realm = ", realm=\"" + text("BSF") + "\"";
  for (const auto& wrong : {who + realm + ", nonce=\"\", uri=\"/\"",
                            who + realm + ", nonce=\"\", uri=\"/\", response=\"00\"",
                            who + ", realm=\"other\", nonce=\"\", uri=\"/\", response=\"\""}) {
    INFO(wrong);
    const auto refusal = bench.judge(wrong);
    REQUIRE_FALSE(refusal);
    CHECK(refusal.error().status == 400);
  }
  CHECK(bench.stats.findings.size() == 3);
}

TEST_CASE("the response of the vectors authenticates its IMPI", "[UA-9]") {
  struct Case {
    AkaDigest algorithm;
    std::string response;
  };
  for (const auto& each : {Case{AkaDigest::v1_md5, text("ub", "response")},
                           Case{AkaDigest::v2_md5, text("akav2_md5", "response")},
                           Case{AkaDigest::v2_sha256, text("akav2_sha256", "response")}}) {
    Bench bench(NonceMode::set, false, {each.algorithm});
    const auto user = bench.answer(bench.challenges().front(), each.response);
    REQUIRE(user);
    CHECK(user->impi == text("IMPI"));
    CHECK(user->algorithm == each.algorithm);
    CHECK(bench.counted().aka_authenticated == 1);
    CHECK(bench.stats.findings.empty());
    CHECK(bench.journal.json().find("HA1_AKA") != std::string::npos);
  }
}

TEST_CASE("a subscriber with GBA_U gets AUTN that his card takes outside GBA", "[UA-9]") {
  Bench bench(NonceMode::set, true);
  CHECK(bench.challenges().front().value("nonce") == text("ub", "nonce"));
}

TEST_CASE("a wrong response is challenged without stale", "[UA-9]") {
  Bench bench;
  const auto refusal = bench.answer(bench.challenges().front(), text("akav2_md5", "response"));
  REQUIRE_FALSE(refusal);
  CHECK(refusal.error().status == 401);
  CHECK_FALSE(refusal.error().stale);
  CHECK(bench.counted().aka_authenticated == 0);
}

TEST_CASE("the algorithm must be that of the very nonce", "[UA-9]") {
  Bench bench;
  const auto challenges = bench.challenges();
  const auto other = DigestCredentials::parse(
      "Digest nonce=\"" + std::string(challenges[0].value("nonce")) + "\", opaque=\"" +
      std::string(challenges[0].value("opaque")) + "\", algorithm=AKAv2-MD5");
  const auto refusal = bench.answer(*other, text("akav2_md5", "response"));
  REQUIRE_FALSE(refusal);
  CHECK(refusal.error().status == 400);
}

TEST_CASE("a nonce is used on with the next count and never with the same", "[UA-9]") {
  Bench bench;
  const auto challenge = bench.challenges().front();
  CHECK(bench.answer_rightly(challenge, "00000001"));
  CHECK(bench.answer_rightly(challenge, "00000002"));
  const auto again = bench.answer_rightly(challenge, "00000002");
  REQUIRE_FALSE(again);
  CHECK(again.error().status == 401);
  CHECK(again.error().stale);
}

TEST_CASE("the mode of the NAF's nonces is that of AKA nonces", "[UA-9]") {
  Bench exact(NonceMode::exact);
  CHECK_FALSE(exact.answer_rightly(exact.challenges().front(), "00000002"));
  Bench once(NonceMode::one_time);
  const auto challenge = once.challenges().front();
  CHECK(once.answer_rightly(challenge, "00000001"));
  const auto again = once.answer_rightly(challenge, "00000001");
  REQUIRE_FALSE(again);
  CHECK(again.error().stale);
}

TEST_CASE("an expired or forgotten nonce is stale to the card's owner only", "[UA-9]") {
  Bench bench;
  const auto challenge = bench.challenges().front();
  SECTION("expired") {
    bench.clock.now += kLifetime;
  }
  SECTION("forgotten") {
    bench.aka.forget_all();
  }
  const auto owner = bench.answer_rightly(challenge, "00000001");
  REQUIRE_FALSE(owner);
  CHECK(owner.error().status == 401);
  CHECK(owner.error().stale);
  CHECK(bench.aka.size() == 0);
  const auto other = bench.answer(challenge, std::string(64, '0'));
  REQUIRE_FALSE(other);
  CHECK_FALSE(other.error().stale);
}

TEST_CASE("a right response is stale on command", "[UA-9]") {
  Bench bench;
  bench.faults.set({.fault = Fault::stale_nonce, .remaining = 1});
  const auto refusal = bench.answer_rightly(bench.challenges().front(), "00000001");
  REQUIRE_FALSE(refusal);
  CHECK(refusal.error().stale);
}

TEST_CASE("the oldest nonce goes when there are too many", "[UA-9]") {
  Bench bench;
  const auto oldest = bench.challenges().front();
  for (std::size_t i = 0; i < AkaChallenger::kMostNonces / 2; ++i) {
    bench.challenges();
  }
  CHECK(bench.aka.size() == AkaChallenger::kMostNonces);
  CHECK_FALSE(bench.answer_rightly(oldest, "00000001"));
}

TEST_CASE("the AUTS of the vectors resynchronises the HSS, once", "[UA-9][UB-5]") {
  Bench bench(NonceMode::set, false, {AkaDigest::v1_md5});
  const auto challenge = bench.challenges().front();
  const auto auts = ", auts=\"" + text("ub_sync_failure", "auts_param") + "\"";
  const auto response = text("ub_sync_failure", "response");
  const auto refusal = bench.answer(challenge, response, auts);
  REQUIRE_FALSE(refusal);
  CHECK(refusal.error().status == 401);
  CHECK_FALSE(refusal.error().stale);
  CHECK(bench.counted().aka_resynchronised == 1);
  const auto nonce = from_base64(bench.challenges().front().value("nonce"));
  const auto ak = bench.hss.answer_to(text("IMPI"), *isim::Rand::from(test::hex(text("RAND")))).ak;
  Bytes sqn(nonce->begin() + 16, nonce->begin() + 22);
  for (std::size_t i = 0; i < sqn.size(); ++i) {
    sqn[i] ^= ak.expose()[i];
  }
  CHECK(isim::soft::Sqn::read(std::span<const std::uint8_t, 6>(sqn)).seq() == (0xfe1 >> 5) + 1);
  CHECK_FALSE(bench.answer(challenge, response, auts));
  CHECK(bench.counted().aka_resynchronised == 1);
}

TEST_CASE("an AUTS that is not the card's is refused", "[UA-9][UB-5]") {
  struct Case {
    std::string auts;
    std::string response;
    unsigned status;
  };
  const auto right = text("ub_sync_failure", "response");
  for (const auto& each :
       {Case{"RR6L7KvaTuJ+uxqdPDc=", right, 403}, Case{"RR6L7KvaTuJ+uxqd", right, 400},
        Case{"?", right, 400},
        Case{text("ub_sync_failure", "auts_param"), std::string(32, '0'), 400}}) {
    INFO(each.auts << " " << each.response);
    Bench bench(NonceMode::set, false, {AkaDigest::v1_md5});
    const auto refusal =
        bench.answer(bench.challenges().front(), each.response, ", auts=\"" + each.auts + "\"");
    REQUIRE_FALSE(refusal);
    CHECK(refusal.error().status == each.status);
    CHECK(bench.counted().aka_resynchronised == 0);
  }
}

TEST_CASE("the faults of AKA at a NAF are those of all challenges of one answer", "[UA-9]") {
  const auto with = [](Fault fault) {
    Bench bench;
    bench.faults.set({.fault = fault, .remaining = 1, .naf = std::string(kNaf)});
    auto challenges = bench.challenges();
    CHECK(bench.faults.active().empty());
    return challenges;
  };
  for (const auto& each : with(Fault::aka_nonce_short)) {
    CHECK(from_base64(each.value("nonce"))->size() == 16);
  }
  for (const auto& each : with(Fault::aka_realm)) {
    CHECK(each.value("realm") == "evil.example");
  }
  const auto v1 = with(Fault::aka_v1_only);
  REQUIRE(v1.size() == 1);
  CHECK(v1.front().value("algorithm") == "AKAv1-MD5");
  auto wrong_mac = test::hex(text("RAND"));
  append(wrong_mac, test::hex(text("AUTN")));
  wrong_mac.back() ^= 1;
  CHECK(with(Fault::wrong_mac).front().value("nonce") == to_base64(wrong_mac));
  const auto jumped = with(Fault::sqn_jump);
  CHECK(jumped[0].value("nonce") == jumped[1].value("nonce"));
}

TEST_CASE("credentials of AKA are known by algorithm or by the empty nonce", "[UA-9]") {
  const auto concerns = [](std::string_view field) {
    return AkaChallenger::concerns(*DigestCredentials::parse(field));
  };
  CHECK(concerns("Digest nonce=\"n\", algorithm=AKAv2-MD5"));
  CHECK(concerns("Digest nonce=\"\""));
  CHECK_FALSE(concerns("Digest nonce=\"n\", algorithm=MD5"));
  CHECK_FALSE(concerns("Digest nonce=\"n\""));
}
