#include "tests/support/catch.h"
#include "tests/unit/tools/isim-probe/probe_world.h"
#include "tools/isim-probe/apdu_text.h"
#include "tools/isim-probe/raw_exchange.h"

#include "tests/support/fake_card.h"
#include "tests/support/vectors.h"

#include <unistd.h>

#include <array>

using namespace ut;
using namespace ut::probe;

namespace {

const test::SoftCard::Changes kT0 = {{"answers = \"direct\"", "answers = \"t0\""}};

// Standard input that holds `text`.
class Input {
 public:
  explicit Input(const std::string& text) {
    REQUIRE(::pipe(ends_.data()) == 0);
    REQUIRE(::write(ends_[1], text.data(), text.size()) == static_cast<ssize_t>(text.size()));
    ::close(ends_[1]);
  }
  ~Input() { ::close(ends_[0]); }
  Input(const Input&) = delete;
  Input& operator=(const Input&) = delete;
  int fd() const { return ends_[0]; }

 private:
  std::array<int, 2> ends_{};
};

bool has(const std::string& text, const std::string& part) {
  return text.find(part) != std::string::npos;
}

// The JSON of one line of the output.
nlohmann::json line(const std::string& out, int number) {
  std::istringstream lines(out);
  std::string text;
  for (int i = 0; i <= number; ++i) {
    std::getline(lines, text);
  }
  return nlohmann::json::parse(text);
}

}  // namespace

TEST_CASE("apdu sends what it is given and explains the answer", "[IS-2]") {
  test::SoftCard card(kT0, isim::CardProtocol::t0);
  test::ProbeWorld probe(card.transport());
  REQUIRE(probe.run({"apdu", "00A40004023F00", "00b0820000", "00 a4 00 04 02 6f 02"}) == 0);
  CHECK(has(probe.out, "> 00a40004023f00\n"));
  CHECK(has(probe.out, "62 FCP template\n"));
  CHECK(has(probe.out, "83 file identifier: 3f00\n"));
  CHECK(has(probe.out, "< 9000"));
  CHECK(has(probe.out, "< 6a82"));
  REQUIRE(probe.run({"apdu", "--json", "00a40004023f00", "--plain"}) == 0);
  CHECK(line(probe.out, 0)["sw"].get<std::string>().starts_with("61"));
  CHECK(line(probe.out, 0)["data"] == "");
  CHECK(probe.run({"apdu", "00a4"}) == 2);
  CHECK(probe.run({"apdu", "00a400zz"}) == 2);
}

TEST_CASE("apdu reads lines of standard input", "[IS-2]") {
  test::SoftCard card;
  test::ProbeWorld probe(card.transport());
  const Input input("# the MF\n00a40004023f00\n\n00b0820000");
  probe.world.in = input.fd();
  REQUIRE(probe.run({"apdu", "--json"}) == 0);
  CHECK(line(probe.out, 0)["tlv"][0]["tag"] == "62");
  CHECK(line(probe.out, 1)["data"] == "988812010000103254f6");
}

TEST_CASE("apdu spends no try of a PIN by accident", "[IS-4]") {
  test::SoftCard card;
  test::ProbeWorld probe(card.transport());
  const Input input("002000010839393939ffffffff\n");
  probe.world.in = input.fd();
  CHECK(probe.run({"apdu"}) == 2);
  CHECK(has(probe.err, "--allow-pin-commands"));
  CHECK(card.send("0020000100") == "63c3");
  CHECK(probe.run({"apdu", "0020000100", "002c0001"}) == 0);  // ask only
  CHECK(has(probe.out, "63c3"));
  for (const char* ins : {"20", "24", "26", "28", "2c"}) {
    const std::string apdu = "00" + std::string(ins) + "00010839393939ffffffff";
    CHECK(spends_try(test::hex(apdu)));
    // Never from the command line, which others can read.
    CHECK(probe.run({"apdu", "--allow-pin-commands", apdu}) == 2);
  }
  CHECK_FALSE(spends_try(test::hex("00200001")));
  CHECK_FALSE(spends_try(test::hex("00a40004023f00")));
  CHECK(card.send("0020000100") == "63c3");
}

TEST_CASE("a PIN that apdu may send is hidden, and the card is locked again", "[IS-8][KEY-4]") {
  test::SoftCard card;
  test::ProbeWorld probe(card.transport());
  const Input input("002000010831323334ffffffff\n");
  probe.world.in = input.fd();
  REQUIRE(probe.run({"apdu", "--allow-pin-commands"}) == 0);
  CHECK(has(probe.out, "< 9000"));
  CHECK_FALSE(has(probe.out, "31323334"));
  CHECK(card.send("0020000100") == "63c3");
}

TEST_CASE("keys are hidden by apdu unless asked for", "[KEY-4]") {
  const test::SoftCard::Changes no_pin = {{"enabled = true", "enabled = false"}};
  const std::string challenge =
      "00880081221023553cbe9637a89d218ae64dae47bf3510aa689c6482518000283d95cc0bf9a93c00";
  for (const bool secrets : {false, true}) {
    test::SoftCard card(no_pin);
    test::ProbeWorld probe(card.transport());
    std::vector<std::string> arguments = {"apdu", "00a4040407a000000087100400", challenge};
    if (secrets) {
      arguments.emplace_back("--show-secrets");
    }
    REQUIRE(probe.run(arguments) == 0);
    CHECK(has(probe.out, "a54211d5e3ba50bf") == secrets);
    CHECK(has(probe.out, "hidden") != secrets);
  }
}

TEST_CASE("6Cxx is followed once and 61xx until the answer is whole", "[IS-2]") {
  test::ScriptedCard card(isim::CardProtocol::t0);
  card.on("00b2010400", "6c02")
      .on("00b2010402",
          "1122"
          "6102")
      .on("00c0000002", "33449000");
  RawExchange exchange(card, {});
  const auto answer = exchange.send(test::hex("00b2010400"));
  REQUIRE(answer.has_value());
  CHECK(answer->sw == 0x9000);
  CHECK(answer->data.size() == 4);
  CHECK(card.problem().empty());
}

TEST_CASE("data objects become a tree, and other octets none", "[IS-3]") {
  // C6 is cut short: its octets are shown.
  const auto cut = tlv_tree(test::hex("620c82027821c606900180830201"));
  REQUIRE(cut.has_value());
  CHECK(cut->front().children[1].octets == test::hex("900180830201"));
  const auto fcp = tlv_tree(test::hex("620c82027821c606900180830101"));
  REQUIRE(fcp.has_value());
  CHECK(fcp->front().name == "FCP template");
  CHECK(fcp->front().children[0].meaning == "DF or ADF");
  CHECK(fcp->front().children[1].children[1].name == "key reference");
  CHECK_FALSE(tlv_tree(test::hex("6205")).has_value());
  CHECK_FALSE(tlv_tree(test::hex("ffff")).has_value());
  CHECK(status_text(0x9862).find("9862") == 0);
}
