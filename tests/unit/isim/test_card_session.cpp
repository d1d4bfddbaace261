#include "isim/card_session.h"

#include "base/encoding.h"
#include "tests/support/catch.h"
#include "tests/support/fake_card.h"
#include "tests/support/vectors.h"

#include <string>

using namespace ut;
using namespace ut::isim;
using test::ScriptedCard;

namespace {

constexpr SessionOptions kBasic{.logical_channel = false, .busy_pause = {}};
const CommandApdu kRead{0x00, 0xb0, 0, 0, {}, 9};
const Bytes kIsimAid = test::hex("a0000000871004");

// An open session on the basic channel of a scripted card.
CardSession basic(ScriptedCard& card) {
  return CardSession::open(card, kBasic).value();
}

class RecordingGuard : public PinGuard {
 public:
  Result<void> before_verify(const std::string&, unsigned tries_left) override {
    asked.push_back(tries_left);
    if (refuse) {
      return fail(ErrorCode::pin_wrong, "guard");
    }
    return {};
  }
  void after_success(const std::string&) override { ++successes; }

  std::vector<unsigned> asked{};
  int successes = 0;
  bool refuse = false;
};

const std::string kSelectIsim = "00a4040407a000000087100400";
const std::string kLockedFcp =
    "620f"
    "82027821"
    "c609900180830101830181"
    "9000";

}  // namespace

TEST_CASE("61xx is followed with GET RESPONSE until the answer is whole", "[IS-2]") {
  ScriptedCard card;
  card.on("00b0000009",
          "61"
          "03")
      .on("00c0000003",
          "010203"
          "6102")
      .on("00c0000002",
          "0405"
          "9000");
  auto session = basic(card);
  const auto answer = session.exchange(kRead);
  REQUIRE(answer.has_value());
  CHECK(to_hex(answer->data.expose()) == "0102030405");
  CHECK(answer->sw == 0x9000);
  CHECK(card.problem().empty());
}

TEST_CASE("6100 asks for 256 octets", "[IS-2]") {
  ScriptedCard card;
  card.on("00b0000009", "6100").on("00c0000000", "aa9000");
  auto session = basic(card);
  CHECK(session.exchange(kRead)->sw == 0x9000);
  CHECK(card.problem().empty());
}

TEST_CASE("an endless chain of 61xx ends with an error", "[IS-2]") {
  ScriptedCard card;
  card.on("00b0000009", "6101");
  for (int i = 0; i < 16; ++i) {
    card.on("00c0000001", "ff6101");
  }
  auto session = basic(card);
  const auto answer = session.exchange(kRead);
  REQUIRE_FALSE(answer.has_value());
  CHECK(answer.error().code == ErrorCode::card_answer_malformed);
  CHECK(card.problem().empty());
}

TEST_CASE("6Cxx repeats the command once with the right length", "[IS-2]") {
  ScriptedCard card;
  card.on("00b0000009", "6c04")
      .on("00b0000004",
          "01020304"
          "9000");
  auto session = basic(card);
  CHECK(to_hex(session.exchange(kRead)->data.expose()) == "01020304");
  CHECK(card.problem().empty());
}

TEST_CASE("6Cxx without end ends with an error", "[IS-2]") {
  ScriptedCard card;
  card.on("00b0000009", "6c04").on("00b0000004", "6c04");
  auto session = basic(card);
  const auto answer = session.exchange(kRead);
  REQUIRE_FALSE(answer.has_value());
  CHECK(answer.error().code == ErrorCode::card_answer_malformed);
  CHECK(answer.error().foreign.value == 0x6c04);
  CHECK(card.problem().empty());
}

TEST_CASE("GET RESPONSE may itself be told the right length", "[IS-2]") {
  ScriptedCard card(CardProtocol::t0);
  card.on("00a40004023f00", "6120")
      .on("00c0000020", "6c06")
      .on("00c0000006",
          "620482027821"
          "9000");
  auto session = basic(card);
  CHECK(session.select_file(kMf).has_value());
  CHECK(card.problem().empty());
}

TEST_CASE("a case 4 command carries Le over T=1 and none over T=0", "[IS-2]") {
  ScriptedCard t1;
  t1.on("00a40004023f0000",
        "620482027821"
        "9000");
  auto with_le = basic(t1);
  CHECK(with_le.select_file(kMf)->structure == FileStructure::df);
  CHECK(t1.problem().empty());

  ScriptedCard t0(CardProtocol::t0);
  t0.on("00a40004023f00",
        "620482027821"
        "9000");
  auto without_le = basic(t0);
  CHECK(without_le.select_file(kMf)->structure == FileStructure::df);
  CHECK(t0.problem().empty());
}

TEST_CASE("a busy toolkit is asked again a few times", "[IS-2]") {
  ScriptedCard card;
  card.on("00b0000009", "9300").on("00b0000009", "9300").on("00b0000009", "aa9000");
  auto session = basic(card);
  CHECK(session.exchange(kRead)->sw == 0x9000);
  CHECK(card.problem().empty());

  ScriptedCard stubborn;
  for (int i = 0; i < 4; ++i) {
    stubborn.on("00b0000009", "9300");
  }
  auto refused = basic(stubborn);
  CHECK(refused.exchange(kRead).error().code == ErrorCode::card_toolkit_busy);
  CHECK(stubborn.problem().empty());
}

TEST_CASE("a waiting proactive command does not spoil an answer", "[IS-2]") {
  ScriptedCard card;
  card.on("00a40004023f0000",
          "620482027821"
          "9115");
  auto session = basic(card);
  CHECK(session.select_file(kMf).has_value());
}

TEST_CASE("an answer of no octets is a transport failure", "[IS-6]") {
  ScriptedCard card;
  card.on("00b0000009", "").on("00b0000009", "90");
  auto session = basic(card);
  CHECK(session.exchange(kRead).error().code == ErrorCode::card_transport);
  CHECK(session.exchange(kRead).error().code == ErrorCode::card_transport);
}

TEST_CASE("a session works on a channel of its own and closes it", "[IS-2][IS-7]") {
  ScriptedCard card;
  card.on("0070000001", "029000")
      .on("02a40004023f0000", "6106")
      .on("02c0000006",
          "620482027821"
          "9000")
      .on("00708002", "9000");
  {
    auto session = CardSession::open(card);
    REQUIRE(session.has_value());
    CHECK(session->channel() == 2);
    CHECK(session->select_file(kMf).has_value());
  }
  CHECK(card.problem().empty());
  CHECK(card.uses == std::vector<std::string>{"begin", "end as_is"});
}

TEST_CASE("channels above 3 use the further class octets", "[IS-2]") {
  ScriptedCard card;
  card.on("0070000001", "139000")
      .on("4fa40004023f0000",
          "620482027821"
          "9000")
      .on("00708013", "9000");
  auto session = CardSession::open(card);
  REQUIRE(session.has_value());
  CHECK(session->select_file(kMf).has_value());
  CHECK(session->close().has_value());
  CHECK(card.problem().empty());
}

TEST_CASE("a card without logical channels is used on the basic channel", "[IS-2]") {
  for (const char* refusal : {"6881", "6d00", "6e00", "6a81", "6900"}) {
    ScriptedCard card;
    card.on("0070000001", refusal)
        .on("00a40004023f0000",
            "620482027821"
            "9000");
    auto session = CardSession::open(card);
    REQUIRE(session.has_value());
    CHECK(session->channel() == 0);
    CHECK(session->select_file(kMf).has_value());
    CHECK(session->close().has_value());
    CHECK(card.problem().empty());
  }
}

TEST_CASE("nonsense about channels is refused and the transaction ended", "[IS-2]") {
  for (const char* answer : {"009000", "149000", "ff9000", "9000", "01029000"}) {
    INFO(answer);
    ScriptedCard card;
    card.on("0070000001", answer);
    CHECK(CardSession::open(card).error().code == ErrorCode::card_answer_malformed);
    CHECK(card.uses == std::vector<std::string>{"begin", "end as_is"});
  }
}

TEST_CASE("a card that leaves during a session ends the transaction all the same", "[IS-6]") {
  ScriptedCard card;
  card.on("00b0000009", ErrorCode::card_removed);
  {
    auto session = basic(card);
    CHECK(session.exchange(kRead).error().code == ErrorCode::card_removed);
  }
  CHECK(card.uses == std::vector<std::string>{"begin", "end as_is"});
}

TEST_CASE("a long file is read in pieces", "[IS-3]") {
  ScriptedCard card;
  card.on("00a40004026f0700",
          "620882024121"
          "8002012c"
          "9000")
      .on("00b0000000", std::string(512, 'a') + "9000")
      .on("00b001002c", std::string(80, 'b') + "6282")
      .on("00b0012804", std::string(8, 'c') + "9000");
  auto session = basic(card);
  const Fcp fcp = session.select_file(kEfIst).value();
  const auto body = session.read_binary(fcp);
  REQUIRE(body.has_value());
  CHECK(body->size() == 300);
  CHECK(body->expose().back() == 0xcc);
  CHECK(card.problem().empty());
}

TEST_CASE("files that lie about their size do not trap the reader", "[IS-3]") {
  ScriptedCard empty;
  empty.on("00b0000005", "9000");
  auto one = basic(empty);
  Fcp fcp;
  fcp.structure = FileStructure::transparent;
  fcp.file_size = 5;
  CHECK(one.read_binary(fcp).error().code == ErrorCode::card_answer_malformed);

  ScriptedCard more;
  more.on("00b0000005",
          "010203040506"
          "9000");
  auto two = basic(more);
  CHECK(two.read_binary(fcp).error().code == ErrorCode::card_answer_malformed);

  ScriptedCard none;
  auto three = basic(none);
  fcp.file_size = 0x8000;
  CHECK(three.read_binary(fcp).error().code == ErrorCode::card_file_malformed);
  fcp.file_size.reset();
  CHECK(three.read_binary(fcp).error().code == ErrorCode::card_file_malformed);
}

TEST_CASE("a file is read by its short identifier", "[IS-3]") {
  ScriptedCard card;
  card.on("00b0820000", "6c03")
      .on("00b0820003",
          "800141"
          "9000");
  auto session = basic(card);
  CHECK(to_hex(session.read_binary_sfi(0x02)->expose()) == "800141");
  CHECK(card.problem().empty());
}

TEST_CASE("EF_DIR is walked to its end, over bad records too", "[IS-1]") {
  const std::string isim =
      "61"
      "0f"
      "4f07a0000000871004"
      "50044953494d";
  ScriptedCard card;
  card.on("00a40004023f0000",
          "620482027821"
          "9000")
      .on("00a40004022f0000",
          "6207"
          "82054221001103"
          "9000")
      .on("00b2010411",
          "61204f0cffffffffffffffffffffffffff"
          "9000")
      .on("00b2020411",
          "ffffffffffffffffffffffffffffffffff"
          "9000")
      .on("00b2030411", isim + "9000");
  auto session = basic(card);
  const auto all = session.applications();
  REQUIRE(all.has_value());
  CHECK(*all == std::vector<ApplicationRecord>{{kIsimAid, "ISIM"}});
  CHECK(card.problem().empty());
}

TEST_CASE("records that end early end the walk", "[IS-1]") {
  ScriptedCard card;
  card.on("00a40004023f0000",
          "620482027821"
          "9000")
      .on("00a40004022f0000",
          "6207"
          "82054221001100"
          "9000")
      .on("00b2010411", "6a83");
  auto session = basic(card);
  CHECK(session.applications().value().empty());
  CHECK(card.problem().empty());
}

TEST_CASE("over T=0 the MF is selected without FCP and EF_ICCID read with its size", "[IS-2]") {
  ScriptedCard card(CardProtocol::t0);
  card.on("00a4000c023f00", "9000").on("00b082000a", "988812010000103254f69000");
  auto session = basic(card);
  CHECK(session.iccid() == "8988211000000123456");
  CHECK(session.enter_mf().has_value());
  CHECK(card.problem().empty());

  // A card that knows no SELECT without FCP.
  ScriptedCard old(CardProtocol::t0);
  old.on("00a4000c023f00", "6a86")
      .on("00a40004023f00",
          "620482027821"
          "9000");
  auto other = basic(old);
  CHECK(other.enter_mf().has_value());
  CHECK(old.problem().empty());
}

// --- PIN ---

TEST_CASE("the state of the PIN is asked without spending a try", "[IS-4]") {
  const std::pair<const char*, PinState> cases[] = {
      {"63c3", {0x01, false, false, 3}},  {"63c0", {0x01, false, true, 0}},
      {"6983", {0x01, false, true, 0}},   {"9000", {0x01, true, false, {}}},
      {"6a88", {0x01, false, false, {}}}, {"6d00", {0x01, false, false, {}}},
  };
  for (const auto& [answer, state] : cases) {
    INFO(answer);
    ScriptedCard card;
    card.on(kSelectIsim, kLockedFcp).on("00200001", answer);
    auto session = basic(card);
    REQUIRE(session.select_application(kIsimAid).has_value());
    CHECK(session.pin_state() == state);
    CHECK(card.problem().empty());
  }
}

TEST_CASE("the PIN is verified once when the card asks for it, and the card reset afterwards",
          "[IS-4][IS-8]") {
  const auto pin = SecretBytes::copy_of(as_bytes("1234"));
  RecordingGuard guard;
  ScriptedCard card;
  card.on(kSelectIsim, kLockedFcp)
      .on("00b0000009", "6982")
      .on("00200001", "63c3")
      .on("002000010831323334ffffffff", "9000")
      .on("00b0000009", "aa9000");
  {
    SessionOptions options = kBasic;
    options.pin = &pin;
    options.pin_guard = &guard;
    auto session = CardSession::open(card, options).value();
    REQUIRE(session.select_application(kIsimAid).has_value());
    CHECK(session.exchange_with_pin(kRead)->sw == 0x9000);
  }
  CHECK(card.problem().empty());
  CHECK(card.uses == std::vector<std::string>{"begin", "end reset"});
  CHECK(guard.asked == std::vector<unsigned>{3});
  CHECK(guard.successes == 1);
}

TEST_CASE("the state of the PIN that was asked for is not asked again, unless it may have changed",
          "[IS-4]") {
  const auto pin = SecretBytes::copy_of(as_bytes("1234"));
  SessionOptions options = kBasic;
  options.pin = &pin;
  ScriptedCard card;
  card.on(kSelectIsim, kLockedFcp)
      .on("00200001", "63c3")
      .on("00b0000009", "6982")
      .on("002000010831323334ffffffff", "9000")
      .on("00b0000009", "aa9000");
  {
    auto session = CardSession::open(card, options).value();
    REQUIRE(session.select_application(kIsimAid).has_value());
    REQUIRE(session.pin_state().has_value());
    CHECK(session.exchange_with_pin(kRead)->sw == 0x9000);
  }
  CHECK(card.problem().empty());

  // Somebody of ours has spent tries in between.
  ScriptedCard changed;
  changed.on(kSelectIsim, kLockedFcp)
      .on("00200001", "63c3")
      .on("002000010839393939ffffffff", "63c2")
      .on("002000010839393939ffffffff", "63c1")
      .on("00b0000009", "6982")
      .on("00200001", "63c1");
  {
    auto session = CardSession::open(changed, options).value();
    REQUIRE(session.select_application(kIsimAid).has_value());
    REQUIRE(session.pin_state().has_value());
    const CommandApdu wrong{0x00, 0x20, 0, 1, test::hex("39393939ffffffff"), {}};
    CHECK(session.exchange(wrong)->sw == 0x63c2);
    CHECK(session.exchange(wrong)->sw == 0x63c1);
    CHECK(session.exchange_with_pin(kRead).error().code == ErrorCode::pin_tries_low);
  }
  CHECK(changed.problem().empty());
}

TEST_CASE("no try is spent when that is not safe", "[IS-4]") {
  struct Case {
    const char* pin;
    const char* state;
    ErrorCode error;
  };
  const Case cases[] = {
      {"1234", "63c1", ErrorCode::pin_tries_low},
      {"1234", "63c0", ErrorCode::pin_blocked},
      {"1234", "6983", ErrorCode::pin_blocked},
      {"1234", "6a88", ErrorCode::pin_tries_unknown},
      {"1234", "6700", ErrorCode::pin_tries_unknown},
      {"123", "63c3", ErrorCode::pin_malformed},
      {"123456789", "63c3", ErrorCode::pin_malformed},
      {"12a4", "63c3", ErrorCode::pin_malformed},
      {"1234\n", "63c3", ErrorCode::pin_malformed},
      {nullptr, "63c3", ErrorCode::pin_required},
  };
  for (const Case& c : cases) {
    INFO((c.pin == nullptr ? "none" : c.pin) << " " << c.state);
    const auto pin = SecretBytes::copy_of(as_bytes(c.pin == nullptr ? "" : c.pin));
    ScriptedCard card;
    card.on(kSelectIsim, kLockedFcp).on("00b0000009", "6982").on("00200001", c.state);
    {
      SessionOptions options = kBasic;
      options.pin = c.pin == nullptr ? nullptr : &pin;
      auto session = CardSession::open(card, options).value();
      REQUIRE(session.select_application(kIsimAid).has_value());
      const auto answer = session.exchange_with_pin(kRead);
      REQUIRE_FALSE(answer.has_value());
      CHECK(answer.error().code == c.error);
    }
    CHECK(card.problem().empty());  // so no VERIFY with data was sent
    CHECK(card.uses == std::vector<std::string>{"begin", "end as_is"});
  }
}

TEST_CASE("how few tries may be left is configurable", "[IS-4]") {
  const auto pin = SecretBytes::copy_of(as_bytes("12345678"));
  ScriptedCard card;
  card.on(kSelectIsim, kLockedFcp).on("00200001", "63c1").on("00200001083132333435363738", "9000");
  SessionOptions options = kBasic;
  options.pin = &pin;
  options.min_pin_tries = 1;
  auto session = CardSession::open(card, options).value();
  REQUIRE(session.select_application(kIsimAid).has_value());
  CHECK(session.verify_pin().has_value());
  CHECK(card.problem().empty());
}

TEST_CASE("a wrong PIN is told with the tries left and not sent again", "[IS-4]") {
  const auto pin = SecretBytes::copy_of(as_bytes("9999"));
  RecordingGuard guard;
  ScriptedCard card;
  card.on(kSelectIsim, kLockedFcp)
      .on("00b0000009", "6982")
      .on("00200001", "63c3")
      .on("002000010839393939ffffffff", "63c2")
      .on("00b0000009", "6982");
  SessionOptions options = kBasic;
  options.pin = &pin;
  options.pin_guard = &guard;
  auto session = CardSession::open(card, options).value();
  REQUIRE(session.select_application(kIsimAid).has_value());
  const auto first = session.exchange_with_pin(kRead);
  REQUIRE_FALSE(first.has_value());
  CHECK(first.error().code == ErrorCode::pin_wrong);
  CHECK(first.error().foreign.value == 0x63c2);
  CHECK(first.error().detail == "2 tries left");
  CHECK(session.exchange_with_pin(kRead)->sw == 0x6982);
  CHECK(guard.successes == 0);
  CHECK(card.problem().empty());
}

TEST_CASE("a guard that objects keeps the PIN from being sent", "[IS-4]") {
  const auto pin = SecretBytes::copy_of(as_bytes("9999"));
  RecordingGuard guard;
  guard.refuse = true;
  ScriptedCard card;
  card.on(kSelectIsim, kLockedFcp).on("00200001", "63c3");
  SessionOptions options = kBasic;
  options.pin = &pin;
  options.pin_guard = &guard;
  auto session = CardSession::open(card, options).value();
  REQUIRE(session.select_application(kIsimAid).has_value());
  CHECK(session.verify_pin().error().code == ErrorCode::pin_wrong);
  CHECK(card.problem().empty());
}

TEST_CASE("no PIN is sent to a card on which no application was selected", "[IS-4]") {
  const auto pin = SecretBytes::copy_of(as_bytes("1234"));
  ScriptedCard card;
  card.on("00b0000009", "6982");
  SessionOptions options = kBasic;
  options.pin = &pin;
  auto session = CardSession::open(card, options).value();
  CHECK(session.exchange_with_pin(kRead)->sw == 0x6982);
  CHECK(card.problem().empty());
}

TEST_CASE("a PIN that is satisfied already leaves the refusal as it is", "[IS-4]") {
  const auto pin = SecretBytes::copy_of(as_bytes("1234"));
  ScriptedCard card;
  card.on(kSelectIsim, kLockedFcp)
      .on("00b0000009", "6982")
      .on("00200001", "9000")
      .on("00b0000009", "6982");
  SessionOptions options = kBasic;
  options.pin = &pin;
  auto session = CardSession::open(card, options).value();
  REQUIRE(session.select_application(kIsimAid).has_value());
  CHECK(session.exchange_with_pin(kRead)->sw == 0x6982);
  CHECK(card.problem().empty());
}

TEST_CASE("a channel that the card assigns and then refuses is left for the basic one", "[IS-2]") {
  for (const char* refusal : {"6881", "6e00", "6800"}) {
    INFO(refusal);
    ScriptedCard card;
    card.on("0070000001", "049000")
        .on("40a40004023f0000", refusal)
        .on("00708004", "9000")
        .on("00a40004023f0000",
            "620482027821"
            "9000");
    auto session = CardSession::open(card);
    REQUIRE(session.has_value());
    CHECK(session->select_file(kMf).has_value());
    CHECK(session->channel() == 0);
    CHECK(session->close().has_value());
    CHECK(card.problem().empty());
  }
}

TEST_CASE("a refusal later on is an answer like any other", "[IS-2]") {
  ScriptedCard card;
  card.on("0070000001", "139000")
      .on("4fa40004023f0000",
          "620482027821"
          "9000")
      .on("4fb0000009", "6881")
      .on("00708013", "9000");
  auto session = CardSession::open(card);
  REQUIRE(session.has_value());
  CHECK(session->select_file(kMf).has_value());
  CHECK(session->exchange(kRead)->sw == 0x6881);
  CHECK(session->close().has_value());
  CHECK(card.problem().empty());
}

TEST_CASE("commands of class 8X keep their class on further channels", "[IS-2]") {
  ScriptedCard card;
  card.on("0070000001", "059000").on("c1cb0080018000", "6a88").on("00708005", "9000");
  auto session = CardSession::open(card);
  REQUIRE(session.has_value());
  const auto data = session->retrieve_data(0x80);
  REQUIRE(data.has_value());
  CHECK_FALSE(data->has_value());
  CHECK(session->close().has_value());
  CHECK(card.problem().empty());
}

TEST_CASE("a long text is written in pieces", "[IS-3]") {
  ScriptedCard card;
  card.on("00d6000aff" + std::string(510, 'a'), "9000").on("00d6010903aaaaaa", "6581");
  auto session = basic(card);
  const auto written = session.update_binary(10, Bytes(258, 0xaa));
  REQUIRE_FALSE(written.has_value());
  CHECK(written.error().foreign.value == 0x6581);
  CHECK(card.problem().empty());
  CHECK(session.update_binary(0x7fff, Bytes(1)).error().code == ErrorCode::input_malformed);
}
