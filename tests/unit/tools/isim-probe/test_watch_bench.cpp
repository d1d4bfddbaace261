#include "tests/support/catch.h"
#include "tests/support/vectors.h"
#include "tests/unit/tools/isim-probe/probe_world.h"
#include "tools/isim-probe/reader_events.h"

#include <sstream>

using namespace ut;
using namespace ut::probe;

namespace {

isim::ReaderState reader(const std::string& name, bool card, std::uint16_t counter = 0) {
  isim::ReaderState state;
  state.name = name;
  state.card = card;
  state.event_counter = counter;
  if (card) {
    state.atr = test::hex("3b00");
  }
  return state;
}

std::vector<std::string> kinds(const isim::ReaderPicture& before,
                               const isim::ReaderPicture& after) {
  std::vector<std::string> names;
  for (const auto& event : events_between(before, after)) {
    names.emplace_back(event.kind);
  }
  return names;
}

using Kinds = std::vector<std::string>;

}  // namespace

TEST_CASE("what happens to readers and cards is told apart", "[IS-6][IS-7]") {
  const isim::ReaderPicture none;
  const isim::ReaderPicture empty{true, {reader("A", false)}};
  const isim::ReaderPicture full{true, {reader("A", true, 1)}};
  CHECK(kinds(none, empty) == Kinds{"service-up", "reader-added"});
  CHECK(kinds(none, full) == Kinds{"service-up", "reader-added", "card-inserted"});
  CHECK(kinds(empty, full) == Kinds{"card-inserted"});
  CHECK(kinds(full, empty) == Kinds{"card-removed"});
  CHECK(kinds(full, {true, {}}) == Kinds{"reader-removed"});
  CHECK(kinds(full, {true, {reader("A", true, 3)}}) == Kinds{"card-removed", "card-inserted"});
  CHECK(kinds(full, none) == Kinds{"service-down", "reader-removed"});
  auto mute = empty;
  mute.readers[0].mute = true;
  CHECK(kinds(empty, mute) == Kinds{"card-mute"});
  auto held = full;
  held.readers[0].exclusive = true;
  CHECK(kinds(full, held) == Kinds{"held"});
  CHECK(kinds(held, full) == Kinds{"released"});
  auto used = full;
  used.readers[0].in_use = true;
  CHECK(kinds(full, used).empty());
  CHECK(full == used);
}

TEST_CASE("watch prints one event a line and ends in good order", "[IS-7]") {
  test::SoftCard card;
  test::ProbeWorld probe(card.transport());
  probe.pictures = {{true, {reader("A", false)}},
                    {true, {reader("A", true, 1)}},
                    {true, {reader("A", false, 2)}}};
  REQUIRE(probe.run({"watch", "--json"}) == 0);
  std::istringstream lines(probe.out);
  Kinds events;
  for (std::string line; std::getline(lines, line);) {
    events.push_back(nlohmann::json::parse(line)["event"]);
  }
  CHECK(events == Kinds{"service-up", "reader-added", "card-inserted", "card-removed"});
  REQUIRE(probe.run({"watch"}) == 0);
  CHECK(probe.out.find("card-inserted  A  ATR 3b00 (direct convention, T=0)") != std::string::npos);
}

TEST_CASE("bench measures each kind of command", "[IS-2]") {
  test::SoftCard card;
  test::ProbeWorld probe(card.transport());
  const test::Folder folder;
  REQUIRE(probe.run({"bench", "--json", "--rounds", "7", "--pin-file", folder.file("p", "1234")}) ==
          0);
  const auto commands = probe.json()["commands"];
  REQUIRE(commands.size() == 4);
  for (const auto& command : commands) {
    CHECK(command["rounds"] == 7);
    CHECK(command["p50_us"] <= command["p95_us"]);
    CHECK(command["p95_us"] <= command["max_us"]);
  }
  CHECK(card.events().size() == 8);  // one is outside of what is measured
  CHECK(probe.run({"bench", "--no-auth", "--rounds", "1"}) == 0);
  CHECK(probe.run({"bench"}) == 4);
  CHECK(probe.run({"bench", "--rounds", "0"}) == 2);
}
