#include "isim/soft/authenticate.h"

#include "base/encoding.h"
#include "isim/aka.h"
#include "isim/identity.h"
#include "isim/soft/auc.h"
#include "tests/support/catch.h"
#include "tests/support/soft_card.h"
#include "tests/unit/isim/soft/aka_fixture.h"

#include <algorithm>
#include <map>

using namespace ut;
using namespace ut::isim;
using namespace ut::isim::soft;
using test::SoftCard;

namespace {

const SoftCard::Changes kNoPin = {{"enabled = true", "enabled = false"}};

constexpr const char* kSelectIsim = "00a4040c07a0000000871004";
constexpr const char* kSelectUsim = "00a4040c07a0000000871002";
const std::string kRandHex(fixture::kRand);
// SQN 0x121, AMF 8000: the end-to-end vector.
const std::string kAutnHex = "aa689c6482518000283d95cc0bf9a93c";
const std::string kChallenge = "2210" + kRandHex + "10" + kAutnHex;
const std::string kAnswer =
    "db08a54211d5e3ba50bf10b40ba9a3c58b2a05bbf0d987b21bf8cb10f769bcd751044604127672711c6d3441";

}  // namespace

TEST_CASE("IMS AKA answers RES, CK and IK on the ISIM", "[IS-5]") {
  SoftCard card(kNoPin);
  CHECK(card.send(kSelectIsim) == "9000");
  CHECK(card.send("00880081" + kChallenge + "00") == kAnswer + "9000");
  CHECK(card.events() == std::vector{AuthenticateEvent::success});
  // The same again: synchronisation failure, a normal ending with tag DC.
  const auto replay = card.send("00880081" + kChallenge + "00");
  REQUIRE(replay.size() == 2 * (2 + 14 + 2));
  CHECK(replay.starts_with("dc0e"));
  CHECK(replay.ends_with("9000"));
  const auto auts = *Auts::from(ut::test::hex(std::string_view(replay).substr(4, 28)));
  CHECK(verify_auts(fixture::milenage(), fixture::rand(), auts) == fixture::sqn(0x121));
}

TEST_CASE("without Le the answer waits, as eapol_test wants it", "[IS-5]") {
  SoftCard card(kNoPin);
  CHECK(card.send(kSelectUsim) == "9000");
  CHECK(card.send("00880081" + kChallenge) == "6135");
  CHECK(card.send("00c0000035") == kAnswer + "08eae4be823af9a08b9000");
}

TEST_CASE("the USIM gives Kc with service 27 and has the GSM context with service 38", "[IS-5]") {
  const std::string kGsm =
      "00880080"
      "1110" +
      kRandHex + "00";
  const auto card_with = [](const std::string& services) {
    return SoftCard::Changes{{"enabled = true", "enabled = false"},
                             {"usim = [27, 38]", "usim = [" + services + "]"}};
  };
  SoftCard neither(card_with(""));
  CHECK(neither.send(kSelectUsim) == "9000");
  CHECK(neither.send(kGsm) == "9864");
  CHECK(neither.send("00880081" + kChallenge + "00") == kAnswer + "9000");
  SoftCard kc(card_with("27"));
  CHECK(kc.send(kSelectUsim) == "9000");
  CHECK(kc.send(kGsm) == "9864");
  CHECK(kc.send("00880081" + kChallenge + "00") == kAnswer + "08eae4be823af9a08b9000");
  SoftCard gsm(card_with("38"));
  CHECK(gsm.send(kSelectUsim) == "9000");
  CHECK(gsm.send(kGsm) == "0446f8416a08eae4be823af9a08b9000");
  CHECK(gsm.send("00880081" + kChallenge + "00") == kAnswer + "9000");
  // Without Le the answer waits here too.
  CHECK(gsm.send("00880080"
                 "1110" +
                 kRandHex) == "610e");
  CHECK(gsm.send("00c000000e") == "0446f8416a08eae4be823af9a08b9000");
}

TEST_CASE("the GSM context answers SRES and Kc on the USIM alone", "[IS-5]") {
  SoftCard card(kNoPin);
  CHECK(card.send(kSelectUsim) == "9000");
  CHECK(card.send("00880080"
                  "1110" +
                  kRandHex + "00") == "0446f8416a08eae4be823af9a08b9000");
  CHECK(card.send("00880080"
                  "1011" +
                  kRandHex.substr(2) + "00") == "6700");
  CHECK(card.send("00880080"
                  "1111" +
                  kRandHex + "00") == "6a80");
  CHECK(card.send(kSelectIsim) == "9000");
  CHECK(card.send("00880080"
                  "1110" +
                  kRandHex + "00") == "6a86");
}

TEST_CASE("a wrong MAC is 9862 whichever octet of AUTN is wrong", "[IS-5]") {
  SoftCard card(kNoPin);
  CHECK(card.send(kSelectIsim) == "9000");
  for (std::size_t i = 0; i < 16; ++i) {
    auto autn = ut::test::hex(kAutnHex);
    autn[i] ^= 0x80;
    INFO("octet " << i);
    CHECK(card.send("008800812210" + kRandHex + "10" + to_hex(autn) + "00") == "9862");
  }
  CHECK(card.events() == std::vector(16, AuthenticateEvent::mac_failure));
  // None of them spent the SQN.
  CHECK(card.send("00880081" + kChallenge + "00") == kAnswer + "9000");
}

TEST_CASE("contexts that the card has not and that nobody has are told apart", "[IS-5]") {
  SoftCard card(kNoPin);
  CHECK(card.send(kSelectIsim) == "9000");
  CHECK(card.send("00880082"
                  "0401aa01bb"
                  "00") == "9864");
  CHECK(card.send("00880084"
                  "23dd10" +
                  kRandHex + "10" + kAutnHex + "00") == "9864");
  for (const auto* p2 : {"00", "01", "83", "85", "86", "87", "c1", "ff"}) {
    CHECK(card.send(std::string("008800") + p2 + kChallenge + "00") == "6a86");
  }
  CHECK(card.send("00880181" + kChallenge + "00") == "6a86");
  CHECK(card.send("00890084" + kChallenge + "00") == "6d00");
}

TEST_CASE("every P2 is answered as the application and its services say", "[IS-5]") {
  // The data has the wrong length for every context, so a context that is there says 6700.
  const auto check = [](SoftCard& card, const char* select,
                        const std::map<unsigned, std::string>& known) {
    CHECK(card.send(select) == "9000");
    for (unsigned p2 = 0; p2 < 256; ++p2) {
      INFO(select << " P2 " << p2);
      const auto found = known.find(p2);
      CHECK(card.send("008800" + to_hex(Bytes{static_cast<std::uint8_t>(p2)}) + "01dd00") ==
            (found == known.end() ? "6a86" : found->second));
    }
  };
  SoftCard plain(
      SoftCard::Changes{{"enabled = true", "enabled = false"}, {"usim = [27, 38]", "usim = []"}});
  check(plain, kSelectIsim, {{0x81, "6700"}, {0x82, "9864"}, {0x84, "9864"}});
  check(plain, kSelectUsim, {{0x80, "9864"}, {0x81, "6700"}, {0x82, "9864"}, {0x84, "9864"}});
  CHECK(std::ranges::all_of(plain.events(), [](AuthenticateEvent event) {
    return event == AuthenticateEvent::context_unsupported;
  }));
  CHECK(plain.events().size() == 5);

  SoftCard full({{"enabled = true", "enabled = false"},
                 {"isim = []", "isim = [2, 3]"},
                 {"[services]", "[digest]\npassword = \"x\"\n[services]"},
                 {"usim = [27, 38]", "usim = [27, 38, 68]"}});
  check(full, kSelectIsim, {{0x81, "6700"}, {0x82, "6700"}, {0x84, "6700"}});
  // VGCS and VBS (82) are for no card of this kind, MBMS (85) and local keys (86) for INS 89.
  check(full, kSelectUsim, {{0x80, "6700"}, {0x81, "6700"}, {0x82, "9864"}, {0x84, "6700"}});
  for (const auto* p2 : {"84", "85", "86"}) {
    CHECK(full.send(std::string("008900") + p2 + "01dd00") == "6d00");
  }
}

TEST_CASE("malformed challenges are refused", "[IS-5]") {
  SoftCard card(kNoPin);
  CHECK(card.send(kSelectIsim) == "9000");
  CHECK(card.send("00880081") == "6700");
  CHECK(card.send("0088008100") == "6700");
  CHECK(card.send("008800811110" + kRandHex + "00") == "6700");
  CHECK(card.send("008800812310" + kRandHex + "10" + kAutnHex + "ff" + "00") == "6700");
  CHECK(card.send("00880081220f" + kRandHex + "10" + kAutnHex + "00") == "6a80");
  CHECK(card.send("008800812210" + kRandHex + "11" + kAutnHex + "00") == "6a80");
}

TEST_CASE("AUTHENTICATE needs an application and the PIN", "[IS-4][IS-5]") {
  SoftCard card;
  CHECK(card.send("00880081" + kChallenge + "00") == "6985");
  CHECK(card.send(kSelectIsim) == "9000");
  CHECK(card.send("00880081" + kChallenge + "00") == "6982");
  CHECK(card.send("002000010831323334ffffffff") == "9000");
  CHECK(card.send("00a4000c023f00") == "9000");
  CHECK(card.send("00880081" + kChallenge + "00") == "6985");
  CHECK(card.send("00a4000c027fff") == "9000");
  CHECK(card.send("00880081" + kChallenge + "00") == kAnswer + "9000");
}

TEST_CASE("a card with TUAK and a RES of 16 octets answers in every context of AKA", "[IS-5]") {
  constexpr std::string_view kTop =
      "808182838485868788898a8b8c8d8e8f909192939495969798999a9b9c9d9e9f";
  constexpr std::string_view kTuakK =
      "fffefdfcfbfaf9f8f7f6f5f4f3f2f1f0efeeedecebeae9e8e7e6e5e4e3e2e1e0";
  auto changes = kNoPin;
  changes.emplace_back("algorithm = \"milenage\"", "algorithm = \"tuak\"\nres_octets = 16");
  changes.emplace_back("k = \"" + std::string(fixture::kK) + "\"",
                       "k = \"" + std::string(kTuakK) + "\"");
  changes.emplace_back("opc = \"" + std::string(fixture::kOpc) + "\"",
                       "top = \"" + std::string(kTop) + "\"");
  SoftCard card(changes);
  const auto profile = ut::test::soft_profile(changes);
  const auto vector =
      make_vector(*profile.algorithm, fixture::rand(), fixture::sqn(64), fixture::amf());
  REQUIRE(vector.xres.octets.size() == 16);
  const auto command = "2210" + kRandHex + "10" + to_hex(vector.autn.view()) + "00";
  const auto answer = "db10" + to_hex(vector.xres.octets.expose()) + "10" +
                      to_hex(vector.ck.expose()) + "10" + to_hex(vector.ik.expose());
  const auto kc = to_hex(kc_of(vector.ck, vector.ik).expose());
  CHECK(card.send(kSelectIsim) == "9000");
  CHECK(card.send("00880081" + command) == answer + "9000");
  SoftCard other(changes);
  CHECK(other.send(kSelectUsim) == "9000");
  CHECK(other.send("00880081" + command) == answer + "08" + kc + "9000");
  CHECK(other.send("008800801110" + kRandHex + "00") ==
        "04" + to_hex(sres_of(vector.xres).expose()) + "08" + kc + "9000");
}

TEST_CASE("a SQN that cannot be stored is a memory problem and no answer", "[IS-5]") {
  fixture::FakeSqnStore store;
  Uicc uicc(ut::test::soft_profile(kNoPin), SqnArray(), store);
  const auto send = [&uicc](const std::string& hex) {
    return to_hex(uicc.exchange(ut::test::hex(hex)).expose());
  };
  CHECK(send(kSelectIsim) == "9000");
  store.fail_from_now(true);
  CHECK(send("00880081" + kChallenge + "00") == "6581");
  store.fail_from_now(false);
  CHECK(send("00880081" + kChallenge + "00") == kAnswer + "9000");
  CHECK(store.saved().highest() == fixture::sqn(0x121));
}

TEST_CASE("our own AUTHENTICATE tells the three outcomes of this card apart", "[IS-5]") {
  SoftCard card(kNoPin);
  auto session = CardSession::open(card.transport());
  REQUIRE(session.has_value());
  REQUIRE(select_subscriber_application(*session, {}).has_value());
  const auto autn = *Autn::from(ut::test::hex(kAutnHex));
  const auto success = authenticate(*session, fixture::rand(), autn);
  REQUIRE(success.has_value());
  CHECK(std::holds_alternative<AkaSuccess>(*success));
  const auto replay = authenticate(*session, fixture::rand(), autn);
  REQUIRE(replay.has_value());
  CHECK(std::holds_alternative<AkaSynchronisationFailure>(*replay));
  auto forged = autn;
  forged.mutable_view()[15] ^= 1;
  const auto refused = authenticate(*session, fixture::rand(), forged);
  REQUIRE(refused.has_value());
  CHECK(std::holds_alternative<AkaMacFailure>(*refused));
}
