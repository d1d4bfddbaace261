#include "base/encoding.h"
#include "tests/support/catch.h"
#include "tests/support/fake_card.h"
#include "tests/unit/tools/isim-probe/probe_world.h"
#include "tools/isim-probe/key_file.h"

using namespace ut;
using namespace ut::probe;

namespace {

constexpr const char* kKeys =
    "k = 465b5ce8b199b49faa5f0a2ee238a6bc\nopc = cd63cb71954a9f4e48a5994e37a02baf\n";
const test::SoftCard::Changes kNoPin = {{"enabled = true", "enabled = false"}};
const test::SoftCard::Changes kGba = {{"enabled = true", "enabled = false"},
                                      {"isim = []", "isim = [2, 3]"},
                                      {"# [digest]", "[digest]"},
                                      {"# password = \"...\"", "password = \"secret\""}};
const test::SoftCard::Changes kAhead = {{"enabled = true", "enabled = false"},
                                        {"isim = []", "isim = [2]"},
                                        {"start = 0", "start = 1000000"}};

bool has(const std::string& text, const std::string& part) {
  return text.find(part) != std::string::npos;
}

}  // namespace

TEST_CASE("auth makes a challenge with keys of its own and checks the answer", "[IS-5]") {
  test::SoftCard card(kNoPin);
  test::ProbeWorld probe(card.transport());
  const test::Folder folder;
  const std::string keys = folder.file("keys", kKeys);
  REQUIRE(probe.run({"auth", "--key-file", keys, "--json"}) == 0);
  CHECK(probe.json()["outcome"] == "success");
  CHECK(probe.json()["check"]["answer"] == "right");
  CHECK(probe.json()["check"]["resynchronised"] == false);
  // The sequence numbers of the file begin anew, so the card is asked for its own.
  REQUIRE(probe.run({"auth", "--key-file", keys}) == 0);
  CHECK(has(probe.out, "RES, CK and IK are what the keys give"));
  CHECK(probe.run({"auth", "--context", "gsm", "--key-file", keys, "--json"}) == 0);
  CHECK(probe.json()["check"] == "right");
  CHECK(probe.json()["kc_octets"] == 8);
}

TEST_CASE("a synchronisation failure is answered with the card's own SQN", "[IS-5]") {
  test::SoftCard card(kAhead);
  test::ProbeWorld probe(card.transport());
  const test::Folder folder;
  const std::string keys = folder.file("keys", kKeys);
  REQUIRE(probe.run({"auth", "--key-file", keys, "--json"}) == 0);
  CHECK(probe.json()["check"]["resynchronised"] == true);
  CHECK(probe.json()["check"]["sqn_ms"] == "0000000f4240");
  const std::string behind = folder.file("behind", std::string(kKeys) + "sqn = 000000000020\n");
  REQUIRE(probe.run({"gba", "--key-file", behind, "--json"}) == 0);
  CHECK(probe.json()["check"] == "right");
  CHECK(probe.run({"gba", "--key-file",
                   folder.file("right", std::string(kKeys) + "sqn = 0000001e8480\n")}) == 0);
}

TEST_CASE("a card with other keys says MAC failure", "[IS-5]") {
  test::SoftCard card(kGba);
  test::ProbeWorld probe(card.transport());
  const test::Folder folder;
  const std::string keys = folder.file(
      "keys", "k = 465b5ce8b199b49faa5f0a2ee238a6bd\nopc = cd63cb71954a9f4e48a5994e37a02baf\n");
  CHECK(probe.run({"auth", "--key-file", keys}) == 7);
  CHECK(probe.run({"gba", "--key-file", keys}) == 7);
}

TEST_CASE("an answer that the keys do not give is told", "[IS-5]") {
  test::FakeUiccProfile profile;
  profile.authenticate = [](ByteView) {
    Bytes answer = {0xdb, 8};
    answer.resize(10, 0x11);
    for (int key = 0; key < 2; ++key) {
      answer.push_back(16);
      answer.resize(answer.size() + 16, 0x22);
    }
    return std::pair{answer, isim::StatusWord{0x9000}};
  };
  test::FakeUicc card(profile);
  test::ProbeWorld probe(card);
  const test::Folder folder;
  CHECK(probe.run({"auth", "--json", "--key-file", folder.file("keys", kKeys)}) == 8);
  CHECK(probe.json()["check"]["answer"] == "wrong");
}

TEST_CASE("a key file is private, and what is wrong in it is told without its keys", "[KEY-4]") {
  test::SoftCard card(kNoPin);
  test::ProbeWorld probe(card.transport());
  const test::Folder folder;
  CHECK(parse_keys(std::string(kKeys) + "# comment\namf = \"8000\"\n").has_value());
  CHECK(parse_keys(isim::soft::example_card_profile()).has_value());
  for (const char* wrong : {"k = 465b\n", "465b5ce8b199b49faa5f0a2ee238a6bc\n",
                            "465b5ce8b199b49faa5f0a2ee238a6bc = 1\n", "sqn = 1\n", "amf = 80\n",
                            "res_octets = x\n", "secret = 1\n"}) {
    const auto keys = parse_keys(std::string(kKeys) + wrong);
    REQUIRE_FALSE(keys.has_value());
    CHECK(keys.error().code == ErrorCode::config_invalid);
    CHECK_FALSE(has(keys.error().detail, "465b5ce8"));
  }
  const std::string file = folder.file("open", kKeys);
  std::filesystem::permissions(file, std::filesystem::perms::group_read,
                               std::filesystem::perm_options::add);
  CHECK(probe.run({"auth", "--key-file", file}) == 2);
  CHECK(has(probe.err, "0600"));
  CHECK(probe.run({"auth"}) == 2);
  CHECK(probe.run({"gba", "--naf", "a.example.org"}) == 2);
  CHECK(probe.run({"gba", "00"}) == 2);
}

TEST_CASE("gba bootstraps on the card and derives keys of NAFs", "[IS-5][UB-7]") {
  test::SoftCard card(kGba);
  test::ProbeWorld probe(card.transport());
  const test::Folder folder;
  const std::vector<std::string> naf = {"--naf", "xcap.example.org", "--protocol", "0100000002"};
  REQUIRE(probe.run({"gba", "--json"}) == 0);
  CHECK(probe.json()["service"] == "available");
  CHECK(probe.json()["last_b_tid"] == "none");
  CHECK(probe.json()["nafs"] == "none");
  CHECK(probe.run({"gba", "--json", naf[0], naf[1], naf[2], naf[3]}) == 5);
  CHECK(probe.json()["naf_outcome"] == "not-bootstrapped");
  REQUIRE(probe.run({"gba", "--json", "--key-file", folder.file("keys", kKeys), naf[0], naf[1],
                     naf[2], naf[3]}) == 0);
  CHECK(probe.json()["check"] == "right");
  CHECK(probe.json()["naf_check"] == "right");
  CHECK(probe.json()["ks_ext_naf_octets"] == 32);
  const std::string b_tid = probe.json()["b_tid"];
  // Ks stays on the card for the next command.
  REQUIRE(probe.run({"gba", "--json", "--show-secrets", naf[0], naf[1], naf[2], naf[3]}) == 0);
  CHECK(probe.json()["last_b_tid"] == b_tid);
  CHECK(probe.json()["nafs"] == "xcap.example.org");
  CHECK(probe.json()["ks_ext_naf"].get<std::string>().size() == 64);
}

TEST_CASE("the HTTP Digest context is asked", "[IS-5]") {
  test::SoftCard card(kGba);
  test::ProbeWorld probe(card.transport());
  REQUIRE(probe.run({"auth", "--context", "digest", "--realm", "ims.example.org", "--nonce", "n",
                     "--cnonce", "c", "--json"}) == 0);
  CHECK(probe.json()["ha1_octets"] == 16);
  CHECK(probe.run({"auth", "--context", "digest"}) == 2);
  test::SoftCard without(kNoPin);
  test::ProbeWorld other(without.transport());
  CHECK(other.run(
            {"auth", "--context", "digest", "--realm", "r", "--nonce", "n", "--cnonce", "c"}) == 5);
  CHECK(other.run({"gba", "--key-file", "/dev/null"}) == 2);
}
