#include "isim/toolkit.h"

#include "base/encoding.h"
#include "isim/card_session.h"
#include "tests/support/catch.h"
#include "tests/support/fake_card.h"
#include "tests/support/vectors.h"

#include <string>
#include <vector>

using namespace ut;
using namespace ut::isim;
using test::ScriptedCard;

namespace {

class RecordingListener : public RefreshListener {
 public:
  void on_refresh(const Refresh& refresh) override { heard.push_back(refresh); }
  std::vector<Refresh> heard{};
};

SessionOptions terminal(RecordingListener& listener) {
  return {.refresh_listener = &listener, .logical_channel = false, .busy_pause = {}};
}

const std::string kProfile = "8010000003010080";
const std::string kRead = "00b0000002";
// REFRESH, file change: EF_IMPI of the application that is active.
const std::string kFileChange =
    "d012"
    "8103010101"
    "82028182"
    "920701"
    "3f007fff6f02";
const std::string kSessionReset =
    "d0098103020106"
    "82028182";
const std::string kUiccReset =
    "d0098103030104"
    "82028182";
const std::string kDisplayText =
    "d00f8103042180"
    "82028102"
    "8d0404414243";

std::string response(const std::string& details, const std::string& result) {
  return "801400000c"
         "8103" +
         details +
         "82028281"
         "8301" +
         result;
}

void read(CardSession& session) {
  static_cast<void>(session.exchange({0x00, 0xb0, 0, 0, {}, 2}));
}

}  // namespace

TEST_CASE("a REFRESH is read with its mode and its files", "[KEY-3]") {
  const auto reply = judge_proactive(test::hex(kFileChange));
  REQUIRE(reply);
  CHECK(reply->details == CommandDetails{1, 1, 1});
  CHECK(reply->result == TerminalResult::performed);
  REQUIRE(reply->refresh.size() == 1);
  CHECK(reply->refresh.front() ==
        Refresh{RefreshMode::file_change, {FilePath{kMf, 0x7fff, kEfImpi}}});
}

TEST_CASE("each mode of REFRESH has its name, and those of others are not ours", "[KEY-3]") {
  const std::vector<std::string> names = {"initialisation-and-full-file-change",
                                          "file-change",
                                          "initialisation-and-file-change",
                                          "initialisation",
                                          "uicc-reset",
                                          "application-reset",
                                          "session-reset"};
  for (unsigned mode = 0; mode < 256; ++mode) {
    Bytes octets = test::hex("d009810301010082028182");
    octets[6] = static_cast<std::uint8_t>(mode);
    const auto reply = judge_proactive(octets);
    REQUIRE(reply);
    if (mode < names.size()) {
      REQUIRE(reply->refresh.size() == 1);
      CHECK(name(reply->refresh.front().mode) == names[mode]);
      CHECK(reply->refresh.front().files.empty());
    } else {
      CHECK(reply->refresh.empty());
      CHECK(reply->result == TerminalResult::beyond_capabilities);
    }
  }
}

TEST_CASE("every other proactive command is beyond this terminal", "[KEY-3]") {
  for (unsigned type = 0; type < 256; ++type) {
    Bytes octets = test::hex("d009810301010082028182");
    octets[5] = static_cast<std::uint8_t>(type);
    const auto reply = judge_proactive(octets);
    REQUIRE(reply);
    CHECK((reply->result == TerminalResult::performed) == (type == 1));
    CHECK(reply->refresh.empty() == (type != 1));
  }
}

TEST_CASE("a list of files that makes no sense means all files", "[KEY-3]") {
  const auto list = GENERATE("9200",    // nothing
                             "920101",  // a count without files
                             "920200"
                             "3f",  // half an identifier
                             "920502"
                             "3f002fe2",  // fewer than it says
                             "920500"
                             "3f002fe2",  // more
                             "920501"
                             "2fe23f00",  // not from the MF
                             "920301"
                             "3f00");  // a directory
  Bytes objects = test::hex(
      "8103010101"
      "82028182" +
      std::string(list));
  Bytes octets{0xd0, static_cast<std::uint8_t>(objects.size())};
  append(octets, objects);
  CAPTURE(list);
  const auto reply = judge_proactive(octets);
  REQUIRE(reply);
  CHECK(reply->result == TerminalResult::data_not_understood);
  REQUIRE(reply->refresh.size() == 1);
  CHECK(reply->refresh.front().files.empty());
}

TEST_CASE("what has no command details cannot be answered", "[KEY-3]") {
  const auto octets = GENERATE("", "d0", "d000", "d0098103",
                               "d1098103010100"
                               "82028182",
                               "d0098102010100"
                               "82028182",
                               "d00482028182", "d0810381030101", "d0848103010100", "ffffffff");
  CAPTURE(octets);
  const auto reply = judge_proactive(test::hex(octets));
  REQUIRE_FALSE(reply);
  CHECK(reply.error().code == ErrorCode::card_answer_malformed);
  // Nor does any part of one that is whole, or one with an octet changed, do any harm.
  const Bytes whole = test::hex(kFileChange);
  for (std::size_t size = 0; size < whole.size(); ++size) {
    static_cast<void>(judge_proactive(ByteView(whole).first(size)));
    for (const int value : {0x00, 0x7f, 0x80, 0x81, 0x84, 0xff}) {
      Bytes changed = whole;
      changed[size] = static_cast<std::uint8_t>(value);
      static_cast<void>(judge_proactive(changed));
    }
  }
}

TEST_CASE("without a listener 91XX is success, and nothing is fetched", "[IS-2]") {
  ScriptedCard card;
  card.on(kRead, "01029112");
  auto session = CardSession::open(card, {.logical_channel = false, .busy_pause = {}}).value();
  const auto answer = session.exchange({0x00, 0xb0, 0, 0, {}, 2});
  REQUIRE(answer);
  CHECK(to_hex(answer->data.expose()) == "0102");
  CHECK(session.close());
  CHECK(card.problem().empty());
}

TEST_CASE("the terminal says its profile and answers what the card asks", "[KEY-3]") {
  RecordingListener listener;
  ScriptedCard card;
  card.on(kProfile, "9000").on(kRead, "01029114");
  card.on("8012000014", kFileChange + "9000").on(response("010101", "00"), "910b");
  card.on("801200000b", kSessionReset + "9000").on(response("020106", "00"), "9111");
  card.on("8012000011", kDisplayText + "9000").on(response("042180", "30"), "9000");
  auto session = CardSession::open(card, terminal(listener)).value();
  read(session);
  CHECK(session.close());
  CHECK(card.problem().empty());
  CHECK(card.uses.back() == "end as_is");
  REQUIRE(listener.heard.size() == 2);
  CHECK(listener.heard[0].mode == RefreshMode::file_change);
  CHECK(listener.heard[1].mode == RefreshMode::session_reset);
}

TEST_CASE("a card that asks for a reset gets it, and no other answer", "[KEY-3]") {
  RecordingListener listener;
  ScriptedCard card;
  card.on(kProfile, "910b").on("801200000b", kUiccReset + "9000");
  auto session = CardSession::open(card, terminal(listener)).value();
  CHECK(session.close());
  CHECK(card.problem().empty());
  CHECK(card.uses.back() == "end reset");
  REQUIRE(listener.heard.size() == 1);
  CHECK(listener.heard.front().mode == RefreshMode::uicc_reset);
}

TEST_CASE("a card without a toolkit is used as ever", "[KEY-3]") {
  RecordingListener listener;
  ScriptedCard card;
  card.on(kProfile, GENERATE("6d00", "6e00", "6985")).on(kRead, "01029000");
  auto session = CardSession::open(card, terminal(listener)).value();
  read(session);
  CHECK(session.close());
  CHECK(card.problem().empty());
}

TEST_CASE("a card that is proactive for ever cannot hold the terminal", "[KEY-3]") {
  RecordingListener listener;
  ScriptedCard card;
  card.on(kProfile, "910b");
  for (int i = 0; i < 8; ++i) {
    card.on("801200000b", kSessionReset + "9000").on(response("020106", "00"), "910b");
  }
  auto session = CardSession::open(card, terminal(listener)).value();
  CHECK(session.close());
  CHECK(card.problem().empty());
  CHECK(listener.heard.size() == 8);
}

TEST_CASE("a card that offers a command and does not give it is left alone", "[KEY-3]") {
  RecordingListener listener;
  ScriptedCard card;
  card.on(kProfile, "9100");
  SECTION("refused") {
    card.on("8012000000", "6985");
  }
  SECTION("malformed") {
    card.on("8012000000",
            "d00401020304"
            "9000");
  }
  SECTION("malformed, with the next one waiting") {
    card.on("8012000000",
            "d00401020304"
            "9104");
  }
  auto session = CardSession::open(card, terminal(listener)).value();
  CHECK(session.close());
  CHECK(card.problem().empty());
  CHECK(listener.heard.empty());
}

TEST_CASE("a card that goes while it is answered is told of", "[KEY-3]") {
  RecordingListener listener;
  ScriptedCard card;
  card.on(kProfile, "910b").on("801200000b", ErrorCode::card_removed);
  auto session = CardSession::open(card, terminal(listener)).value();
  const auto closed = session.close();
  REQUIRE_FALSE(closed);
  CHECK(closed.error().code == ErrorCode::card_removed);
}
