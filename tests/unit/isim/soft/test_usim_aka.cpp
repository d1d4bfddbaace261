#include "isim/soft/usim_aka.h"

#include "base/encoding.h"
#include "isim/soft/auc.h"
#include "tests/support/catch.h"
#include "tests/unit/isim/soft/aka_fixture.h"

using namespace ut;
using namespace ut::isim;
using namespace ut::isim::soft;
using soft::fixture::FakeSqnStore;

namespace {

Autn autn_for(std::uint64_t value, std::string_view amf = "8000") {
  return make_vector(fixture::milenage(), fixture::rand(), fixture::sqn(value), fixture::amf(amf))
      .autn;
}

}  // namespace

TEST_CASE("a fresh challenge succeeds and its SQN is stored first", "[IS-5]") {
  FakeSqnStore store;
  UsimAka aka(fixture::algorithm(), SqnArray(), store);
  const Autn autn = *Autn::from(ut::test::hex("aa689c6482518000283d95cc0bf9a93c"));
  const auto outcome = aka.authenticate(fixture::rand(), autn);
  REQUIRE(outcome.has_value());
  const auto* success = std::get_if<AkaSuccess>(&*outcome);
  REQUIRE(success != nullptr);
  CHECK(to_hex(success->res.octets.expose()) == "a54211d5e3ba50bf");
  CHECK(to_hex(success->ck.expose()) == "b40ba9a3c58b2a05bbf0d987b21bf8cb");
  CHECK(to_hex(success->ik.expose()) == "f769bcd751044604127672711c6d3441");
  CHECK(store.saves() == 1);
  CHECK(store.saved().highest() == fixture::sqn(0x121));
}

TEST_CASE("the same challenge again is a synchronisation failure", "[IS-5]") {
  FakeSqnStore store;
  UsimAka aka(fixture::algorithm(), SqnArray(), store);
  const Autn autn = autn_for(0xfe1);
  REQUIRE(std::holds_alternative<AkaSuccess>(*aka.authenticate(fixture::rand(), autn)));
  const auto replay = aka.authenticate(fixture::rand(), autn);
  const auto* failure = std::get_if<AkaSynchronisationFailure>(&*replay);
  REQUIRE(failure != nullptr);
  CHECK(to_hex(failure->auts.view()) == "451e8becabda4ee27ebb1a9d3c36");
  CHECK(store.saves() == 1);
}

TEST_CASE("AUTS is computed with AMF 0000 and the highest SQN of the card", "[IS-5][UB-5]") {
  for (const auto& set : ut::test::vectors()["milenage"]["sets"]) {
    INFO("set " << set["set"]);
    const auto octets = [&set](const char* name) { return ut::test::hex_of(set[name]); };
    const auto algorithm = [&] {
      return std::make_unique<const Milenage>(*K::from(octets("K")), *Opc::from(octets("OPc")));
    };
    const Rand rand = *Rand::from(octets("RAND"));
    const Sqn sqn_ms = Sqn::read(std::span<const std::uint8_t, 6>(octets("SQN")));
    FakeSqnStore store;
    UsimAka aka(algorithm(), SqnArray::used_up_to(sqn_ms), store);
    const auto vector = make_vector(*algorithm(), rand, sqn_ms, *Amf::from(octets("AMF")));
    const auto outcome = aka.authenticate(rand, vector.autn);
    const auto* failure = std::get_if<AkaSynchronisationFailure>(&*outcome);
    REQUIRE(failure != nullptr);
    CHECK(to_hex(failure->auts.view()) ==
          set["AUTS_for_SQNms_equal_SQN_AMF0000"].get<std::string>());
    CHECK(store.saves() == 0);
  }
}

TEST_CASE("a wrong MAC is told before a wrong SQN, in each octet of AUTN", "[IS-5]") {
  FakeSqnStore store;
  // The challenge is stale as well: only the order of the checks makes it a MAC failure.
  UsimAka aka(fixture::algorithm(), SqnArray::used_up_to(fixture::sqn(100'000)), store);
  const Autn good = autn_for(64);
  REQUIRE(
      std::holds_alternative<AkaSynchronisationFailure>(*aka.authenticate(fixture::rand(), good)));
  for (std::size_t i = 0; i < Autn::size; ++i) {
    Autn bad = good;
    bad.mutable_view()[i] ^= 0x01;
    INFO("octet " << i);
    CHECK(std::holds_alternative<AkaMacFailure>(*aka.authenticate(fixture::rand(), bad)));
  }
  Rand other = fixture::rand();
  other.mutable_view()[15] ^= 0x80;
  CHECK(std::holds_alternative<AkaMacFailure>(*aka.authenticate(other, good)));
  CHECK(store.saves() == 0);
  CHECK(aka.sqns().highest() == fixture::sqn(100'000));
}

TEST_CASE("IND wraps from 31 to 0 without a synchronisation failure", "[IS-5]") {
  FakeSqnStore store;
  UsimAka aka(fixture::algorithm(), SqnArray(), store);
  SqnGenerator generator;
  for (int i = 0; i < 70; ++i) {
    const Autn autn = autn_for(generator.next().value());
    CHECK(std::holds_alternative<AkaSuccess>(*aka.authenticate(fixture::rand(), autn)));
  }
  CHECK(store.saves() == 70);
}

TEST_CASE("network and card agree again after one AUTS", "[UB-5]") {
  FakeSqnStore store;
  const auto card_sqn = fixture::sqn(1'000'000);
  UsimAka aka(fixture::algorithm(), SqnArray::used_up_to(card_sqn), store);
  SqnGenerator generator(fixture::sqn(64));
  const auto first = aka.authenticate(fixture::rand(), autn_for(generator.next().value()));
  const auto* failure = std::get_if<AkaSynchronisationFailure>(&*first);
  REQUIRE(failure != nullptr);
  const auto sqn_ms = verify_auts(fixture::milenage(), fixture::rand(), failure->auts);
  REQUIRE(sqn_ms == card_sqn);
  generator.resynchronise(*sqn_ms);
  CHECK(std::holds_alternative<AkaSuccess>(
      *aka.authenticate(fixture::rand(), autn_for(generator.next().value()))));
}

TEST_CASE("a SQN that cannot be stored is not accepted and nothing is answered", "[IS-5]") {
  FakeSqnStore store;
  UsimAka aka(fixture::algorithm(), SqnArray(), store);
  store.fail_from_now(true);
  const auto refused = aka.authenticate(fixture::rand(), autn_for(64));
  REQUIRE_FALSE(refused.has_value());
  CHECK(refused.error().code == ErrorCode::system_call_failed);
  CHECK(aka.sqns().highest() == Sqn());
  store.fail_from_now(false);
  CHECK(std::holds_alternative<AkaSuccess>(*aka.authenticate(fixture::rand(), autn_for(64))));
}

TEST_CASE("the GSM context answers with the values of the test set") {
  FakeSqnStore store;
  UsimAka aka(fixture::algorithm(), SqnArray(), store);
  const auto response = aka.authenticate_gsm(fixture::rand());
  CHECK(to_hex(response.sres.expose()) == "46f8416a");
  CHECK(to_hex(response.kc.expose()) == "eae4be823af9a08b");
  CHECK(store.saves() == 0);
}
