#include "isim/soft/card_faults.h"

#include "base/encoding.h"
#include "tests/support/catch.h"
#include "tests/support/soft_card.h"
#include "tests/support/vectors.h"

using namespace ut;
using namespace ut::isim;
using namespace ut::isim::soft;
using std::chrono::milliseconds;

namespace {

const auto kSelect = test::hex("00a4040c07a0000000871004");
const auto kReadAd = test::hex("00b0830000");
const auto kAuthenticate = test::hex("008800812210");
const auto kUpdateBinary = test::hex("00d600000101");
const auto kUpdateRecord = test::hex("00dc01040101");

constexpr Reaction kNothing{};

bool refuses(const Fault& fault, std::string_view reason) {
  FaultTable table;
  const auto done = table.set(fault);
  return !done && done.error().code == ErrorCode::input_malformed &&
         done.error().detail.find(reason) != std::string::npos && table.active().empty();
}

std::string send(CardTransport& card, ByteView command) {
  const auto answer = card.transmit(command);
  return answer ? to_hex(answer->expose()) : std::string(name(answer.error().code));
}

}  // namespace

TEST_CASE("without a fault the card answers", "[IS-6]") {
  FaultTable table;
  CHECK(table.next(kSelect) == kNothing);
  CHECK(table.next({}) == kNothing);
  CHECK_FALSE(table.is_mute());
}

TEST_CASE("a status word comes in place of the n-th answer and no other", "[IS-6]") {
  FaultTable table;
  REQUIRE(table.set({.kind = FaultKind::status_word, .first = 3, .count = 1, .sw = 0x6f00}));
  CHECK(table.next(kSelect) == kNothing);
  CHECK(table.next(kReadAd) == kNothing);
  CHECK(table.next(kSelect) == Reaction{.execute = false, .sw = 0x6f00});
  CHECK(table.active().empty());
  CHECK(table.next(kSelect) == kNothing);
}

TEST_CASE("a fault of one instruction counts its commands alone", "[IS-6]") {
  FaultTable table;
  REQUIRE(table.set(
      {.kind = FaultKind::status_word, .ins = 0x88, .first = 2, .count = 2, .sw = 0x9862}));
  CHECK(table.next(kAuthenticate) == kNothing);
  CHECK(table.next(kSelect) == kNothing);
  CHECK(table.next(kAuthenticate).sw == 0x9862);
  CHECK(table.next({}) == kNothing);
  CHECK(table.next(test::hex("88")) == kNothing);
  CHECK(table.active().size() == 1);
  CHECK(table.next(kAuthenticate).sw == 0x9862);
  CHECK(table.next(kAuthenticate) == kNothing);
}

TEST_CASE("a status word of a command that was executed", "[IS-6]") {
  FaultTable table;
  REQUIRE(table.set({.kind = FaultKind::status_word, .sw = 0x6581, .executed = true}));
  CHECK(table.next(kSelect) == Reaction{.execute = true, .sw = 0x6581});
  CHECK(table.next(kSelect) == Reaction{.execute = true, .sw = 0x6581});
}

TEST_CASE("a card that becomes mute answers no instruction until it is cleared", "[IS-6]") {
  FaultTable table;
  REQUIRE(table.set({.kind = FaultKind::mute, .ins = 0x88, .first = 2}));
  REQUIRE(table.set({.kind = FaultKind::status_word, .first = 4, .sw = 0x6f00}));
  CHECK(table.next(kAuthenticate) == kNothing);
  CHECK(table.next(kSelect) == kNothing);
  CHECK_FALSE(table.is_mute());
  CHECK(table.next(kAuthenticate) == Reaction{.mute = true, .execute = false});
  CHECK(table.is_mute());
  CHECK(table.next(kSelect) == Reaction{.mute = true, .execute = false});
  CHECK(table.next({}) == Reaction{.mute = true, .execute = false});
  table.clear(FaultKind::mute);
  CHECK_FALSE(table.is_mute());
  CHECK(table.next(kSelect).sw == 0x6f00);
  table.clear();
  CHECK(table.next(kSelect) == kNothing);
}

TEST_CASE("delays add up and come beside another fault", "[IS-6]") {
  FaultTable table;
  REQUIRE(table.set({.kind = FaultKind::slow, .delay = milliseconds(100)}));
  REQUIRE(table.set({.kind = FaultKind::slow, .ins = 0xb0, .count = 1, .delay = milliseconds(20)}));
  REQUIRE(table.set({.kind = FaultKind::status_word, .ins = 0xb0, .sw = 0x6982}));
  CHECK(table.next(kSelect) == Reaction{.delay = milliseconds(100)});
  CHECK(table.next(kReadAd) ==
        Reaction{.delay = milliseconds(120), .execute = false, .sw = 0x6982});
  CHECK(table.next(kReadAd).delay == milliseconds(100));
}

TEST_CASE("death comes before a status word, whichever was set first", "[IS-6]") {
  for (const bool death_first : {true, false}) {
    FaultTable table;
    const Fault death{.kind = FaultKind::die, .count = 1, .executed = true, .stay_away = true};
    const Fault sw{.kind = FaultKind::status_word, .count = 1, .sw = 0x6f00};
    REQUIRE(table.set(death_first ? death : sw));
    REQUIRE(table.set(death_first ? sw : death));
    CHECK(table.next(kSelect) == Reaction{.die = true, .stay_away = true, .execute = true});
    CHECK(table.active().empty());
  }
}

TEST_CASE("a full card refuses what writes and nothing else", "[IS-6]") {
  FaultTable table;
  REQUIRE(table.set({.kind = FaultKind::full, .sw = 0x6a84}));
  CHECK(table.next(kReadAd) == kNothing);
  CHECK(table.next({}) == kNothing);
  CHECK(table.next(kUpdateBinary) == Reaction{.execute = false, .sw = 0x6a84});
  CHECK(table.next(kUpdateRecord).sw == 0x6a84);
  CHECK(table.next(test::hex("80db000000")).sw == 0x6a84);
}

TEST_CASE("the fault that was set first gives the status word", "[IS-6]") {
  FaultTable table;
  REQUIRE(table.set({.kind = FaultKind::status_word, .sw = 0x6f01}));
  REQUIRE(table.set({.kind = FaultKind::status_word, .sw = 0x6f02}));
  CHECK(table.next(kSelect).sw == 0x6f01);
}

TEST_CASE("faults that say nothing sensible are refused with the reason", "[IS-6]") {
  CHECK(refuses({.kind = FaultKind::mute, .first = 0}, "nth"));
  CHECK(refuses({.kind = FaultKind::die, .count = 0}, "count"));
  CHECK(refuses({.kind = FaultKind::mute, .count = 1}, "no count"));
  CHECK(refuses({.kind = FaultKind::slow}, "milliseconds"));
  CHECK(refuses({.kind = FaultKind::slow, .delay = milliseconds(600'001)}, "milliseconds"));
  CHECK(refuses({.kind = FaultKind::mute, .delay = milliseconds(1)}, "delay"));
  for (const StatusWord sw :
       std::initializer_list<StatusWord>{0x0000, 0x6000, 0x60ff, 0x7000, 0x8fff, 0xa000}) {
    CAPTURE(sw);
    CHECK(refuses({.kind = FaultKind::status_word, .sw = sw}, "status word"));
  }
  for (const StatusWord sw : std::initializer_list<StatusWord>{0x6100, 0x6fff, 0x9000, 0x9fff}) {
    CAPTURE(sw);
    FaultTable table;
    CHECK(table.set({.kind = FaultKind::status_word, .sw = sw}).has_value());
  }
  CHECK(refuses({.kind = FaultKind::die, .sw = 0x6f00}, "status word"));
  CHECK(refuses({.kind = FaultKind::full, .ins = 0xb0, .sw = 0x6a84}, "D6"));
  CHECK(refuses({.kind = FaultKind::mute, .executed = true}, "executed"));
  CHECK(refuses({.kind = FaultKind::status_word, .sw = 0x6f00, .stay_away = true}, "stay_away"));
}

TEST_CASE("the number of faults is bounded", "[IS-6]") {
  FaultTable table;
  for (std::size_t i = 0; i < FaultTable::kMost; ++i) {
    REQUIRE(table.set({.kind = FaultKind::die, .first = 1000}));
  }
  CHECK(table.set({.kind = FaultKind::die}).error().code == ErrorCode::input_malformed);
  CHECK(table.active().size() == FaultTable::kMost);
}

TEST_CASE("every kind of fault has a name of its own", "[IS-6]") {
  CHECK(name(FaultKind::mute) == "mute");
  CHECK(name(FaultKind::slow) == "slow");
  CHECK(name(FaultKind::die) == "die");
  CHECK(name(FaultKind::status_word) == "status-word");
  CHECK(name(FaultKind::full) == "full");
}

TEST_CASE("the transport in this process has the faults of a card", "[IS-6]") {
  test::SoftCard card;
  auto& transport = card.transport();
  CHECK(send(transport, kSelect) == "9000");

  SECTION("a wrong status word, and the command is not executed") {
    REQUIRE(transport.faults().set({.kind = FaultKind::status_word, .count = 1, .sw = 0x6f00}));
    CHECK(send(transport, test::hex("00a4000c023f00")) == "6f00");
    CHECK(send(transport, kReadAd) == "0000009000");
  }
  SECTION("a wrong status word after the command was executed") {
    REQUIRE(transport.faults().set(
        {.kind = FaultKind::status_word, .count = 1, .sw = 0x6f00, .executed = true}));
    CHECK(send(transport, test::hex("00a4000c023f00")) == "6f00");
    CHECK(send(transport, kReadAd) == "6a82");
  }
  SECTION("mute") {
    REQUIRE(transport.faults().set({.kind = FaultKind::mute}));
    CHECK(send(transport, kReadAd) == "card-mute");
    CHECK(send(transport, kReadAd) == "card-mute");
    transport.faults().clear();
    CHECK(send(transport, kReadAd) == "0000009000");
  }
  SECTION("dead within a command, and back without its state") {
    REQUIRE(transport.faults().set({.kind = FaultKind::die, .count = 1}));
    CHECK(send(transport, kReadAd) == "card-transport");
    CHECK(send(transport, kReadAd) == "card-transport");
    CHECK(transport.begin().error().code == ErrorCode::card_transport);
    REQUIRE(transport.reset().has_value());
    CHECK(send(transport, kReadAd) == "6a82");
  }
  SECTION("dead within a command, and away") {
    REQUIRE(transport.faults().set({.kind = FaultKind::die, .count = 1, .stay_away = true}));
    CHECK(send(transport, kReadAd) == "card-transport");
    CHECK(send(transport, kReadAd) == "card-removed");
    CHECK(transport.reset().error().code == ErrorCode::card_removed);
  }
}
