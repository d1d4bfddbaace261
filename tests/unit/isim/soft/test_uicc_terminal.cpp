#include "base/encoding.h"
#include "isim/aka.h"
#include "isim/card_session.h"
#include "isim/identity.h"
#include "isim/soft/uicc.h"
#include "tests/support/catch.h"
#include "tests/support/soft_card.h"
#include "tests/support/vectors.h"

using namespace ut;
using namespace ut::isim;
using namespace ut::isim::soft;
using test::SoftCard;

namespace {

constexpr const char* kSelectMf = "00a4000c023f00";
constexpr const char* kProfile = "8010000002ffff";
// REFRESH 01, initialisation of the application.
constexpr const char* kRefresh = "d009810301010382028182";
constexpr const char* kResponse =
    "801400000c8103010103820282818301"
    "00";

}  // namespace

TEST_CASE("REFRESH is built with details, devices and files", "[IS-6]") {
  CHECK(to_hex(refresh_command(1, RefreshMode::initialisation, {})) == kRefresh);
  const FilePath files[] = {{kMf, kEfIccid}, {kMf, 0x7fff, kEfImpi}};
  CHECK(to_hex(refresh_command(7, RefreshMode::file_change, files)) ==
        "d016810307010182028182920b023f002fe23f007fff6f02");
  CHECK(to_hex(refresh_command(2, RefreshMode::uicc_reset, {})) == "d009810302010482028182");
}

TEST_CASE("a proactive command waits for TERMINAL PROFILE and is offered until it is answered",
          "[IS-6]") {
  SoftCard card;
  card.uicc().refresh(RefreshMode::initialisation);
  CHECK(card.send(kSelectMf) == "9000");
  CHECK(card.send("801200000b") == "6985");
  CHECK(card.send("80100000") == "6700");
  CHECK(card.send(kProfile) == "910b");
  CHECK(card.send(kSelectMf) == "910b");
  CHECK(card.send("00a4000c022fff") == "6a82");
  CHECK(card.send("801200000a") == "6c0b");
  CHECK(card.send(kResponse) == "6985");
  CHECK(card.send("801200000b") == std::string(kRefresh) + "9000");
  CHECK(card.send("801200000b") == "6985");
  CHECK(card.send(kSelectMf) == "9000");
  CHECK(card.uicc().proactive_waiting() == 1);
  CHECK(card.send("801400000c810302010382028281830100") == "6a80");
  CHECK(card.send("8014000003830100") == "6a80");
  CHECK(card.send(kResponse) == "9000");
  CHECK(card.uicc().proactive_waiting() == 0);
  CHECK(card.send(kSelectMf) == "9000");
}

TEST_CASE("the next command is offered when one is answered, and after a reset again", "[IS-6]") {
  SoftCard card;
  card.uicc().refresh(RefreshMode::initialisation);
  card.uicc().queue_proactive(test::hex("d00d8103022100820281828d03044142"));
  CHECK(card.send(kProfile) == "910b");
  CHECK(card.send("801200000b").ends_with("9000"));
  card.uicc().reset();
  CHECK(card.send(kSelectMf) == "9000");
  CHECK(card.send(kProfile) == "910b");
  CHECK(card.send("801200000b") == std::string(kRefresh) + "9000");
  CHECK(card.send(kResponse) == "9110");
}

TEST_CASE("a reset answers the REFRESH that asked for it, once it was fetched", "[IS-6]") {
  SoftCard card;
  card.uicc().refresh(RefreshMode::uicc_reset);
  card.uicc().refresh(RefreshMode::session_reset);
  CHECK(card.send(kProfile) == "910b");
  card.uicc().reset();
  CHECK(card.uicc().proactive_waiting() == 2);
  CHECK(card.send(kProfile) == "910b");
  CHECK(card.send("801200000b").ends_with("9000"));
  card.uicc().reset();
  CHECK(card.uicc().proactive_waiting() == 1);
  CHECK(card.send(kProfile) == "910b");
  CHECK(card.send("801200000b").ends_with("9000"));
  card.uicc().reset();
  CHECK(card.uicc().proactive_waiting() == 1);
}

TEST_CASE("the toolkit's commands have their class, channel and parameters", "[IS-2]") {
  SoftCard card;
  CHECK(card.send("0070000001") == "019000");
  CHECK(card.send("8110000002ffff") == "6881");
  CHECK(card.send("0010000002ffff") == "6e00");
  CHECK(card.send("8010010002ffff") == "6a86");
  CHECK(card.send("8012000100") == "6a86");
  CHECK(card.send("80140001"
                  "0181") == "6a86");
}

TEST_CASE("TERMINAL CAPABILITY takes its template, SUSPEND UICC is not there", "[IS-2]") {
  SoftCard card;
  CHECK(card.send("80aa000005a903810100") == "9000");
  CHECK(card.send("80aa0000") == "6a80");
  CHECK(card.send("80aa000005a803810100") == "6a80");
  CHECK(card.send("80aa000005a904810100") == "6a80");
  CHECK(card.send("80aa010005a903810100") == "6a86");
  CHECK(card.send("00aa000005a903810100") == "6e00");
  CHECK(card.send("8076000000") == "6d00");
}

TEST_CASE("whatever the terminal asks is answered while a proactive command waits",
          "[IS-1][IS-5][IS-6]") {
  const bool t0 = GENERATE(false, true);
  SoftCard card(
      t0 ? SoftCard::Changes{{"answers = \"direct\"", "answers = \"t0\""}} : SoftCard::Changes{},
      t0 ? CardProtocol::t0 : CardProtocol::t1);
  card.uicc().refresh(RefreshMode::file_change, std::vector<FilePath>{{kMf, 0x7fff, kEfImpi}});
  CHECK(card.send(kProfile).starts_with("91"));
  const auto pin = SecretBytes::copy_of(as_bytes("1234"));
  auto session = CardSession::open(card.transport(), {.pin = &pin});
  REQUIRE(session.has_value());
  CHECK(session->channel() == 1);
  const auto identity = read_identity(*session);
  REQUIRE(identity.has_value());
  CHECK(identity->impi == "001010123456789@ims.mnc001.mcc001.3gppnetwork.org");
  // The answer of a challenge whose MAC is wrong is not taken for anything else.
  const auto outcome = authenticate(*session, Rand{}, Autn{});
  REQUIRE(outcome.has_value());
  CHECK(std::holds_alternative<AkaMacFailure>(*outcome));
  CHECK(session->close().has_value());
  CHECK(card.uicc().proactive_waiting() == 1);
}
