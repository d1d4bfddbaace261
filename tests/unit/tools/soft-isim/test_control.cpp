#include "base/encoding.h"
#include "tests/support/catch.h"
#include "tests/unit/tools/soft-isim/link_fixture.h"
#include "tools/soft-isim/control.h"
#include "tools/soft-isim/control_socket.h"

#include <nlohmann/json.hpp>

#include <sys/stat.h>
#include <sys/un.h>

#include <algorithm>
#include <filesystem>
#include <fstream>

using namespace ut;
using namespace ut::isim::soft;
using nlohmann::json;
using std::chrono::milliseconds;
using test::slot_card;

namespace {

// Two cards that keep their sequence numbers in files of their own.
struct Cards {
  static std::unique_ptr<SlotCard> card(const std::string& sqn) {
    return slot_card({{"file = \"sqn\"", "file = \"" + sqn + "\""}});
  }

  json ask(const json& request) { return json::parse(control.answer(request.dump())); }
  // The reason of a refusal; "accepted" when there was none.
  std::string refusal(const json& request) {
    const auto answer = ask(request);
    return answer.value("ok", false) ? "accepted" : answer.value("error", "");
  }
  bool accepts(const json& request) { return ask(request) == json{{"ok", true}}; }

  std::vector<std::string> loaded{};
  CardSlot one{card("sqn1"), 1, milliseconds(0)};
  CardSlot two{card("sqn2"), 2, milliseconds(0)};
  Control control{
      {&one, &two},
      [this](const std::string& profile, unsigned number) -> Result<std::unique_ptr<SlotCard>> {
        loaded.push_back(profile + " " + std::to_string(number));
        if (profile == "nothing.toml") {
          return fail(ErrorCode::config_unreadable, "card profile", profile);
        }
        return card(profile);
      }};
};

struct Directory {
  Directory() : path(std::filesystem::temp_directory_path() / "soft-isim-XXXXXX") {
    auto text = path.string();
    REQUIRE(::mkdtemp(text.data()) != nullptr);
    path = text;
  }
  ~Directory() { std::filesystem::remove_all(path); }
  std::string file(std::string_view name) const { return (path / name).string(); }
  std::filesystem::path path;
};

}  // namespace

TEST_CASE("a file is updated as the operator does it from afar") {
  Cards cards;
  const std::string impi = "001010999999999@ims.mnc001.mcc001.3gppnetwork.org";
  CHECK(cards.accepts(
      {{"command", "update"}, {"card", 1}, {"file", "3F007FFF6F02"}, {"text", impi}}));
  CHECK(cards.accepts({{"command", "update"},
                       {"card", 1},
                       {"file", "3F002FE2"},
                       {"content", "98880112000000214365"}}));
  const auto read = [&](std::string_view select, std::string_view read_binary) {
    cards.one.exchange(*from_hex(select));
    return to_hex(cards.one.exchange(*from_hex(read_binary)).expose());
  };
  CHECK(read("00A4000C022FE2", "00B000000A") == "988801120000002143659000");
  CHECK(cards.refusal({{"command", "update"}, {"card", 1}, {"file", "3F007FFF6F02"}})
            .starts_with("either text or content"));
  CHECK(cards
            .refusal({{"command", "update"},
                      {"card", 1},
                      {"file", "3F007FFF6F02"},
                      {"text", "a"},
                      {"content", "80"}})
            .starts_with("either text or content"));
  CHECK(cards.refusal(
            {{"command", "update"}, {"card", 1}, {"file", "3F007FFF6F02"}, {"content", "8"}}) ==
        "content must be hexadecimal digits");
  CHECK(cards.refusal({{"command", "update"}, {"card", 1}, {"file", "6F02"}, {"text", "a"}})
            .starts_with("a file is a path"));
  for (const char* path : {"3F007FFF6FFF", "3F002F00", "3F007FFF", "3F002FE26F02"}) {
    CHECK(cards.refusal({{"command", "update"}, {"card", 1}, {"file", path}, {"content", "80"}})
              .starts_with("the card has no transparent file"));
  }
  CHECK(cards
            .refusal({{"command", "update"},
                      {"card", 1},
                      {"file", "3F002FE2"},
                      {"content", "0000000000000000000000"}})
            .starts_with("the card has no transparent file"));
}

TEST_CASE("a REFRESH and other proactive commands wait for the terminal") {
  Cards cards;
  CHECK(cards.accepts({{"command", "refresh"}, {"card", 1}, {"mode", "uicc-reset"}}));
  CHECK(cards.accepts({{"command", "refresh"},
                       {"card", 1},
                       {"mode", "file-change"},
                       {"files", {"3F007FFF6F02", "3F002FE2"}}}));
  CHECK(
      cards.accepts({{"command", "proactive"}, {"card", 1}, {"octets", "d009810301250082028182"}}));
  CHECK(cards.one.state().proactive == 3);
  CHECK(cards.two.state().proactive == 0);
  CHECK(cards.ask({{"command", "status"}, {"card", 1}})["cards"][0]["proactive"] == 3);

  // What a terminal sees: 9110 for REFRESH without files, and its octets.
  const auto sw = [&](std::string_view apdu) {
    const auto octets = cards.one.exchange(*from_hex(apdu));
    return to_hex(octets.expose().last(2));
  };
  CHECK(sw("80f2000c00") == "9000");
  CHECK(sw("8010000003ffffff").starts_with("91"));
  CHECK(sw("80f2000c00").starts_with("91"));

  CHECK(cards.refusal({{"command", "refresh"}, {"card", 1}}).starts_with("mode must be one of"));
  CHECK(cards.refusal({{"command", "refresh"}, {"card", 1}, {"mode", "sometime"}})
            .starts_with("mode must be one of: initialisation-and-full"));
  CHECK(cards
            .refusal(
                {{"command", "refresh"}, {"card", 1}, {"mode", "file-change"}, {"files", {"6F02"}}})
            .starts_with("a file is a path"));
  CHECK(cards.refusal(
            {{"command", "refresh"}, {"card", 1}, {"mode", "file-change"}, {"files", "3F00"}}) ==
        "files must be a list of strings");
  CHECK(cards.refusal({{"command", "proactive"}, {"card", 1}, {"octets", "8103"}})
            .starts_with("octets must be a proactive command"));
}

TEST_CASE("each fault is set as the request says", "[IS-6]") {
  Cards cards;
  CHECK(cards.accepts({{"command", "mute"}, {"card", 1}, {"ins", "88"}, {"nth", 2}}));
  CHECK(cards.accepts({{"command", "slow"}, {"card", 1}, {"ms", 250}, {"count", 3}}));
  CHECK(cards.accepts({{"command", "die"}, {"card", 1}, {"executed", true}, {"stay_away", true}}));
  CHECK(cards.accepts({{"command", "status-word"}, {"card", 1}, {"sw", "6F00"}, {"nth", 7}}));
  CHECK(cards.accepts({{"command", "full"}, {"card", 1}}));
  const auto faults = cards.one.state().faults;
  REQUIRE(faults.size() == 5);
  CHECK(faults[0].fault == Fault{.kind = FaultKind::mute, .ins = 0x88, .first = 2});
  CHECK(faults[1].fault == Fault{.kind = FaultKind::slow, .count = 3, .delay = milliseconds(250)});
  CHECK(faults[2].fault ==
        Fault{.kind = FaultKind::die, .count = 1, .executed = true, .stay_away = true});
  CHECK(faults[3].fault == Fault{.kind = FaultKind::status_word, .first = 7, .sw = 0x6f00});
  CHECK(faults[4].fault == Fault{.kind = FaultKind::full, .sw = 0x6a84});
  CHECK(cards.two.state().faults.empty());
  CHECK(cards.accepts({{"command", "clear"}, {"card", 1}}));
  CHECK(cards.one.state().faults.empty());
}

TEST_CASE("status tells every card, its faults and what it counted", "[IS-6]") {
  Cards cards;
  REQUIRE(cards.accepts({{"command", "status-word"},
                         {"card", 2},
                         {"sw", "6f00"},
                         {"ins", "b0"},
                         {"nth", 3},
                         {"count", 2},
                         {"executed", true}}));
  cards.two.react(test::hex("00b0830000"));
  cards.two.react(test::hex("00a4000c023f00"));
  const auto status = cards.ask({{"command", "status"}});
  REQUIRE(status["cards"].size() == 2);
  CHECK(status["cards"][0] == json{{"card", 1},
                                   {"profile", "card.toml"},
                                   {"inserted", true},
                                   {"connected", false},
                                   {"answers_reset", true},
                                   {"commands", 0},
                                   {"proactive", 0},
                                   {"faults", json::array()}});
  CHECK(status["cards"][1]["commands"] == 2);
  CHECK(status["cards"][1]["faults"] == json::array({{{"fault", "status-word"},
                                                      {"ins", "b0"},
                                                      {"nth", 3},
                                                      {"count", 2},
                                                      {"seen", 1},
                                                      {"sw", "6f00"},
                                                      {"executed", true}}}));
  CHECK(cards.ask({{"command", "stats"}, {"card", 2}})["cards"] ==
        json::array({{{"card", 2}, {"commands", 2}, {"by_ins", {{"a4", 1}, {"b0", 1}}}}}));
}

TEST_CASE("cards are taken out, put in and swapped by request", "[IS-6]") {
  Cards cards;
  CHECK(cards.refusal({{"command", "insert"}, {"card", 1}}).find("reinsert") != std::string::npos);
  CHECK(cards.accepts({{"command", "remove"}, {"card", 1}}));
  CHECK_FALSE(cards.one.state().inserted);
  CHECK(cards.accepts({{"command", "insert"}, {"card", 1}}));
  CHECK(cards.one.state().inserted);

  const auto presence = cards.one.presence();
  CHECK(cards.accepts({{"command", "reinsert"}, {"card", 1}}));
  CHECK(cards.one.presence() == presence + 1);
  CHECK(cards.accepts({{"command", "no-atr"}, {"card", 1}}));
  CHECK_FALSE(cards.one.power_up());
  CHECK(cards.accepts({{"command", "clear"}, {"card", 1}}));
  CHECK(cards.one.power_up());

  const auto life = cards.one.life();
  CHECK(cards.accepts({{"command", "reset"}, {"card", 1}}));
  CHECK(cards.one.life() == life + 1);
  const auto before = cards.one.presence();
  CHECK(cards.accepts({{"command", "swap"}, {"card", 1}, {"profile", "sqn3"}, {"silent", true}}));
  CHECK(cards.one.presence() == before);
  CHECK(cards.one.sqn_file() == "/nowhere/sqn3");
  CHECK(cards.accepts({{"command", "swap"}, {"card", 1}, {"profile", "sqn1"}}));
  CHECK(cards.one.presence() == before + 1);
  CHECK(cards.loaded == std::vector<std::string>{"sqn3 1", "sqn1 1"});
}

TEST_CASE("two cards may not write one file of sequence numbers", "[IS-5]") {
  Cards cards;
  for (const auto* same : {"sqn2", "./sqn2", "../nowhere/sqn2"}) {
    CAPTURE(same);
    CHECK(cards.refusal({{"command", "swap"}, {"card", 1}, {"profile", same}})
              .find("sequence file of card 2") != std::string::npos);
  }
  CHECK(cards.one.sqn_file() == "/nowhere/sqn1");
  // Its own again is right.
  CHECK(cards.accepts({{"command", "swap"}, {"card", 2}, {"profile", "sqn2"}}));
}

TEST_CASE("a swap to a profile that cannot be read leaves the card as it is", "[IS-6]") {
  Cards cards;
  const auto life = cards.one.life();
  CHECK(cards.refusal({{"command", "swap"}, {"card", 1}, {"profile", "nothing.toml"}})
            .find("nothing.toml") != std::string::npos);
  CHECK(cards.one.life() == life);
  CHECK(cards.one.state().profile_file == "card.toml");
}

TEST_CASE("requests that say nothing sensible are refused with what to do", "[IS-6]") {
  Cards cards;
  const auto says = [&cards](const json& request, std::string_view text) {
    const auto why = cards.refusal(request);
    CAPTURE(request.dump(), why);
    return why.find(text) != std::string::npos;
  };
  CHECK(says({{"command", "mute"}}, "2 cards"));
  CHECK(says({{"command", "mute"}, {"card", 0}}, "from 1 to 2"));
  CHECK(says({{"command", "mute"}, {"card", 3}}, "from 1 to 2"));
  CHECK(says({{"command", "mute"}, {"card", -1}}, "from 1 to 2"));
  CHECK(says({{"command", "mute"}, {"card", "1"}}, "from 1 to 2"));
  CHECK(says({{"command", "explode"}, {"card", 1}}, "one of: swap, status"));
  CHECK(says({{"card", 1}}, "one of"));
  CHECK(says({{"command", 1}}, "one of"));
  CHECK(says({{"command", "mute"}, {"card", 1}, {"sw", "6f00"}}, "sw does not belong"));
  CHECK(says({{"command", "status"}, {"nth", 1}}, "nth does not belong"));
  CHECK(says({{"command", "remove"}, {"card", 1}, {"profile", "x"}}, "profile does not belong"));
  CHECK(says({{"command", "mute"}, {"card", 1}, {"ins", "8"}}, "2 hexadecimal digits"));
  CHECK(says({{"command", "mute"}, {"card", 1}, {"ins", 88}}, "must be a string"));
  CHECK(says({{"command", "mute"}, {"card", 1}, {"nth", "1"}}, "whole number"));
  CHECK(says({{"command", "mute"}, {"card", 1}, {"nth", -1}}, "whole number"));
  CHECK(says({{"command", "mute"}, {"card", 1}, {"nth", 4294967296}}, "whole number"));
  CHECK(says({{"command", "mute"}, {"card", 1}, {"nth", 0}}, "counts from 1"));
  CHECK(says({{"command", "mute"}, {"card", 1}, {"count", 1}}, "no count"));
  CHECK(says({{"command", "slow"}, {"card", 1}}, "milliseconds"));
  CHECK(says({{"command", "status-word"}, {"card", 1}}, "status word"));
  CHECK(says({{"command", "status-word"}, {"card", 1}, {"sw", "6f0"}}, "4 hexadecimal digits"));
  CHECK(says({{"command", "die"}, {"card", 1}, {"executed", 1}}, "true or false"));
  CHECK(says({{"command", "swap"}, {"card", 1}}, "profile is missing"));
  for (const auto* text : {"", "{", "[]", "1", "\"status\"", "{\"command\": \"status\"} x"}) {
    CAPTURE(text);
    CHECK(json::parse(cards.control.answer(text))["error"].get<std::string>().find("JSON object") !=
          std::string::npos);
  }
  CHECK(cards.one.state().faults.empty());
}

TEST_CASE("with one card a request need not name it", "[IS-6]") {
  CardSlot slot(slot_card());
  const Control control({&slot}, [](const std::string&, unsigned) { return slot_card(); });
  CHECK(control.answer(R"({"command": "mute"})") == R"({"ok":true})");
  CHECK(slot.state().faults.size() == 1);
}

TEST_CASE("the control socket answers line by line and is its owner's alone", "[KEY-4]") {
  const Directory directory;
  const auto path = directory.file("control");
  const auto stop = test::stop_pipe();
  {
    auto socket = ControlSocket::listen(path);
    REQUIRE(socket.has_value());
    struct stat found{};
    REQUIRE(::stat(path.c_str(), &found) == 0);
    CHECK((found.st_mode & 0777) == 0600);
    CHECK(ControlSocket::listen(path).error().detail.find("another process listens") !=
          std::string::npos);

    std::thread server([&] {
      socket->serve([](std::string_view line) { return "<" + std::string(line) + ">"; },
                    stop.theirs.get());
    });
    CHECK(ask_control(path, "one") == "<one>");
    CHECK(ask_control(path, "two\nthree").value().starts_with("<two>"));
    // A client that sends no end of a line is dropped, the others go on.
    CHECK_FALSE(ask_control(path, std::string(200'000, 'x')).has_value());
    CHECK(ask_control(path, "four") == "<four>");
    CHECK(::write(stop.mine.get(), "x", 1) == 1);
    server.join();
  }
  CHECK_FALSE(std::filesystem::exists(path));
  CHECK(ask_control(path, "five").error().detail.find("--control") != std::string::npos);
}

TEST_CASE("the control socket takes the place of a dead one and of nothing else", "[IS-6]") {
  const Directory directory;
  const auto path = directory.file("control");
  {
    const FileDescriptor dead(::socket(AF_UNIX, SOCK_STREAM, 0));
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    std::ranges::copy(path, address.sun_path);
    REQUIRE(::bind(dead.get(), reinterpret_cast<sockaddr*>(&address), sizeof address) == 0);
  }
  CHECK(ControlSocket::listen(path).has_value());
  std::ofstream(path) << "precious";
  CHECK(ControlSocket::listen(path).error().detail.find("no socket") != std::string::npos);
  CHECK(std::filesystem::file_size(path) == 8);
  CHECK(ControlSocket::listen(directory.file(std::string(200, 'x'))).error().code ==
        ErrorCode::input_malformed);
  CHECK(ControlSocket::listen("").error().code == ErrorCode::input_malformed);
  CHECK(ControlSocket::listen(directory.file("no/such/place")).error().code ==
        ErrorCode::system_call_failed);
}
