// The GBA context of the card by its APDUs, and with our own terminal side.
#include "base/encoding.h"
#include "isim/gba.h"
#include "isim/gba_files.h"
#include "isim/identity.h"
#include "isim/soft/auc.h"
#include "isim/tlv.h"
#include "tests/support/catch.h"
#include "tests/support/soft_card.h"
#include "tests/support/vectors.h"
#include "tests/unit/isim/soft/aka_fixture.h"

#include <map>
#include <random>

using namespace ut;
using namespace ut::isim;
using namespace ut::isim::soft;
using ut::test::SoftCard;

namespace {

const SoftCard::Changes kGba = {{"enabled = true", "enabled = false"},
                                {"isim = []", "isim = [2]"},
                                {"usim = [27, 38]", "usim = [27, 38, 68]"}};

constexpr const char* kSelectIsim = "00a4040c07a0000000871004";
constexpr const char* kSelectUsim = "00a4040c07a0000000871002";
const std::string kRandHex(fixture::kRand);
const std::string kKsExtNaf = "18d35561d8a29e2706a895a4ebcc16f6b4fc376a974905af5262e23275eeb659";

const nlohmann::json& gba() {
  return ut::test::vectors()["gba"];
}
std::string text(const char* name) {
  return gba()[name].get<std::string>();
}

std::string octet(std::size_t value) {
  return to_hex(Bytes{static_cast<std::uint8_t>(value)});
}

std::string length_value(std::string_view hex) {
  return octet(hex.size() / 2).append(hex);
}

std::string bootstrapping(const Autn& autn) {
  return "0088008423dd10" + kRandHex + "10" + to_hex(autn.view()) + "00";
}

Autn autn_star(std::uint64_t sqn) {
  return make_gba_u_vector(fixture::milenage(), fixture::rand(), fixture::sqn(sqn), fixture::amf())
      .autn;
}

std::string derivation(const std::string& naf_id, const std::string& impi) {
  const auto data = "de" + length_value(naf_id) + length_value(impi);
  return "00880084" + length_value(data) + "00";
}

// NAF_Id of the n-th NAF.
std::string naf_id(int n) {
  return to_hex(as_bytes("naf" + std::to_string(n) + ".home1.net")) + "010001c02f";
}

// UPDATE BINARY of the selected EF_GBABP behind RAND.
std::string write_b_tid(std::string_view b_tid) {
  const auto fields = length_value(to_hex(as_bytes(b_tid))) +
                      length_value(to_hex(as_bytes("2030-01-01T00:00:00Z")));
  return "00d60011" + length_value(fields);
}

// Bootstrapped with SQN `sqn`, the B-TID written; the ADF is selected afterwards.
void bootstrap(SoftCard& card, std::uint64_t sqn, std::string_view b_tid) {
  REQUIRE(card.send(kSelectIsim) == "9000");
  REQUIRE(card.send(bootstrapping(autn_star(sqn))) == "db08" + text("RES") + "9000");
  REQUIRE(card.send("00a4000c026fd5") == "9000");
  REQUIRE(card.send(write_b_tid(b_tid)) == "9000");
  REQUIRE(card.send(kSelectIsim) == "9000");
}

std::string record(SoftCard& card, std::size_t number) {
  REQUIRE(card.send("00a4000c026fd7") == "9000");
  const auto answer = card.send("00b2" + octet(number) + "0400");
  REQUIRE(answer.ends_with("9000"));
  REQUIRE(card.send(kSelectIsim) == "9000");
  return answer.substr(0, answer.size() - 4);
}

// What a record of EF_GBANL is to be without its padding.
std::string entry(const std::string& naf_id_hex, std::string_view b_tid) {
  Bytes content;
  append_tlv(content, 0x80, ut::test::hex(naf_id_hex));
  append_tlv(content, 0x81, as_bytes(b_tid));
  return to_hex(content);
}

void check_record(SoftCard& card, std::size_t number, const std::string& content) {
  const auto octets = record(card, number);
  INFO("record " << number << ": " << octets);
  CHECK(octets.starts_with(content));
  CHECK(octets.find_first_not_of('f', content.size()) == std::string::npos);
}

}  // namespace

TEST_CASE("the vector of GBA_U passes on the card, from RES to both keys", "[IS-5][UB-7]") {
  SoftCard card(kGba);
  const std::string b_tid = gba()["ub"]["btid"];
  const std::string naf = gba()["Ks_NAF_tls12_C02F"]["NAF_Id"];
  const auto impi = to_hex(as_bytes(text("IMPI")));
  CHECK(card.send(kSelectIsim) == "9000");
  CHECK(card.send(gba()["gba_u"]["apdu_bootstrap"].get<std::string>()) ==
        "db08" + text("RES") + "9000");
  CHECK(card.send("00a4000c026fd5") == "9000");
  CHECK(card.send("00b0000012") == "10" + kRandHex + "ff9000");
  CHECK(card.send(write_b_tid(b_tid)) == "9000");
  CHECK(card.send(kSelectIsim) == "9000");
  CHECK(card.send(derivation(naf, impi)) ==
        "db20" + gba()["Ks_NAF_tls12_C02F"]["key"].get<std::string>() + "9000");
  const auto internal = card.uicc().use_ks_int_naf(Application::isim, ut::test::hex(naf));
  REQUIRE(internal.has_value());
  CHECK(to_hex(internal->expose()) == gba()["Ks_int_NAF_tls12_C02F"]["key"].get<std::string>());
  check_record(card, 1, entry(naf, b_tid));
  CHECK(card.events() ==
        std::vector{AuthenticateEvent::gba_bootstrapped, AuthenticateEvent::gba_naf_derived});
  // Another application has keys of its own.
  CHECK_FALSE(card.uicc().use_ks_int_naf(Application::usim, ut::test::hex(naf)));
}

TEST_CASE("our own terminal side bootstraps and derives on this card", "[IS-5][UB-7]") {
  for (const auto application : {Application::isim, Application::usim}) {
    auto changes = kGba;
    if (application == Application::usim) {
      changes.emplace_back("[\"isim\", \"usim\"]", "[\"usim\"]");
    }
    SoftCard card(changes);
    auto session = CardSession::open(card.transport());
    REQUIRE(session.has_value());
    REQUIRE(select_subscriber_application(*session, {.allow_usim = true}).has_value());
    const auto naf = ut::test::hex_of(gba()["Ks_NAF_tls12_C02F"]["NAF_Id"]);
    const auto impi = text("IMPI");

    const auto early = gba_derive(*session, naf, impi);
    REQUIRE(early.has_value());
    CHECK(std::holds_alternative<GbaNotBootstrapped>(*early));
    const auto autn = *Autn::from(ut::test::hex_of(gba()["gba_u"]["AUTNstar"]));
    const auto bootstrapped = gba_bootstrap(*session, fixture::rand(), autn);
    REQUIRE(bootstrapped.has_value());
    const auto* success = std::get_if<GbaBootstrapped>(&*bootstrapped);
    REQUIRE(success != nullptr);
    CHECK(to_hex(success->res.octets.expose()) == text("RES"));
    // Without the B-TID of this bootstrapping there is nothing to keep the key under.
    CHECK(std::holds_alternative<GbaNotBootstrapped>(*gba_derive(*session, naf, impi)));
    REQUIRE(store_gba_bootstrapping(*session, application, fixture::rand(),
                                    gba()["ub"]["btid"].get<std::string>(),
                                    "2030-01-01T00:00:00Z"));
    REQUIRE(select_subscriber_application(*session, {.allow_usim = true}).has_value());
    const auto derived = gba_derive(*session, naf, impi);
    REQUIRE(derived.has_value());
    const auto* key = std::get_if<GbaNafDerived>(&*derived);
    REQUIRE(key != nullptr);
    CHECK(to_hex(key->ks_ext_naf.expose()) == kKsExtNaf);

    const auto replay = gba_bootstrap(*session, fixture::rand(), autn);
    REQUIRE(replay.has_value());
    CHECK(std::holds_alternative<AkaSynchronisationFailure>(*replay));
    const auto plain = *Autn::from(ut::test::hex_of(gba()["AUTN"]));
    const auto wrong = gba_bootstrap(*session, fixture::rand(), plain);
    REQUIRE(wrong.has_value());
    CHECK(std::holds_alternative<AkaMacFailure>(*wrong));
    // Neither has touched Ks.
    CHECK(std::holds_alternative<GbaNafDerived>(*gba_derive(*session, naf, impi)));
  }
}

TEST_CASE("a replayed AUTN* is a synchronisation failure with an AUTS of AKA", "[IS-5][UB-5]") {
  SoftCard card(kGba);
  bootstrap(card, 0xfe1, "a@bsf");
  const auto answer = card.send(bootstrapping(autn_star(0xfe1)));
  CHECK(answer == "dc0e" + gba()["ub_sync_failure"]["AUTS"].get<std::string>() + "9000");
}

TEST_CASE("the key of a NAF replaces the one it had, and the keys of others stay", "[UB-7]") {
  SoftCard card(kGba);
  bootstrap(card, 64, "first@bsf");
  CHECK(card.send(derivation(naf_id(1), "614062")).starts_with("db20"));
  CHECK(card.send(derivation(naf_id(2), "614062")).starts_with("db20"));
  const auto before = card.uicc().use_ks_int_naf(Application::isim, ut::test::hex(naf_id(2)));
  // A new bootstrapping leaves them alone until a NAF's key is derived anew.
  bootstrap(card, 128, "second@bsf");
  check_record(card, 1, entry(naf_id(1), "first@bsf"));
  CHECK(card.send(derivation(naf_id(1), "614062")).starts_with("db20"));
  check_record(card, 1, entry(naf_id(1), "second@bsf"));
  check_record(card, 2, entry(naf_id(2), "first@bsf"));
  check_record(card, 3, "");
  const auto after = card.uicc().use_ks_int_naf(Application::isim, ut::test::hex(naf_id(2)));
  REQUIRE(before.has_value());
  REQUIRE(after.has_value());
  CHECK(to_hex(before->expose()) == to_hex(after->expose()));
}

TEST_CASE("a new Ks has no B-TID until the terminal writes it", "[UB-7]") {
  SoftCard card(kGba);
  bootstrap(card, 64, "first@bsf");
  CHECK(card.send(derivation(naf_id(1), "614062")).starts_with("db20"));
  CHECK(card.send(bootstrapping(autn_star(128))).starts_with("db08"));
  CHECK(card.send(derivation(naf_id(1), "614062")) == "6985");
  check_record(card, 1, entry(naf_id(1), "first@bsf"));
}

TEST_CASE("with EF_GBANL full the key that was not used for longest makes room", "[UB-7]") {
  constexpr int kRecords = 4;
  SoftCard card(kGba);
  bootstrap(card, 64, "a@bsf");
  for (int n = 1; n <= kRecords; ++n) {
    REQUIRE(card.send(derivation(naf_id(n), "614062")).starts_with("db20"));
  }
  // NAF 1 by use on the card, NAF 2 by a derivation: the oldest is now NAF 3.
  CHECK(card.uicc().use_ks_int_naf(Application::isim, ut::test::hex(naf_id(1))));
  REQUIRE(card.send(derivation(naf_id(2), "614062")).starts_with("db20"));
  REQUIRE(card.send(derivation(naf_id(5), "614062")).starts_with("db20"));
  check_record(card, 3, entry(naf_id(5), "a@bsf"));
  CHECK_FALSE(card.uicc().use_ks_int_naf(Application::isim, ut::test::hex(naf_id(3))));
  REQUIRE(card.send(derivation(naf_id(6), "614062")).starts_with("db20"));
  check_record(card, 4, entry(naf_id(6), "a@bsf"));
  for (const int n : {1, 2}) {
    check_record(card, static_cast<std::size_t>(n), entry(naf_id(n), "a@bsf"));
    CHECK(card.uicc().use_ks_int_naf(Application::isim, ut::test::hex(naf_id(n))));
  }
}

TEST_CASE("a derivation that cannot be recorded gives no key and changes nothing", "[UB-7]") {
  SoftCard card(kGba);
  CHECK(card.send(kSelectIsim) == "9000");
  CHECK(card.send(derivation(naf_id(1), "614062")) == "6985");
  bootstrap(card, 64, "a@bsf");
  CHECK(card.send(derivation(naf_id(1), "614062")).starts_with("db20"));
  const auto long_naf = to_hex(Bytes(215, 'a')) + "010001c02f";
  CHECK(card.send(derivation(long_naf, "614062")) == "9866");
  check_record(card, 1, entry(naf_id(1), "a@bsf"));
  check_record(card, 2, "");
  CHECK_FALSE(card.uicc().use_ks_int_naf(Application::isim, ut::test::hex(long_naf)));
  // EF_GBABP as a terminal can spoil it: a field longer than the file, no B-TID.
  for (const auto* spoilt : {"00d6001101ff", "00d600110100"}) {
    REQUIRE(card.send("00a4000c026fd5") == "9000");
    REQUIRE(card.send(spoilt) == "9000");
    REQUIRE(card.send(kSelectIsim) == "9000");
    CHECK(card.send(derivation(naf_id(1), "614062")) == "6985");
  }
  CHECK(card.events().back() == AuthenticateEvent::gba_not_bootstrapped);
}

TEST_CASE("Ks and the keys of NAFs outlive a reset of the card", "[UB-7]") {
  SoftCard card(kGba);
  bootstrap(card, 64, "a@bsf");
  card.uicc().reset();
  CHECK(card.send(kSelectIsim) == "9000");
  const auto before = card.send(derivation(naf_id(1), "614062"));
  CHECK(before.starts_with("db20"));
  card.uicc().reset();
  CHECK(card.uicc().use_ks_int_naf(Application::isim, ut::test::hex(naf_id(1))));
}

TEST_CASE("malformed data in the GBA context is refused before anything is computed", "[IS-5]") {
  SoftCard card(kGba);
  CHECK(card.send(kSelectIsim) == "9000");
  const auto autn = to_hex(autn_star(64).view());
  CHECK(card.send("00880084") == "6700");
  CHECK(card.send("0088008400") == "6700");
  CHECK(card.send("0088008422dd10" + kRandHex + "10" + autn.substr(2) + "00") == "6700");
  CHECK(card.send("0088008424dd10" + kRandHex + "10" + autn + "ff00") == "6700");
  CHECK(card.send("0088008423dd0f" + kRandHex + "10" + autn + "00") == "6a80");
  CHECK(card.send("0088008423dd10" + kRandHex + "0f" + autn + "00") == "6a80");
  CHECK(card.send("0088008423dc10" + kRandHex + "10" + autn + "00") == "6a80");
  CHECK(card.send("0088008401de00") == "6700");
  CHECK(card.send("0088008405de0361626300") == "6700");
  CHECK(card.send("0088008408de0361626303616200") == "6700");
  CHECK(card.send(derivation("0100010203", "614062")) == "6a80");
  CHECK(card.send(derivation(naf_id(1), "")) == "6a80");
  CHECK(card.events().empty());
}

TEST_CASE("without the service there is no GBA context and no file of it", "[IS-5]") {
  SoftCard card({{"enabled = true", "enabled = false"}, {"isim = []", "isim = [2]"}});
  CHECK(card.send(kSelectUsim) == "9000");
  CHECK(card.send(bootstrapping(autn_star(64))) == "9864");
  CHECK(card.send(derivation(naf_id(1), "614062")) == "9864");
  CHECK(card.send("00a4000c026fd6") == "6a82");
  CHECK(card.send("00a4000c026fda") == "6a82");
  CHECK_FALSE(card.uicc().use_ks_int_naf(Application::usim, ut::test::hex(naf_id(1))));
  CHECK(card.send(kSelectIsim) == "9000");
  CHECK(card.send("00a4000c026fd7") == "9000");
  CHECK(card.send("00a4000c026fd5") == "9000");
}

TEST_CASE("a bootstrapping whose SQN cannot be stored leaves no Ks", "[IS-5][UB-7]") {
  fixture::FakeSqnStore store;
  Uicc uicc(ut::test::soft_profile(kGba), SqnArray(), store);
  const auto send = [&uicc](const std::string& hex) {
    return to_hex(uicc.exchange(ut::test::hex(hex)).expose());
  };
  CHECK(send(kSelectIsim) == "9000");
  store.fail_from_now(true);
  CHECK(send(bootstrapping(autn_star(64))) == "6581");
  CHECK(send("00a4000c026fd5") == "9000");
  CHECK(send("00b0000001") == "ff9000");
}

TEST_CASE("fields of any length in any context get an answer that the context has", "[IS-5]") {
  auto changes = kGba;
  changes[1].second = "isim = [2, 3]";
  changes.emplace_back("[services]", "[digest]\npassword = \"x\"\n[services]");
  SoftCard card(changes);
  bootstrap(card, 64, "a@bsf");
  // A fixed seed: a failure can be seen again.
  std::mt19937 random(20240229);
  std::map<std::string, int> seen;
  for (int i = 0; i < 10'000; ++i) {
    constexpr std::uint8_t kTags[] = {0xdd, 0xde, 0xde, 0x00};
    Bytes data{kTags[random() % std::size(kTags)]};
    for (unsigned fields = random() % 4; fields > 0; --fields) {
      const Bytes value(random() % 4 == 0 ? 16 : random() % 90, 'a');
      data.push_back(static_cast<std::uint8_t>(value.size() + (random() % 16 == 0 ? 1 : 0)));
      append(data, value);
    }
    if (data.size() > 255) {
      continue;
    }
    const auto* context = random() % 3 == 0 ? "00880082" : "00880084";
    const auto answer = card.send(context + length_value(to_hex(data)) + "00");
    ++seen[answer.substr(answer.size() - 4)];
  }
  for (const auto& [sw, count] : seen) {
    INFO(sw << " " << count);
    CHECK((sw == "9000" || sw == "6700" || sw == "6a80" || sw == "9862"));
  }
  for (const auto* sw : {"9000", "6700", "6a80", "9862"}) {
    INFO(sw);
    CHECK(seen[sw] > 0);
  }
  CHECK(card.send(derivation(naf_id(1), "614062")).starts_with("db20"));
}
