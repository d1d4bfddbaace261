#include "base/encoding.h"
#include "isim/card_session.h"
#include "isim/identity.h"
#include "isim/soft/uicc.h"
#include "tests/support/catch.h"
#include "tests/support/soft_card.h"

#include <unistd.h>
#include <filesystem>

using namespace ut;
using namespace ut::isim;
using test::SoftCard;

namespace {

const SoftCard::Changes kAdm = {{"# adm = ", "adm = "}};
const SoftCard::Changes kUniversal = {{"# universal_pin", "universal_pin"},
                                      {"# second_pin", "second_pin"}};

constexpr const char* kSelectIsim = "00a4040c07a0000000871004";
constexpr const char* kVerify = "002000010831323334ffffffff";
constexpr const char* kWrongPin = "002000010839393939ffffffff";
constexpr const char* kVerifyUniversal = "002000110835363738ffffffff";

}  // namespace

TEST_CASE("ADM opens what the issuer may write", "[IS-4]") {
  SoftCard card(kAdm);
  CHECK(card.send(kSelectIsim) == "9000");
  CHECK(card.send("00d6830003000001") == "6982");
  CHECK(card.send("0020000a") == "63c3");
  CHECK(card.send("0020000a084141414141414142") == "63c2");
  CHECK(card.send("0020000a084141414141414141") == "9000");
  CHECK(card.send("00d6830003000001") == "9000");
  CHECK(card.send("00b0830000") == "0000019000");
  // It is no PIN of the user, and opens nothing that the PIN opens.
  CHECK(card.send("00b0820000") == "6982");
  CHECK(card.send("0024000a10"
                  "4141414141414141"
                  "4242424242424242") == "6a81");
  CHECK(card.send("0026000a084141414141414141") == "6a81");
  CHECK(card.send("002c000a") == "6a81");
  card.uicc().reset();
  CHECK(card.send(kSelectIsim) == "9000");
  CHECK(card.send("00d6830003000002") == "6982");
}

TEST_CASE("without an ADM key nobody is the issuer", "[IS-4]") {
  SoftCard card;
  CHECK(card.send("0020000a") == "6a88");
  CHECK(card.send("0020000a084141414141414141") == "6a88");
  CHECK(card.send("00200011") == "6a88");
  CHECK(card.send("00200081") == "6a88");
}

TEST_CASE("PIN1 disabled with an alternative leaves the universal PIN in its place", "[IS-4]") {
  SoftCard card(kUniversal);
  CHECK(card.send("00200011") == "63c3");
  CHECK(card.send("00200081") == "63c3");
  CHECK(card.send("002691010831323334ffffffff") == "9000");
  CHECK(card.send("00a4040407a000000087100400")
            .find("c60f9001"
                  "60"
                  "830101950108830111830181") != std::string::npos);
  CHECK(card.send("00b0820000") == "6982");
  CHECK(card.send(kVerifyUniversal) == "9000");
  CHECK(card.send("00b0820000").ends_with("9000"));
  CHECK(card.send("002800010831323334ffffffff") == "9000");
  card.uicc().reset();
  CHECK(card.send(kSelectIsim) == "9000");
  CHECK(card.send(kVerifyUniversal) == "9000");
  CHECK(card.send("00b0820000") == "6982");
  CHECK(card.send(kVerify) == "9000");
  CHECK(card.send("00b0820000").ends_with("9000"));
  CHECK(card.send("002692010831323334ffffffff") == "6a86");
  CHECK(card.send("002691110835363738ffffffff") == "6a86");
}

TEST_CASE("the terminal verifies the universal PIN where it is the one that counts", "[IS-4]") {
  auto changes = kUniversal;
  changes.emplace_back("enabled = true", "enabled = false");
  SoftCard card(changes);
  const auto pin = SecretBytes::copy_of(as_bytes("5678"));
  auto session = CardSession::open(card.transport(), {.pin = &pin});
  REQUIRE(session.has_value());
  const auto identity = read_identity(*session);
  REQUIRE(identity.has_value());
  CHECK(identity->impus.size() == 2);
}

TEST_CASE("a PIN's tries and its change are on disk before the answer", "[IS-4]") {
  const auto path =
      std::filesystem::temp_directory_path() / ("uicc-pins-" + std::to_string(::getpid()));
  std::filesystem::remove(path);
  const SoftCard::Changes changes = {{"# file = \"pins\"", "file = \"" + path.string() + "\""}};
  {
    SoftCard card(changes);
    REQUIRE(card.uicc().keep_pins().has_value());
    CHECK(card.send("00200001") == "63c3");
    CHECK_FALSE(std::filesystem::exists(path));
    CHECK(card.send(kWrongPin) == "63c2");
  }
  {
    SoftCard card(changes);
    REQUIRE(card.uicc().keep_pins().has_value());
    CHECK(card.send("00200001") == "63c2");
    CHECK(card.send("0024000110"
                    "31323334ffffffff"
                    "35363738ffffffff") == "9000");
  }
  SoftCard card(changes);
  REQUIRE(card.uicc().keep_pins().has_value());
  CHECK(card.send(kVerify) == "63c2");
  CHECK(card.send("002000010835363738ffffffff") == "9000");
  std::filesystem::remove(path);
}

TEST_CASE("a PIN whose outcome cannot be stored opens nothing", "[IS-4]") {
  SoftCard card(SoftCard::Changes{{"# file = \"pins\"", "file = \"pins\""}});  // in no directory
  REQUIRE(card.uicc().keep_pins().has_value());
  CHECK(card.send(kVerify) == "6581");
  CHECK(card.send(kSelectIsim) == "9000");
  CHECK(card.send("00b0820000") == "6982");
}
