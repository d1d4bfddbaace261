#include "agent/card/card_jobs.h"

#include "base/encoding.h"
#include "isim/soft/auc.h"
#include "isim/soft/gba_u.h"
#include "tests/support/catch.h"
#include "tests/support/soft_card.h"
#include "tests/support/vectors.h"

#include <memory>
#include <string>
#include <variant>

using namespace ut;

namespace {

constexpr const char* kReader = "r";
const isim::Rand kRand = *isim::Rand::from(Bytes(16, 0x11));
const auto kAmf = *isim::soft::Amf::from(Bytes{0x80, 0x00});

// A connection to a card that outlives it; counts AUTHENTICATE and UPDATE BINARY.
class Connection final : public isim::CardTransport {
 public:
  Connection(isim::CardTransport& card, unsigned& writes) : card_(card), writes_(writes) {}
  isim::CardProtocol protocol() const override { return card_.protocol(); }
  ByteView atr() const override { return card_.atr(); }
  Result<void> begin() override { return card_.begin(); }
  Result<void> end(Leave leave) override { return card_.end(leave); }
  Result<void> reset() override { return card_.reset(); }
  Result<SecretBytes> transmit(ByteView command) override {
    writes_ += command.size() > 1 && command[1] == 0xd6 ? 1 : 0;
    return card_.transmit(command);
  }

 private:
  isim::CardTransport& card_;
  unsigned& writes_;
};

// A software card with GBA and a PIN, and its network.
struct Fixture {
  test::SoftCard card;
  SecretBytes pin = SecretBytes::copy_of(as_bytes("1234"));
  unsigned writes = 0;
  card::JobContext context;
  isim::Identity identity;
  isim::soft::SqnGenerator sqn{};

  explicit Fixture(const test::SoftCard::Changes& changes = {{"isim = []", "isim = [2]"}})
      : card(changes) {
    context.connect = [this](const std::string&) -> Result<std::unique_ptr<isim::CardTransport>> {
      return std::make_unique<Connection>(card.transport(), writes);
    };
    context.session.pin = &pin;
    identity = *card::identify(context, {kReader}).value().identity;
  }

  isim::soft::AuthenticationVector vector(const isim::Rand& rand) {
    const auto profile = test::soft_profile({});
    return isim::soft::make_gba_u_vector(*profile.algorithm, rand, sqn.next(), kAmf);
  }
  // The network's Ks_ext_NAF after a bootstrapping with `rand` on the card.
  std::string bootstrap(const isim::Rand& rand, ByteView naf_id) {
    const auto v = vector(rand);
    const auto outcome = card::gba_bootstrap(context, kReader, identity, v.rand, v.autn);
    REQUIRE(outcome);
    const auto* success = std::get_if<isim::GbaBootstrapped>(&*outcome);
    REQUIRE(success != nullptr);
    CHECK(to_hex(success->res.octets.expose()) == to_hex(v.xres.octets.expose()));
    const auto keys = isim::soft::derive_gba_u_keys(isim::soft::make_ks(v.ck, v.ik), v.rand,
                                                    as_bytes(identity.impi), naf_id);
    return to_hex(keys.ks_ext_naf.expose());
  }
  Result<void> store(const isim::Rand& rand, std::string b_tid) {
    isim::GbaBootstrapping stored;
    stored.rand = to_bytes(rand.view());
    stored.b_tid = std::move(b_tid);
    stored.key_lifetime = "2030-01-01T00:00:00Z";
    return card::store_gba_bootstrapping(context, kReader, identity, stored);
  }
  std::string derive(const isim::Rand& rand, std::string_view b_tid, ByteView naf_id) {
    const auto outcome = card::gba_derive(context, kReader, identity, rand, b_tid, naf_id);
    if (!outcome) {
      return std::string(name(outcome.error().code));
    }
    const auto* derived = std::get_if<isim::GbaNafDerived>(&*outcome);
    return derived == nullptr ? "not bootstrapped" : to_hex(derived->ks_ext_naf.expose());
  }
};

Bytes naf_id() {
  return test::hex_of(test::vectors()["gba"]["Ks_NAF_tls12_C02F"]["NAF_Id"]);
}

}  // namespace

TEST_CASE("a card with a PIN is bootstrapped, written and asked for keys", "[UB-7][IS-4][IS-8]") {
  Fixture fixture;
  CHECK(isim::offers_gba(fixture.identity));
  CHECK(card::stored_gba_bootstrapping(fixture.context, kReader, fixture.identity)->room == 160);
  const auto key = fixture.bootstrap(kRand, naf_id());
  // Each operation is a use of its own: the card was reset in between.
  CHECK(fixture.derive(kRand, "a@bsf", naf_id()) == "not bootstrapped");
  REQUIRE(fixture.store(kRand, "a@bsf"));
  CHECK(fixture.derive(kRand, "a@bsf", naf_id()) == key);
  const auto stored =
      card::stored_gba_bootstrapping(fixture.context, kReader, fixture.identity).value().content;
  REQUIRE(stored.has_value());
  CHECK(stored->rand == to_bytes(kRand.view()));
  CHECK(stored->b_tid == "a@bsf");
  CHECK(stored->key_lifetime == "2030-01-01T00:00:00Z");
}

TEST_CASE("keys are made of the bootstrapping that is meant alone", "[UB-7][IS-6]") {
  Fixture fixture;
  const auto key = fixture.bootstrap(kRand, naf_id());
  REQUIRE(fixture.store(kRand, "a@bsf"));
  const auto other = *isim::Rand::from(Bytes(16, 0x22));
  CHECK(fixture.derive(other, "a@bsf", naf_id()) == "not bootstrapped");
  CHECK(fixture.derive(kRand, "b@bsf", naf_id()) == "not bootstrapped");
  // Another program bootstraps the card.
  const auto other_key = fixture.bootstrap(other, naf_id());
  CHECK(other_key != key);
  CHECK(fixture.store(kRand, "a@bsf").error().code == ErrorCode::card_file_malformed);
  REQUIRE(fixture.store(other, "a@bsf"));
  CHECK(fixture.derive(kRand, "a@bsf", naf_id()) == "not bootstrapped");
  CHECK(fixture.derive(other, "a@bsf", naf_id()) == other_key);
}

TEST_CASE("an erased bootstrapping gives no key and is nobody's any more", "[UB-7][KEY-3]") {
  Fixture fixture;
  fixture.bootstrap(kRand, naf_id());
  REQUIRE(fixture.store(kRand, "a@bsf"));
  const auto other = *isim::Rand::from(Bytes(16, 0x22));
  const unsigned before = fixture.writes;
  REQUIRE(card::erase_gba_bootstrapping(fixture.context, kReader, fixture.identity, other));
  CHECK(fixture.writes == before);
  REQUIRE(card::erase_gba_bootstrapping(fixture.context, kReader, fixture.identity, kRand));
  CHECK(fixture.derive(kRand, "a@bsf", naf_id()) == "not bootstrapped");
  CHECK(fixture.derive(kRand, "", naf_id()) == "not bootstrapped");
}

TEST_CASE("nothing of GBA_U is done on another subscriber's card", "[UB-7][IS-6]") {
  Fixture fixture;
  fixture.bootstrap(kRand, naf_id());
  const unsigned before = fixture.writes;
  const auto events = fixture.card.events().size();
  const bool other_card = GENERATE(true, false);
  if (other_card) {
    fixture.identity.iccid = "8988211000000000000";
  } else {
    fixture.identity.impi = "somebody.else@home1.net";
  }
  const auto code = [](const auto& result) {
    REQUIRE_FALSE(result);
    return result.error().code;
  };
  const auto& context = fixture.context;
  const auto& identity = fixture.identity;
  const auto v = fixture.vector(kRand);
  CHECK(code(card::stored_gba_bootstrapping(context, kReader, identity)) ==
        ErrorCode::card_identity_changed);
  CHECK(code(card::gba_bootstrap(context, kReader, identity, v.rand, v.autn)) ==
        ErrorCode::card_identity_changed);
  CHECK(code(fixture.store(kRand, "a@bsf")) == ErrorCode::card_identity_changed);
  CHECK(code(card::erase_gba_bootstrapping(context, kReader, identity, kRand)) ==
        ErrorCode::card_identity_changed);
  CHECK(fixture.derive(kRand, "a@bsf", naf_id()) == "card-identity-changed");
  CHECK(fixture.writes == before);
  CHECK(fixture.card.events().size() == events);
}

TEST_CASE("AUTN in the GBA context is a MAC failure, and a RAND has 16 octets", "[UB-6][UB-7]") {
  Fixture fixture;
  const auto profile = test::soft_profile({});
  const auto v = isim::soft::make_vector(*profile.algorithm, kRand, fixture.sqn.next(), kAmf);
  const auto outcome =
      card::gba_bootstrap(fixture.context, kReader, fixture.identity, v.rand, v.autn);
  REQUIRE(outcome);
  CHECK(std::holds_alternative<isim::AkaMacFailure>(*outcome));
  isim::GbaBootstrapping bad;
  bad.rand = Bytes(15);
  bad.b_tid = "a@bsf";
  bad.key_lifetime = "2030-01-01T00:00:00Z";
  const auto stored =
      card::store_gba_bootstrapping(fixture.context, kReader, fixture.identity, bad);
  REQUIRE_FALSE(stored);
  CHECK(stored.error().code == ErrorCode::input_malformed);
}
