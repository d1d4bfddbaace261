#include "tests/support/catch.h"
#include "tests/unit/tools/isim-probe/probe_world.h"
#include "tools/isim-probe/commands.h"

#include <sstream>

using namespace ut;
using namespace ut::probe;

namespace {

const test::SoftCard::Changes kNoPin = {{"enabled = true", "enabled = false"}};

bool has(const std::string& text, const std::string& part) {
  return text.find(part) != std::string::npos;
}

}  // namespace

TEST_CASE("every command has help and examples that are its own") {
  test::SoftCard card;
  test::ProbeWorld probe(card.transport());
  REQUIRE(probe.run({"--help"}) == 0);
  const std::string all = probe.out;
  for (const Command& command : commands()) {
    CAPTURE(command.name);
    CHECK(has(all, "\n  " + std::string(command.name) + " "));
    CHECK(probe.run({std::string(command.name), "--help"}) == 0);
    CHECK(has(probe.out, "Examples:\n  isim-probe "));
    std::istringstream examples{std::string(command.examples)};
    for (std::string example; std::getline(examples, example);) {
      CHECK(example.starts_with(command.name));
      CHECK(has(probe.out, "  isim-probe " + example));
    }
  }
}

TEST_CASE("wrong use is named, with the way to help") {
  test::SoftCard card;
  test::ProbeWorld probe(card.transport());
  CHECK(probe.run({"lst"}) == 2);
  CHECK(has(probe.err, "'lst' is no command; the commands are list, "));
  CHECK(probe.run({}) == 2);
  CHECK(has(probe.err, "a command is missing"));
  CHECK(probe.run({"read"}) == 2);
  CHECK(has(probe.err, "see isim-probe read --help"));
  CHECK(probe.run({"list", "--color", "blue"}) == 2);
  CHECK(has(probe.err, "auto,always,never"));
  CHECK(probe.run({"--json", "lst"}) == 2);
  CHECK(probe.json()["error"]["code"] == "input-malformed");
  CHECK(probe.err.empty());
}

TEST_CASE("commands run from the command line, in text and in JSON", "[IS-3]") {
  test::SoftCard card(kNoPin);
  test::ProbeWorld probe(card.transport());
  CHECK(probe.run({"list", "--json"}) == 0);
  CHECK(probe.json()["readers"][0]["name"] == "Soft");
  CHECK(probe.run({"--json", "info", "--stats"}) == 0);
  CHECK(probe.json()["identity"]["impus"].size() == 2);
  CHECK(probe.json()["stats"]["commands"] > 5);
  CHECK(probe.run({"read", "EF_IMPI"}) == 0);
  CHECK(has(probe.out, "001010123456789@"));
  CHECK(probe.run({"read", "6FEE", "--json"}) == 5);
  CHECK(probe.json()["error"]["code"] == "card-file-missing");
  CHECK(probe.run({"auth", "00", "00"}) == 2);
}

TEST_CASE("colours are for terminals, and for whom asks for them") {
  test::SoftCard card(kNoPin);
  test::ProbeWorld probe(card.transport());
  CHECK(probe.run({"doctor"}) == 0);
  CHECK_FALSE(has(probe.out, "\x1b["));
  CHECK(probe.run({"doctor", "--color", "always"}) == 0);
  CHECK(has(probe.out, "\x1b[32mok\x1b[0m"));
  probe.world.coloured_terminal = true;
  CHECK(probe.run({"doctor"}) == 0);
  CHECK(has(probe.out, "\x1b["));
  CHECK(probe.run({"doctor", "--color=never"}) == 0);
  CHECK_FALSE(has(probe.out, "\x1b["));
  CHECK(probe.run({"doctor", "--json", "--color=always"}) == 0);
  CHECK_NOTHROW(probe.json());
}
