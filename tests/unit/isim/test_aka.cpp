#include "isim/aka.h"

#include "base/encoding.h"
#include "tests/support/catch.h"
#include "tests/support/fake_card.h"
#include "tests/support/vectors.h"

#include <string>

using namespace ut;
using namespace ut::isim;

namespace {

Rand rand_of_vector() {
  return *Rand::from(test::hex_of(test::vectors()["gba"]["RAND"]));
}
Autn autn_of_vector() {
  return *Autn::from(test::hex_of(test::vectors()["gba"]["AUTN"]));
}
const nlohmann::json& apdu() {
  return test::vectors()["gba"]["apdu_ims_aka"];
}

Result<AkaOutcome> decode(StatusWord sw, const std::string& data) {
  return decode_authenticate(sw, test::hex(data));
}

}  // namespace

TEST_CASE("AUTHENTICATE in the IMS AKA context is octet for octet that of the vector", "[IS-5]") {
  CHECK(to_hex(encode(encode_authenticate(rand_of_vector(), autn_of_vector()))) ==
        apdu()["command"].get<std::string>());
}

TEST_CASE("success gives RES, CK and IK", "[IS-5]") {
  for (const StatusWord sw : {StatusWord{0x9000}, StatusWord{0x910b}}) {
    const auto outcome = decode(sw, apdu()["response_success"]);
    REQUIRE(outcome.has_value());
    const auto* success = std::get_if<AkaSuccess>(&*outcome);
    REQUIRE(success != nullptr);
    CHECK(to_hex(success->res.octets.expose()) == test::vectors()["gba"]["RES"].get<std::string>());
    CHECK(to_hex(success->ck.expose()) == test::vectors()["gba"]["CK"].get<std::string>());
    CHECK(to_hex(success->ik.expose()) == test::vectors()["gba"]["IK"].get<std::string>());
  }
}

TEST_CASE("a USIM may add Kc", "[IS-5]") {
  const std::string with_kc = std::string(apdu()["response_success"]) + "080011223344556677";
  CHECK(std::holds_alternative<AkaSuccess>(decode(0x9000, with_kc).value()));
}

TEST_CASE("synchronisation failure gives AUTS and is no error", "[IS-5]") {
  const auto outcome = decode(0x9000, apdu()["response_sync_failure"]);
  REQUIRE(outcome.has_value());
  const auto* failure = std::get_if<AkaSynchronisationFailure>(&*outcome);
  REQUIRE(failure != nullptr);
  CHECK(to_hex(failure->auts.view()) ==
        test::vectors()["gba"]["ub_sync_failure"]["AUTS"].get<std::string>());
}

TEST_CASE("MAC failure is told apart from every other refusal", "[IS-5]") {
  CHECK(std::holds_alternative<AkaMacFailure>(decode(0x9862, "").value()));
  const std::pair<StatusWord, ErrorCode> refusals[] = {
      {0x6982, ErrorCode::card_security_status}, {0x6985, ErrorCode::card_command_refused},
      {0x9863, ErrorCode::card_command_refused}, {0x9864, ErrorCode::card_aka_unsupported},
      {0x6a81, ErrorCode::card_aka_unsupported}, {0x6a86, ErrorCode::card_aka_unsupported},
      {0x6d00, ErrorCode::card_aka_unsupported}, {0x6f00, ErrorCode::card_command_refused},
      {0x6300, ErrorCode::card_command_refused},
  };
  for (const auto& [sw, code] : refusals) {
    INFO(std::hex << sw);
    const auto outcome = decode(sw, apdu()["response_success"]);
    REQUIRE_FALSE(outcome.has_value());
    CHECK(outcome.error().code == code);
    CHECK(outcome.error().foreign.value == sw);
  }
}

TEST_CASE("every malformed answer to AUTHENTICATE is refused", "[IS-5]") {
  const std::string good = apdu()["response_success"];
  const std::string res16(32, '1');
  const std::string key(32, '2');
  // Cut at every octet.
  for (std::size_t octets = 0; octets * 2 < good.size(); ++octets) {
    INFO(octets);
    const auto outcome = decode(0x9000, good.substr(0, octets * 2));
    REQUIRE_FALSE(outcome.has_value());
    CHECK(outcome.error().code == ErrorCode::card_answer_malformed);
  }
  const std::string answers[] = {
      good + "00",                    // more than there is
      good + "08001122334455",        // Kc cut short
      good + "0700112233445566",      // not the length of Kc
      good + "08001122334455667700",  // more after Kc
      "da" + good.substr(2),          // another tag
      "db03"
      "111111"
      "10" +
          key + "10" + key,  // RES too short
      "db11" + res16 +
          "11"
          "10" +
          key + "10" + key,  // RES too long
      "db00"
      "10" +
          key + "10" + key,  // no RES
      "db04"
      "11111111"
      "0f" +
          key.substr(2) + "10" + key,
      "db04"
      "11111111"
      "10" +
          key + "0f" + key.substr(2),
      "dc",
      "dc00",
      "dc0d" + std::string(26, '3'),
      "dc0f" + std::string(30, '3'),
      "dc0e" + std::string(28, '3') + "00",
      "dbff" + std::string(40, '1'),
  };
  for (const auto& answer : answers) {
    INFO(answer);
    const auto outcome = decode(0x9000, answer);
    REQUIRE_FALSE(outcome.has_value());
    CHECK(outcome.error().code == ErrorCode::card_answer_malformed);
  }
  // The largest and smallest RES are fine.
  CHECK(decode(0x9000, "db10" + res16 + "10" + key + "10" + key).has_value());
  CHECK(decode(0x9000,
               "db04"
               "11111111"
               "10" +
                   key + "10" + key)
            .has_value());
}

TEST_CASE("AUTHENTICATE over T=0 fetches the keys with GET RESPONSE", "[IS-2][IS-5]") {
  test::ScriptedCard card(CardProtocol::t0);
  std::string command = apdu()["command"];
  command.resize(command.size() - 2);  // no Le
  card.on("0070000001", "6881")
      .on(command, "612b")
      .on("00c000002b", std::string(apdu()["response_success"]) + "9000");
  auto session = CardSession::open(card);
  REQUIRE(session.has_value());
  const auto outcome = authenticate(*session, rand_of_vector(), autn_of_vector());
  REQUIRE(outcome.has_value());
  CHECK(std::holds_alternative<AkaSuccess>(*outcome));
  CHECK(card.problem().empty());
}
