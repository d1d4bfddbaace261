#include "base/encoding.h"
#include "tests/support/catch.h"
#include "tests/unit/tools/isim-probe/probe_world.h"

using namespace ut;

namespace {

// The state of the card, straight from it: "63c3", "9000", "6983".
std::string pin_status(test::SoftCard& card) {
  return card.send("0020000100");
}

}  // namespace

TEST_CASE("pin status tells the tries of PIN and PUK and spends none", "[IS-4]") {
  test::SoftCard card;
  test::ProbeWorld probe(card.transport());
  for (int round = 0; round < 4; ++round) {
    REQUIRE(probe.run({"pin", "status", "--json"}) == 0);
    CHECK(probe.json()["pin"]["state"] == "needed");
    CHECK(probe.json()["pin"]["tries_left"] == 3);
    CHECK(probe.json()["puk"]["tries_left"] == 10);
  }
  CHECK(probe.run({"pin", "status"}) == 0);
  CHECK(probe.out.find("needed, 3 tries left") != std::string::npos);
  CHECK(probe.run({"pin"}) == 2);
}

TEST_CASE("pin verify tells a right PIN and leaves the card locked", "[IS-4][IS-8]") {
  test::SoftCard card;
  test::ProbeWorld probe(card.transport());
  const test::Folder folder;
  REQUIRE(probe.run({"pin", "verify", "--json", "--pin-file", folder.file("pin", "1234\n")}) == 0);
  CHECK(probe.json()["outcome"] == "right");
  CHECK(probe.json()["pin"]["tries_left"] == 3);
  CHECK(pin_status(card) == "63c3");

  const std::string wrong = folder.file("wrong", "9999\n");
  CHECK(probe.run({"pin", "verify", "--json", "--pin-file", wrong}) == 4);
  CHECK(probe.json()["error"]["code"] == "pin-wrong");
  CHECK(probe.run({"pin", "verify", "--pin-file", wrong}) == 4);
  CHECK(probe.err.find("1 tries left") != std::string::npos);
  CHECK(probe.run({"pin", "verify", "--json", "--pin-file", wrong}) == 4);
  CHECK(probe.json()["error"]["code"] == "pin-tries-low");
  CHECK(pin_status(card) == "63c1");
}

TEST_CASE("a PIN that another program has verified is verified for itself", "[IS-4]") {
  test::SoftCard card;
  test::ProbeWorld probe(card.transport());
  const test::Folder folder;
  REQUIRE(card.send("002000010831323334ffffffff") == "9000");
  CHECK(probe.run({"pin", "verify", "--pin-file", folder.file("wrong", "9999")}) == 4);
  CHECK(pin_status(card) == "63c2");
}

TEST_CASE("a disabled PIN is neither verified nor changed", "[IS-4]") {
  const test::SoftCard::Changes no_pin = {{"enabled = true", "enabled = false"}};
  test::SoftCard card(no_pin);
  test::ProbeWorld probe(card.transport());
  const test::Folder folder;
  const std::string pin = folder.file("pin", "1234");
  CHECK(probe.run({"pin", "verify", "--json", "--pin-file", pin}) == 4);
  CHECK(probe.json()["error"]["code"] == "pin-tries-unknown");
  CHECK(probe.run({"pin", "change", "--pin-file", pin, "--new-pin-file", pin}) == 4);

  // The session says so itself, and nothing is sent.
  card.send("002800010831323334ffffffff");  // enabled, and verified by it
  const SecretBytes secret = SecretBytes::copy_of(as_bytes("1234"));
  isim::SessionOptions options;
  options.pin = &secret;
  auto session = isim::CardSession::open(card.transport(), options).value();
  CHECK(session.change_pin(secret).error().code == ErrorCode::pin_tries_unknown);
}

TEST_CASE("pin change needs the old PIN and sets the new one", "[IS-4][IS-8]") {
  test::SoftCard card;
  test::ProbeWorld probe(card.transport());
  const test::Folder folder;
  const std::string old_pin = folder.file("old", "1234");
  const std::string new_pin = folder.file("new", "87654321");
  const std::string wrong = folder.file("wrong", "9999");
  CHECK(probe.run({"pin", "change", "--pin-file", wrong, "--new-pin-file", new_pin}) == 4);
  CHECK(pin_status(card) == "63c2");
  CHECK(probe.run({"pin", "change", "--pin-file", old_pin, "--new-pin-file",
                   folder.file("bad", "12a4")}) == 4);
  CHECK(pin_status(card) == "63c2");
  REQUIRE(probe.run(
              {"pin", "change", "--json", "--pin-file", old_pin, "--new-pin-file", new_pin}) == 0);
  CHECK(probe.json()["outcome"] == "changed");
  CHECK(pin_status(card) == "63c3");
  CHECK(probe.run({"pin", "verify", "--pin-file", new_pin}) == 0);
  CHECK(probe.run({"pin", "verify", "--pin-file", old_pin}) == 4);
}

TEST_CASE("pin unblock needs the PUK, warns of its tries and keeps the last one", "[IS-4][IS-8]") {
  test::SoftCard card;
  test::ProbeWorld probe(card.transport());
  const test::Folder folder;
  const std::string puk = folder.file("puk", "12345678");
  const std::string wrong = folder.file("wrong", "00000000");
  const std::string new_pin = folder.file("new", "2222");
  for (int round = 0; round < 3; ++round) {
    card.send("002000010839393939ffffffff");
  }
  CHECK(probe.run({"pin", "status", "--json"}) == 4);
  CHECK(probe.json()["pin"]["state"] == "blocked");
  CHECK(probe.run({"pin", "unblock", "--puk-file", new_pin, "--new-pin-file", new_pin}) == 2);
  CHECK(probe.run({"pin", "unblock", "--puk-file", wrong, "--new-pin-file", new_pin}) == 4);
  CHECK(probe.err.find("10 tries left; after the last wrong one") != std::string::npos);
  CHECK(probe.err.find("the PUK has 9 tries left") != std::string::npos);
  REQUIRE(probe.run({"pin", "unblock", "--json", "--puk-file", puk, "--new-pin-file", new_pin}) ==
          0);
  CHECK(probe.json()["outcome"] == "unblocked");
  CHECK(pin_status(card) == "63c3");
  CHECK(probe.run({"pin", "verify", "--pin-file", new_pin}) == 0);

  for (int round = 0; round < 12; ++round) {
    CHECK(probe.run({"pin", "unblock", "--puk-file", wrong, "--new-pin-file", new_pin}) == 4);
  }
  CHECK(probe.err.find("none was spent") != std::string::npos);
  CHECK(card.send("002c000100") == "63c1");
}
