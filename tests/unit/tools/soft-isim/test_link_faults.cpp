// The faults of a card as the reader sees them.
#include "tests/unit/tools/soft-isim/link_fixture.h"

using namespace ut;
using namespace ut::isim::soft;
using std::chrono::milliseconds;
using test::Reader;
using test::Served;
using test::slot_card;

namespace {

constexpr std::string_view kSelectIsim = "00a4040c07a0000000871004";
constexpr std::string_view kStatusOfIsim = "80f2000100";

void select_isim(Reader& reader) {
  reader.send(kSelectIsim);
  REQUIRE(reader.receive() == "9000");
}

bool has_isim(Reader& reader) {
  reader.send(kStatusOfIsim);
  const auto answer = reader.receive();
  REQUIRE((answer == "6985" || answer.starts_with("8410a0000000871004")));
  return answer != "6985";
}

}  // namespace

TEST_CASE("a status word on command reaches the reader", "[IS-6]") {
  Served served;
  auto& reader = *served.reader;
  REQUIRE(served.slot.set_fault(
      {.kind = FaultKind::status_word, .first = 2, .count = 1, .sw = 0x6f00}));
  select_isim(reader);
  reader.send(kStatusOfIsim);
  CHECK(reader.receive() == "6f00");
  CHECK(has_isim(reader));
  CHECK(served.slot.state().commands == 3);
  CHECK(served.slot.commands_by_ins()[0xa4] == 1);
  CHECK(served.slot.commands_by_ins()[0xf2] == 2);
}

TEST_CASE("a mute card holds its answer until it wakes", "[IS-6]") {
  Served served;
  auto& reader = *served.reader;
  select_isim(reader);
  REQUIRE(served.slot.set_fault({.kind = FaultKind::mute}));
  reader.send(kStatusOfIsim);
  served.wait_until([&] { return served.slot.is_mute(); });
  CHECK(reader.nothing_waits());
  served.slot.clear_faults();
  CHECK(reader.receive().starts_with("8410a0000000871004"));
}

TEST_CASE("a mute card that is reset has lost what it was doing", "[IS-6]") {
  Served served;
  auto& reader = *served.reader;
  select_isim(reader);
  REQUIRE(served.slot.set_fault({.kind = FaultKind::mute}));
  reader.send(kStatusOfIsim);
  served.wait_until([&] { return served.slot.is_mute(); });
  served.slot.reset();
  CHECK(reader.is_closed());
  served.join();
  CHECK(served.end == LinkEnd::card_died);
  CHECK_FALSE(served.slot.is_mute());
}

TEST_CASE("the link of a mute card ends with its reader and when told to stop", "[IS-6]") {
  Served served;
  REQUIRE(served.slot.set_fault({.kind = FaultKind::mute}));
  served.reader->send(kStatusOfIsim);
  served.wait_until([&] { return served.slot.is_mute(); });
  SECTION("reader") {
    served.join();
    CHECK(served.end == LinkEnd::closed);
  }
  SECTION("stop") {
    served.stop();
    CHECK(served.reader->is_closed());
    served.join();
    CHECK(served.end == LinkEnd::stopped);
  }
}

TEST_CASE("a slow card answers late and its other commands too", "[IS-6]") {
  Served served;
  auto& reader = *served.reader;
  REQUIRE(served.slot.set_fault({.kind = FaultKind::slow, .count = 1, .delay = milliseconds(120)}));
  const auto start = std::chrono::steady_clock::now();
  select_isim(reader);
  CHECK(std::chrono::steady_clock::now() - start >= milliseconds(120));
  CHECK(has_isim(reader));
}

TEST_CASE("a card that dies within a command closes the connection", "[IS-6]") {
  const bool executed = GENERATE(true, false);
  Served served;
  auto& reader = *served.reader;
  REQUIRE(served.slot.set_fault(
      {.kind = FaultKind::die, .ins = 0x20, .count = 1, .executed = executed}));
  select_isim(reader);
  reader.send("00200001083939393939393939");
  CHECK(reader.is_closed());
  served.join();
  CHECK(served.end == LinkEnd::card_died);
  CHECK(served.slot.time_to_presence() == milliseconds(0));
  // The wrong PIN cost a try only where the command was executed.
  const auto tries = to_hex(served.slot.exchange(test::hex("00200001")).expose());
  CHECK(tries == (executed ? "63c2" : "63c3"));
}

TEST_CASE("a card that dies and stays away comes when it is inserted", "[IS-6]") {
  Served served;
  REQUIRE(served.slot.set_fault({.kind = FaultKind::die, .count = 1, .stay_away = true}));
  served.reader->send(kSelectIsim);
  CHECK(served.reader->is_closed());
  served.join();
  CHECK_FALSE(served.slot.time_to_presence().has_value());
  CHECK(served.slot.insert());
  CHECK_FALSE(served.slot.insert());
  CHECK(served.slot.time_to_presence() > milliseconds(0));
}

TEST_CASE("a reset that nobody is told of takes selection and PIN away", "[IS-6]") {
  Served served;
  auto& reader = *served.reader;
  select_isim(reader);
  CHECK(has_isim(reader));
  served.slot.reset();
  CHECK_FALSE(has_isim(reader));
}

TEST_CASE("a card that is taken out leaves the reader", "[IS-6]") {
  Served served;
  SECTION("for good") {
    served.slot.remove();
    CHECK(served.reader->is_closed());
    CHECK_FALSE(served.slot.time_to_presence().has_value());
    CHECK_FALSE(served.slot.state().inserted);
  }
  SECTION("for a moment") {
    served.slot.reinsert();
    CHECK(served.reader->is_closed());
    CHECK(served.slot.time_to_presence() > milliseconds(0));
    served.wait_until([&] { return served.slot.time_to_presence() == milliseconds(0); });
  }
  served.join();
  CHECK(served.end == LinkEnd::card_left);
}

TEST_CASE("a card without answer to reset is there and does not power up", "[IS-6]") {
  Served served;
  served.slot.refuse_power();
  CHECK(served.reader->is_closed());
  served.join();
  CHECK_FALSE(served.slot.state().answers_reset);
  CHECK(served.slot.time_to_presence() > milliseconds(0));
  served.wait_until([&] { return served.slot.time_to_presence() == milliseconds(0); });

  Served again(std::move(served.card_slot));
  again.reader->send("04");
  CHECK(again.reader->receive() == to_hex(again.slot.atr().expose()));
  again.reader->send("01");
  again.reader->send("04");
  CHECK(again.reader->is_closed());
  again.join();
  CHECK(again.end == LinkEnd::card_died);

  again.slot.clear_faults();
  CHECK(again.slot.state().answers_reset);
  CHECK(again.slot.time_to_presence() > milliseconds(0));
}

TEST_CASE("another card takes the place", "[IS-6]") {
  Served served;
  auto& reader = *served.reader;
  select_isim(reader);
  REQUIRE(served.slot.set_fault({.kind = FaultKind::status_word, .sw = 0x6f00}));
  auto other = slot_card({{"iccid = \"8988211000000123456\"", "iccid = \"8988211000000654321\""}});
  other->profile_file = "other.toml";
  SECTION("and no reader notices") {
    REQUIRE(served.slot.swap([&] { return std::move(other); }, true));
    CHECK(served.slot.state().faults.empty());
    CHECK_FALSE(has_isim(reader));
    reader.send("00a40004022fe2");
    CHECK(reader.receive().starts_with("61"));
    reader.send("00b000000a");
    CHECK(reader.receive() == "988812010000604523f19000");
  }
  SECTION("and the reader sees it") {
    REQUIRE(served.slot.swap([&] { return std::move(other); }, false));
    CHECK(reader.is_closed());
    served.join();
    CHECK(served.end == LinkEnd::card_left);
    CHECK(served.slot.time_to_presence() > milliseconds(0));
  }
  CHECK(served.slot.state().profile_file == "other.toml");
}

TEST_CASE("a command that was being done when the card was swapped is not the new card's",
          "[IS-6]") {
  Served served;
  REQUIRE(served.slot.set_fault({.kind = FaultKind::mute}));
  served.reader->send(kSelectIsim);
  served.wait_until([&] { return served.slot.is_mute(); });
  REQUIRE(served.slot.swap([] { return slot_card(); }, true));
  CHECK(served.reader->is_closed());
}
