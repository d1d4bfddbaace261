#include "base/encoding.h"
#include "tests/support/catch.h"
#include "tests/support/fake_card.h"
#include "tests/support/vectors.h"
#include "tests/unit/tools/isim-probe/probe_world.h"
#include "tools/isim-probe/gsmtap.h"

#include <sys/stat.h>

#include <fstream>
#include <iterator>

using namespace ut;
using namespace ut::probe;

namespace {

const std::string kImsi = "001010123456789";
const std::vector<std::string> kChallenge = {"auth", "23553cbe9637a89d218ae64dae47bf35",
                                             "aa689c6482518000283d95cc0bf9a93c"};

std::string contents(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

bool has(const std::string& text, const std::string& part) {
  return text.find(part) != std::string::npos;
}

std::vector<std::string> join(std::vector<std::string> first,
                              const std::vector<std::string>& more) {
  first.insert(first.end(), more.begin(), more.end());
  return first;
}

mode_t mode(const std::string& path) {
  struct stat status{};
  REQUIRE(::stat(path.c_str(), &status) == 0);
  return status.st_mode & 0777;
}

}  // namespace

TEST_CASE("a recording is played again without a card", "[IS-3]") {
  for (const auto protocol : {isim::CardProtocol::t0, isim::CardProtocol::t1}) {
    test::SoftCard::Changes changes;
    if (protocol == isim::CardProtocol::t0) {
      changes = {{"answers = \"direct\"", "answers = \"t0\""}};
    }
    test::SoftCard card(changes, protocol);
    test::ProbeWorld probe(card.transport());
    const test::Folder folder;
    const std::string pin = folder.file("pin", "1234");
    const std::string recording = folder.path("recording");
    for (const auto& command : std::vector<std::vector<std::string>>{
             {"info", "--json", "--stats"}, {"files"}, {"doctor"}, kChallenge}) {
      REQUIRE(probe.run(join(join({"record", recording}, command), {"--pin-file", pin})) == 0);
      const std::string live = probe.out;
      test::ScriptedCard none;
      test::ProbeWorld empty(none);
      empty.world.connect = [](const std::string&) -> Result<std::unique_ptr<isim::CardTransport>> {
        return fail(ErrorCode::card_absent, "no card here");
      };
      CAPTURE(command.front(), empty.err);
      REQUIRE(empty.run(join({"replay", recording}, command)) == 0);
      if (command.front() == "info") {
        const auto before = nlohmann::json::parse(live);
        CHECK(empty.json()["stats"] == before["stats"]);
        CHECK(empty.json()["applications"] == before["applications"]);
        CHECK(empty.json()["identity"]["services"] == before["identity"]["services"]);
        CHECK(empty.json()["identity"]["impi"] ==
              "000000000000000@xxx.xxx000.xxx000.0xxxxxxxxxx.xxx");
      }
      if (command.front() == "doctor") {
        CHECK(empty.out == live);
      }
    }
  }
}

TEST_CASE("a recording has neither secrets nor identities", "[KEY-4][KEY-6]") {
  test::SoftCard card;
  test::ProbeWorld probe(card.transport());
  const test::Folder folder;
  const std::string pin = folder.file("pin", "1234");
  const std::string recording = folder.path("recording");
  REQUIRE(probe.run({"record", recording, "files", "--pin-file", pin, "--show-secrets"}) == 0);
  std::string all = contents(recording);
  REQUIRE(probe.run(join(join({"record", recording}, kChallenge),
                         {"--pin-file", pin, "--show-secrets"})) == 0);
  CHECK(has(probe.out, "a54211d5e3ba50bf"));
  all += contents(recording);
  CHECK(mode(recording) == 0600);
  // PIN, RES, CK, IK, ICCID, IMSI (swapped), IMPI and IMPU.
  for (const char* secret : {"31323334", "a54211d5e3ba50bf", "b40ba9a3c58b2a05bbf0d987b21bf8cb",
                             "f769bcd751044604127672711c6d3441", "988812010000103254f6",
                             "0809101010325476", "303031303130313233343536373839", "616c696365"}) {
    CAPTURE(secret);
    CHECK_FALSE(has(all, secret));
  }
  CHECK(has(all, "23553cbe9637a89d218ae64dae47bf35"));
  REQUIRE(probe.run({"record", "--identities", recording, "files", "--pin-file", pin}) == 0);
  CHECK(has(contents(recording), "988812010000103254f6"));
  CHECK_FALSE(has(contents(recording), "31323334ffffffff"));  // the IMPI has 1234 in it
}

TEST_CASE("a recording of failures is played again, too", "[IS-6]") {
  test::SoftCard card;
  test::ProbeWorld probe(card.transport());
  const test::Folder folder;
  const std::string recording = folder.path("recording");
  CHECK(probe.run({"record", recording, "info", "--json"}) == 4);
  const std::string live = probe.out;
  card.transport().remove();
  CHECK(probe.run({"replay", recording, "info", "--json"}) == 4);
  CHECK(nlohmann::json::parse(live)["error"] == probe.json()["error"]);
  CHECK(probe.run({"record", recording, "info", "--json"}) == 5);
  CHECK(probe.run({"replay", recording, "info", "--json"}) == 5);
  CHECK(probe.json()["error"]["code"] == "card-removed");
}

TEST_CASE("what was not recorded is not played", "[IS-3]") {
  test::SoftCard card;
  test::ProbeWorld probe(card.transport());
  const test::Folder folder;
  const std::string recording = folder.path("recording");
  CHECK(probe.run({"record", recording, "info"}) == 4);
  CHECK(probe.run({"replay", recording, "files"}) == 2);
  CHECK(has(probe.err, "replay the command that was recorded"));
  CHECK(probe.run({"replay", folder.file("none", "{}"), "info"}) == 2);
  CHECK(probe.run({"replay", folder.file("bad", "hello\n"), "info"}) == 2);
  CHECK(has(probe.err, "not a recording"));
  CHECK(probe.run({"replay", folder.path("gone"), "info"}) == 2);
  CHECK(probe.run({"record", recording}) == 2);
  CHECK(probe.run({"record", recording, "replay", recording, "info"}) == 2);
  CHECK(probe.run({"record", folder.path("no/such/folder"), "info"}) == 2);
}

TEST_CASE("a packet has the layers that Wireshark expects") {
  const auto packet =
      pcap_gsmtap(GsmtapSim::apdu, test::hex("a0"), std::chrono::system_clock::time_point{});
  CHECK(to_hex(pcap_header()) == "d4c3b2a1020004000000000000000000ffff0000e4000000");
  CHECK(to_hex(packet) ==
        "0000000000000000"
        "2d0000002d000000"
        "4500002d0000400040113cbe"
        "7f0000017f000001"
        "127912790019"
        "0000"
        "02040400000000000000000000000000"
        "a0");
  CHECK(to_hex(sim_exchange(test::hex("00a40004023f0000"), test::hex("9000"))) ==
        "00a40004023f009000");
  CHECK(to_hex(sim_exchange(test::hex("00b0000000"), test::hex("019000"))) == "00b0000000019000");
}

TEST_CASE("--pcap captures any command, masked", "[KEY-4]") {
  test::SoftCard card;
  test::ProbeWorld probe(card.transport());
  const test::Folder folder;
  const std::string pin = folder.file("pin", "1234");
  const std::string file = folder.path("capture");
  const auto captured = [&](const std::vector<std::string>& more) {
    const auto arguments = join(join({"--pcap", file, "--json"}, kChallenge), {"--pin-file", pin});
    CHECK(probe.run(join(arguments, more)) % 6 == 0);  // the second time AUTS
    return to_hex(as_bytes(contents(file)));
  };
  const std::string masked = captured({});
  CHECK(mode(file) == 0600);
  CHECK(has(masked, "a0000000871004"));
  CHECK(has(masked, "23553cbe9637a89d218ae64dae47bf35"));
  CHECK_FALSE(has(masked, "31323334"));
  CHECK_FALSE(has(masked, "a54211d5e3ba50bf"));
  CHECK(has(captured({"--show-secrets"}), "31323334"));
  // Around a recording, too.
  REQUIRE(probe.run({"--pcap", file, "record", folder.path("r"), "info", "--pin-file", pin}) == 0);
  CHECK(has(to_hex(as_bytes(contents(file))), "a0000000871004"));
}
