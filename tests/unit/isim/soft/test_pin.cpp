#include "isim/soft/pin.h"

#include "base/encoding.h"
#include "tests/support/catch.h"

using namespace ut;
using namespace ut::isim::soft;

namespace {

PinCode code(std::string_view digits) {
  return *pin_code(digits);
}

Pin make_pin(bool enabled = true) {
  return {code("1234"), code("12345678"), enabled};
}

}  // namespace

TEST_CASE("a PIN is 4 to 8 digits filled up with FF", "[IS-4]") {
  CHECK(to_hex(code("1234").expose()) == "31323334ffffffff");
  CHECK(to_hex(code("12345678").expose()) == "3132333435363738");
  for (const auto* bad : {"", "123", "123456789", "12a4", "1234 ", "123\xff"}) {
    CHECK_FALSE(pin_code(bad).has_value());
  }
}

TEST_CASE("three wrong PINs block it, and then the right one is not even compared", "[IS-4]") {
  Pin pin = make_pin();
  CHECK_FALSE(pin.satisfied());
  CHECK(pin.verify(code("0000")) == Pin::Outcome::wrong);
  CHECK(pin.pin_tries() == 2);
  CHECK(pin.verify(code("0000")) == Pin::Outcome::wrong);
  CHECK(pin.verify(code("0000")) == Pin::Outcome::wrong);
  CHECK(pin.pin_tries() == 0);
  CHECK(pin.verify(code("1234")) == Pin::Outcome::blocked);
  CHECK_FALSE(pin.satisfied());
}

TEST_CASE("the right PIN opens the card and gives the tries back", "[IS-4]") {
  Pin pin = make_pin();
  REQUIRE(pin.verify(code("0000")) == Pin::Outcome::wrong);
  CHECK(pin.verify(code("1234")) == Pin::Outcome::done);
  CHECK(pin.satisfied());
  CHECK(pin.pin_tries() == 3);
  // A wrong PIN afterwards closes it again.
  CHECK(pin.verify(code("0000")) == Pin::Outcome::wrong);
  CHECK_FALSE(pin.satisfied());
  REQUIRE(pin.verify(code("1234")) == Pin::Outcome::done);
  pin.forget_verification();
  CHECK_FALSE(pin.satisfied());
}

TEST_CASE("CHANGE PIN needs the old PIN and a new one of digits", "[IS-4]") {
  Pin pin = make_pin();
  CHECK(pin.change(code("0000"), code("5678")) == Pin::Outcome::wrong);
  CHECK(pin.pin_tries() == 2);
  CHECK(pin.change(code("1234"), PinCode()) == Pin::Outcome::new_malformed);
  CHECK(pin.change(code("1234"), code("5678")) == Pin::Outcome::done);
  CHECK(pin.verify(code("1234")) == Pin::Outcome::wrong);
  CHECK(pin.verify(code("5678")) == Pin::Outcome::done);
}

TEST_CASE("a disabled PIN leaves the card open until it is enabled", "[IS-4]") {
  Pin pin = make_pin();
  CHECK(pin.disable(code("0000")) == Pin::Outcome::wrong);
  CHECK(pin.enable(code("1234")) == Pin::Outcome::wrong_state);
  REQUIRE(pin.disable(code("1234")) == Pin::Outcome::done);
  CHECK(pin.satisfied());
  CHECK(pin.verify(code("1234")) == Pin::Outcome::disabled);
  CHECK(pin.change(code("1234"), code("5678")) == Pin::Outcome::disabled);
  CHECK(pin.disable(code("1234")) == Pin::Outcome::wrong_state);
  CHECK(pin.enable(code("9999")) == Pin::Outcome::wrong);
  CHECK(pin.enable(code("1234")) == Pin::Outcome::done);
  pin.forget_verification();
  CHECK_FALSE(pin.satisfied());
}

TEST_CASE("the PUK unblocks with a new PIN and blocks after ten wrong ones", "[IS-4]") {
  Pin pin = make_pin();
  for (int i = 0; i < 3; ++i) {
    pin.verify(code("0000"));
  }
  CHECK(pin.unblock(code("87654321"), code("5678")) == Pin::Outcome::wrong);
  CHECK(pin.puk_tries() == 9);
  CHECK(pin.unblock(code("12345678"), PinCode()) == Pin::Outcome::new_malformed);
  CHECK(pin.unblock(code("12345678"), code("5678")) == Pin::Outcome::done);
  CHECK(pin.puk_tries() == 10);
  CHECK(pin.satisfied());
  CHECK(pin.verify(code("5678")) == Pin::Outcome::done);

  for (int i = 0; i < 10; ++i) {
    CHECK(pin.unblock(code("87654321"), code("0000")) == Pin::Outcome::wrong);
  }
  CHECK(pin.unblock(code("12345678"), code("0000")) == Pin::Outcome::blocked);
}
