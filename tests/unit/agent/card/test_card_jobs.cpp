#include "agent/card/card_jobs.h"

#include "base/encoding.h"
#include "tests/support/catch.h"
#include "tests/support/fake_card.h"
#include "tests/support/fake_card_source.h"
#include "tests/support/vectors.h"

#include <string>

using namespace ut;
using isim::AkaOutcome;

namespace {

const isim::Rand kRand = *isim::Rand::from(Bytes(16, 0x11));
const isim::Autn kAutn = *isim::Autn::from(Bytes(16, 0x22));

struct Fixture {
  test::FakeCardSource source;
  card::JobContext context;

  Fixture() { context.connect = source.connect(); }

  isim::Identity identity(const std::string& reader) {
    return *card::identify(context, {reader}).value().identity;
  }
};

}  // namespace

TEST_CASE("the first card with an ISIM among several readers is taken", "[IS-1][IS-7]") {
  Fixture fixture;
  test::FakeUiccProfile without;
  without.has_isim = false;
  fixture.source.insert("empty of ISIM", without);
  fixture.source.insert("right", {});
  const auto found = card::identify(fixture.context, {"empty of ISIM", "right"});
  REQUIRE(found.has_value());
  CHECK(found->reader == "right");
  CHECK(card::identify(fixture.context, {"empty of ISIM"}).error().code == ErrorCode::card_no_isim);
  CHECK(card::identify(fixture.context, {}).error().code == ErrorCode::card_absent);
  // What stands in the way of the ISIM is told, not that another card has none.
  test::FakeUiccProfile locked;
  locked.pin = "1234";
  fixture.source.insert("locked", locked);
  CHECK(card::identify(fixture.context, {"empty of ISIM", "locked"}).error().code ==
        ErrorCode::pin_required);
}

TEST_CASE("the card with the configured ICCID is taken, and no other", "[IS-7]") {
  Fixture fixture;
  test::FakeUiccProfile other;
  other.iccid_digits = "89010000000000000000";
  fixture.source.insert("first", {});
  fixture.source.insert("second", other);
  fixture.context.iccid = other.iccid_digits;
  const auto found = card::identify(fixture.context, {"first", "second"});
  REQUIRE(found.has_value());
  CHECK(found->reader == "second");
  CHECK(card::identify(fixture.context, {"first"}).error().code == ErrorCode::card_not_chosen);
  // What stands in the way of the card is told, not that another one is not it.
  other.pin = "1234";
  fixture.source.insert("second", other);
  CHECK(card::identify(fixture.context, {"first", "second"}).error().code ==
        ErrorCode::pin_required);
}

TEST_CASE("AUTHENTICATE is made for the card whose identity was read", "[IS-5][IS-6]") {
  Fixture fixture;
  fixture.source.insert("r", {});
  const auto identity = fixture.identity("r");
  const auto outcome = card::authenticate(fixture.context, "r", identity, kRand, kAutn);
  REQUIRE(outcome.has_value());
  CHECK(std::holds_alternative<isim::AkaMacFailure>(*outcome));
  CHECK(fixture.source.authentications() == 1);
}

TEST_CASE("a card that was swapped without any event computes nothing", "[IS-6]") {
  Fixture fixture;
  fixture.source.insert("r", {});
  const auto identity = fixture.identity("r");

  test::FakeUiccProfile other_card;
  other_card.iccid_digits = "89010000000000000000";
  fixture.source.insert("r", other_card);
  CHECK(card::authenticate(fixture.context, "r", identity, kRand, kAutn).error().code ==
        ErrorCode::card_identity_changed);

  test::FakeUiccProfile other_subscriber;
  other_subscriber.impi = "somebody.else@ims.example.org";
  fixture.source.insert("r", other_subscriber);
  CHECK(card::authenticate(fixture.context, "r", identity, kRand, kAutn).error().code ==
        ErrorCode::card_identity_changed);
  CHECK(fixture.source.authentications() == 0);
}

TEST_CASE("the configured length of the MNC holds for the identity and for its check", "[IS-1]") {
  Fixture fixture;
  test::FakeUiccProfile usim;
  usim.has_isim = false;
  usim.has_usim = true;
  usim.imsi_file = "084950421332547698";  // 405 24 or 405 243: India has both lengths
  usim.files = {{"USIM/6FAD", 0x41, 0x03, {test::hex("000000")}}};
  fixture.source.insert("r", usim);
  fixture.context.policy.allow_usim = true;
  CHECK(card::identify(fixture.context, {"r"}).error().code == ErrorCode::card_file_malformed);

  fixture.context.policy.mnc_length = 3;
  const auto identity = fixture.identity("r");
  CHECK(identity.domain == "ims.mnc243.mcc405.3gppnetwork.org");
  CHECK(card::authenticate(fixture.context, "r", identity, kRand, kAutn).has_value());
}

TEST_CASE("a reset by another program is overcome once, before AUTHENTICATE", "[IS-6][IS-7]") {
  Fixture fixture;
  fixture.source.insert("r", {});
  const auto identity = fixture.identity("r");
  int failures = 1;
  fixture.source.disturb([&](ByteView) -> std::optional<ErrorCode> {
    return failures-- > 0 ? std::optional(ErrorCode::card_reset) : std::nullopt;
  });
  CHECK(card::authenticate(fixture.context, "r", identity, kRand, kAutn).has_value());

  failures = 2;
  CHECK(card::authenticate(fixture.context, "r", identity, kRand, kAutn).error().code ==
        ErrorCode::card_reset);
}

TEST_CASE("AUTHENTICATE is never sent twice", "[IS-5][IS-6]") {
  Fixture fixture;
  fixture.source.insert("r", {});
  const auto identity = fixture.identity("r");
  int sent = 0;
  fixture.source.disturb([&](ByteView command) -> std::optional<ErrorCode> {
    if (command[1] != 0x88) {
      return std::nullopt;
    }
    ++sent;
    return ErrorCode::card_transport;
  });
  CHECK(card::authenticate(fixture.context, "r", identity, kRand, kAutn).error().code ==
        ErrorCode::card_transport);
  CHECK(sent == 1);
}

TEST_CASE("the PIN of a locked card is verified for each operation and the card locked again",
          "[IS-4][IS-8]") {
  Fixture fixture;
  test::FakeUiccProfile locked;
  locked.pin = "1234";
  fixture.source.insert("r", locked);
  const auto pin = SecretBytes::copy_of(as_bytes("1234"));
  fixture.context.session.pin = &pin;
  const auto identity = fixture.identity("r");
  CHECK(card::authenticate(fixture.context, "r", identity, kRand, kAutn).has_value());
  CHECK_FALSE(fixture.source.card("r")->unlocked());
  CHECK(fixture.source.card("r")->verifications() == 2);
}
