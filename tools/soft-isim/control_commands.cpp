#include "tools/soft-isim/control_commands.h"

#include "tools/soft-isim/control_socket.h"

#include <nlohmann/json.hpp>

#include <filesystem>
#include <iostream>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace ut::isim::soft {

struct ControlCommands::Values {
  std::string socket;
  std::optional<unsigned> card;
  std::optional<std::string> ins;
  std::optional<unsigned> nth;
  std::optional<unsigned> count;
  std::optional<unsigned> ms;
  std::optional<std::string> sw;
  std::string profile;
  std::optional<std::string> mode;
  std::vector<std::string> files;
  std::optional<std::string> octets;
  std::optional<std::string> file;
  std::optional<std::string> text;
  std::optional<std::string> content;
  bool executed = false;
  bool stay_away = false;
  bool silent = false;
};

namespace {

// What a command takes beside --card.
enum : unsigned {
  takes_when = 1,   // --ins, --nth
  takes_count = 2,  // --count
  takes_ms = 4,
  takes_sw = 8,
  needs_sw = 16,
  takes_executed = 32,
  takes_stay_away = 64,
  takes_profile = 128,  // --profile, --silent
  takes_mode = 256,     // --mode, --file
  takes_octets = 512,
  takes_content = 1024,  // --file, --text, --content
};

struct Row {
  const char* name;
  unsigned takes;
  const char* help;
};

constexpr Row kRows[] = {
    {"status", 0, "Tell what is in each reader and what is wrong with it, as JSON"},
    {"stats", 0, "Tell how many commands came, by instruction, as JSON"},
    {"mute", takes_when, "No answer any more, until clear or reset"},
    {"slow", takes_when | takes_count | takes_ms, "Answers come late"},
    {"die", takes_when | takes_count | takes_executed | takes_stay_away,
     "The card goes in the middle of a command and is back at once: no reader notices"},
    {"status-word", takes_when | takes_count | needs_sw | takes_executed,
     "A status word in place of the answer"},
    {"full", takes_when | takes_count | takes_sw,
     "Commands that write are answered 6A84, or another status word"},
    {"refresh", takes_mode, "Let the card ask the terminal for a REFRESH"},
    {"update", takes_content, "Change a file as the operator does from afar"},
    {"proactive", takes_octets, "Let the card give the terminal a proactive command"},
    {"no-atr", 0, "Put the card in anew, without an answer to reset, until clear"},
    {"clear", 0, "No fault any more"},
    {"reset", 0, "The card loses its state and nobody is told"},
    {"remove", 0, "Take the card out"},
    {"insert", 0, "Put the card in"},
    {"reinsert", 0, "Take the card out and put it in again"},
    {"swap", takes_profile, "Another card takes the place"},
};

constexpr const char* kFooter = R"(
One command acts on one card; --card is needed where there are several. The answer of
status and stats goes to standard output. Exit status: 0 done; 1 refused, with the reason on
standard error; 2 wrong command line; 3 no soft-isim listens on the socket.

Examples:
  soft-isim --profile card.toml --control /run/card.sock &
  soft-isim control --socket /run/card.sock status-word --sw 6F00 --nth 7 --count 1
  soft-isim control --socket /run/card.sock die --ins 88 --executed
  soft-isim control --socket /run/card.sock --card 2 swap --profile bob.toml --silent
  echo '{"command": "stats"}' | socat - UNIX:/run/card.sock)";

}  // namespace

ControlCommands::ControlCommands(CLI::App& app) : values_(std::make_unique<Values>()) {
  Values& values = *values_;
  control_ = app.add_subcommand("control", "Command a running soft-isim over its control socket");
  control_->footer(kFooter);
  control_->require_subcommand(1);
  control_->fallthrough(false);
  control_->add_option("--socket", values.socket, "The socket that --control made")->required();
  for (const Row& row : kRows) {
    CLI::App* command = control_->add_subcommand(row.name, row.help);
    command->add_option("--card", values.card, "The card's number, from 1");
    if ((row.takes & takes_when) != 0) {
      command->add_option("--ins", values.ins, "For this instruction alone: 88 is AUTHENTICATE");
      command->add_option("--nth", values.nth, "From the n-th such command on (default: the next)");
    }
    if ((row.takes & takes_count) != 0) {
      command->add_option("--count", values.count,
                          std::string("For so many of them (default: ") +
                              ((row.takes & takes_stay_away) != 0 ? "1)" : "until clear)"));
    }
    if ((row.takes & takes_ms) != 0) {
      command->add_option("--ms", values.ms, "Milliseconds")->required();
    }
    if ((row.takes & (takes_sw | needs_sw)) != 0) {
      command->add_option("--sw", values.sw, "Four hexadecimal digits")
          ->required((row.takes & needs_sw) != 0);
    }
    if ((row.takes & takes_executed) != 0) {
      command->add_flag("--executed", values.executed,
                        "The card does what the command says, and only the answer is lost");
    }
    if ((row.takes & takes_stay_away) != 0) {
      command->add_flag("--stay-away", values.stay_away, "The card does not come back by itself");
    }
    if ((row.takes & takes_mode) != 0) {
      command->add_option("--mode", values.mode, "Such as file-change, initialisation, uicc-reset")
          ->required();
      command->add_option(
          "--file", values.files,
          "A file that changed, from the MF: 3F007FFF6F02; several times for several");
    }
    if ((row.takes & takes_content) != 0) {
      command->add_option("--file", values.file, "A transparent file, from the MF: 3F007FFF6F02")
          ->required();
      command->add_option("--text", values.text, "Held in a data object 80, as an IMPI is");
      command->add_option("--content", values.content, "Hexadecimal digits");
    }
    if ((row.takes & takes_octets) != 0) {
      command->add_option("--octets", values.octets, "D0, length and value in hexadecimal digits")
          ->required();
    }
    if ((row.takes & takes_profile) != 0) {
      command->add_option("--profile", values.profile, "TOML file that makes the other card")
          ->required();
      command->add_flag("--silent", values.silent, "No reader notices");
    }
  }
  control_->add_option("--card", values.card, "The card's number, from 1");
}

ControlCommands::~ControlCommands() = default;

bool ControlCommands::chosen() const {
  return control_->parsed();
}

int ControlCommands::run() const {
  const Values& values = *values_;
  nlohmann::json request = {{"command", control_->get_subcommands().front()->get_name()}};
  const auto put = [&request](const char* key, const auto& value) {
    if (value) {
      request[key] = *value;
    }
  };
  put("card", values.card);
  put("ins", values.ins);
  put("nth", values.nth);
  put("count", values.count);
  put("ms", values.ms);
  put("sw", values.sw);
  put("mode", values.mode);
  put("octets", values.octets);
  put("file", values.file);
  put("text", values.text);
  put("content", values.content);
  if (!values.files.empty()) {
    request["files"] = values.files;
  }
  for (const auto& [key, flag] :
       {std::pair("executed", values.executed), std::pair("stay_away", values.stay_away),
        std::pair("silent", values.silent)}) {
    if (flag) {
      request[key] = true;
    }
  }
  if (!values.profile.empty()) {
    // Relative to where this program runs, not to where the other does.
    request["profile"] = std::filesystem::absolute(values.profile).string();
  }
  const auto text = ask_control(
      values.socket, request.dump(-1, ' ', true, nlohmann::json::error_handler_t::replace));
  if (!text) {
    std::cerr << "soft-isim: " << to_text(text.error()) << '\n';
    return 3;
  }
  const auto answer = nlohmann::json::parse(*text, nullptr, false);
  if (!answer.is_object() || answer.value("ok", false) != true) {
    std::cerr << "soft-isim: "
              << (answer.is_object() ? answer.value("error", "no reason given") : "no answer")
              << '\n';
    return 1;
  }
  if (const auto cards = answer.find("cards"); cards != answer.end()) {
    std::cout << nlohmann::json{{"cards", *cards}}.dump(2) << '\n';
  }
  return 0;
}

}  // namespace ut::isim::soft
