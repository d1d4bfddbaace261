#include "tools/isim-probe/probe.h"

#include "tests/support/catch.h"
#include "tests/support/fake_card_source.h"

using namespace ut;
using namespace ut::probe;

namespace {

const isim::Rand kRand = *isim::Rand::from(Bytes(16, 0x11));
const isim::Autn kAutn = *isim::Autn::from(Bytes(16, 0x22));

}  // namespace

TEST_CASE("the card with an ISIM is found among others", "[IS-1][IS-7]") {
  test::FakeCardSource source;
  test::FakeUiccProfile without;
  without.has_isim = false;
  source.insert("other", without);
  source.insert("right", {});
  const auto connect = source.connect();
  const auto report = inspect(connect, {"gone", "other", "right"}, {}, {});
  REQUIRE(report.has_value());
  CHECK(report->reader == "right");
  CHECK(report->identity.has_value());
  const auto outcome = authenticate(connect, {"other", "right"}, {}, {}, kRand, kAutn);
  REQUIRE(outcome.has_value());
  CHECK(outcome->reader == "right");
  CHECK(std::holds_alternative<isim::AkaMacFailure>(outcome->outcome));
  CHECK(authenticate(connect, {"other"}, {}, {}, kRand, kAutn).error().code ==
        ErrorCode::card_no_isim);
}

TEST_CASE("a locked card shows what it shows without its PIN", "[IS-4]") {
  test::FakeCardSource source;
  test::FakeUiccProfile locked;
  locked.pin = "1234";
  source.insert("r", locked);
  const auto report = inspect(source.connect(), {"r"}, {}, {});
  REQUIRE(report.has_value());
  CHECK(report->iccid == locked.iccid_digits);
  CHECK(report->applications.size() == 1);
  CHECK(report->pin == isim::PinState{1, false, false, 3});
  CHECK_FALSE(report->identity.has_value());
  CHECK(report->failure->code == ErrorCode::pin_required);
  CHECK(source.card("r")->verifications() == 0);
}

TEST_CASE("no reader, no card and a mute card are told apart", "[IS-6]") {
  isim::ReaderPicture picture;
  CHECK(readers_with_card(picture).error().code == ErrorCode::card_service_unavailable);
  picture.service = true;
  CHECK(readers_with_card(picture).error().code == ErrorCode::card_reader_absent);
  picture.readers.resize(1);
  CHECK(readers_with_card(picture).error().code == ErrorCode::card_absent);
  picture.readers[0].mute = true;
  CHECK(readers_with_card(picture).error().code == ErrorCode::card_mute);
  picture.readers[0] = {.name = "r", .card = true};
  CHECK(readers_with_card(picture) == std::vector<std::string>{"r"});
}
