// Playing a recording again.
#include "base/encoding.h"
#include "tools/isim-probe/private_file.h"
#include "tools/isim-probe/raw_exchange.h"
#include "tools/isim-probe/recording.h"

#include <nlohmann/json.hpp>

#include <algorithm>
#include <atomic>
#include <deque>
#include <sstream>

namespace ut::probe {
namespace {

using nlohmann::json;

constexpr std::uint8_t kAuthenticate = 0x88;

std::unexpected<Error> not_there(std::string detail) {
  return fail(ErrorCode::input_malformed, "replay",
              std::move(detail) + ": replay the command that was recorded");
}

ErrorCode code_of(const std::string& text) {
  constexpr ErrorCode kAll[] = {
#define UT_ERROR(name, family, meaning, advice) ErrorCode::name,
#include "base/error_codes.def"
#undef UT_ERROR
  };
  const auto found = std::ranges::find_if(kAll, [&](ErrorCode code) { return name(code) == text; });
  return found == std::end(kAll) ? ErrorCode::card_transport : *found;
}

std::optional<Error> error_of(const json& line) {
  if (!line.contains("error")) {
    return std::nullopt;
  }
  Error error{code_of(line.at("error").get<std::string>()), "replay"};
  if (line.contains("number")) {
    error.foreign = {ForeignKind::pcsc, line.at("number").get<long>()};
  }
  return error;
}

Bytes octets(const json& line, const char* key) {
  return from_hex(line.at(key).get<std::string>()).value_or(Bytes());
}

struct Tape {
  std::deque<json> pictures{};
  std::deque<json> lines{};  // what happened on connections, in order
  Keep keep = Keep::harmless;
  bool sent_pin = false;

  // The next line, when it is about `key`.
  Result<json> next(const char* key) {
    if (lines.empty() || !lines.front().contains(key)) {
      return not_there("the recording has no " + std::string(key) + " here");
    }
    json line = std::move(lines.front());
    lines.pop_front();
    return line;
  }
};

class ReplayedTransport final : public isim::CardTransport {
 public:
  ReplayedTransport(std::shared_ptr<Tape> tape, isim::CardProtocol protocol, Bytes atr)
      : tape_(std::move(tape)), protocol_(protocol), atr_(std::move(atr)) {}

  isim::CardProtocol protocol() const override { return protocol_; }
  ByteView atr() const override { return atr_; }
  Result<void> begin() override { return call("begin"); }
  Result<void> end(Leave) override { return call("end"); }
  Result<void> reset() override { return call("reset"); }

  Result<SecretBytes> transmit(ByteView command) override {
    TRY(const json line, tape_->next("command"));
    const Bytes expected = octets(line, "command");
    const SecretBytes masked = Masker(tape_->keep).mask_command(command);
    // A challenge may be a fresh one each time.
    const bool challenge = command.size() > 5 && command[1] == kAuthenticate;
    const std::size_t compared = challenge ? 5 : std::max(expected.size(), masked.size());
    const auto beginning = [&](ByteView all) { return all.first(std::min(all.size(), compared)); };
    if (!std::ranges::equal(beginning(expected), beginning(masked.expose()))) {
      return not_there("the recording has " + to_hex(expected) + " where " +
                       to_hex(masked.expose()) + " is sent");
    }
    if (auto error = error_of(line)) {
      return std::unexpected(*std::move(error));
    }
    return SecretBytes::copy_of(octets(line, "answer"));
  }

 private:
  Result<void> call(std::string_view name) {
    TRY(const json line, tape_->next("call"));
    if (line.at("call") != name) {
      return not_there("the recording has " + line.at("call").dump() + " where " +
                       std::string(name) + " is done");
    }
    if (auto error = error_of(line)) {
      return std::unexpected(*std::move(error));
    }
    return {};
  }

  std::shared_ptr<Tape> tape_;
  isim::CardProtocol protocol_;
  Bytes atr_;
};

class ReplayedWatch final : public isim::ReaderWatch {
 public:
  explicit ReplayedWatch(std::shared_ptr<Tape> tape) : tape_(std::move(tape)) {}
  Result<isim::ReaderPicture> wait(const isim::ReaderPicture&, std::chrono::milliseconds) override {
    if (cancelled_ || tape_->pictures.empty()) {
      return not_there("the recording ends here");
    }
    const json recorded = std::move(tape_->pictures.front());
    tape_->pictures.pop_front();
    isim::ReaderPicture picture;
    picture.service = recorded.at("service").get<bool>();
    for (const auto& one : recorded.at("readers")) {
      isim::ReaderState reader;
      reader.name = one.at("name").get<std::string>();
      reader.card = one.at("card").get<bool>();
      reader.mute = one.at("mute").get<bool>();
      reader.exclusive = one.at("exclusive").get<bool>();
      reader.in_use = one.at("in_use").get<bool>();
      reader.event_counter = one.at("events").get<std::uint16_t>();
      reader.atr = octets(one, "atr");
      picture.readers.push_back(std::move(reader));
    }
    return picture;
  }
  void nudge() override {}
  void cancel() override { cancelled_ = true; }

 private:
  std::shared_ptr<Tape> tape_;
  std::atomic<bool> cancelled_ = false;
};

// Throws json::exception for a line that is not what it should be.
Result<std::shared_ptr<Tape>> parse(const std::string& text, const std::string& path) {
  std::istringstream lines(text);
  std::string line;
  std::getline(lines, line);
  const json head = json::parse(line);
  if (head.at("format") != "isim-probe-recording" || head.at("version") != 1) {
    return fail(ErrorCode::config_unreadable, "replay", path + " is not a recording of isim-probe");
  }
  auto tape = std::make_shared<Tape>();
  tape->keep = head.at("kept") == "identities" ? Keep::identities : Keep::harmless;
  while (std::getline(lines, line)) {
    json one = json::parse(line);
    if (one.contains("picture")) {
      tape->pictures.push_back(one.at("picture"));
      continue;
    }
    if (one.contains("command")) {
      tape->sent_pin = tape->sent_pin || spends_try(octets(one, "command"));
    }
    tape->lines.push_back(std::move(one));
  }
  return tape;
}

}  // namespace

Result<World> replayed(const World& inner, const std::string& path) {
  TRY(const std::string text, read_text_file(path));
  std::shared_ptr<Tape> tape;
  try {
    TRY(tape, parse(text, path));
  } catch (const json::exception&) {
    return fail(ErrorCode::config_unreadable, "replay", path + " is not a recording of isim-probe");
  }
  World world = inner;
  world.replayed = true;
  world.replayed_pin = tape->sent_pin;
  world.watch = [tape](const std::vector<std::string>&) {
    return std::make_unique<ReplayedWatch>(tape);
  };
  world.connect =
      [tape](const std::string& reader) -> Result<std::unique_ptr<isim::CardTransport>> {
    TRY(const json line, tape->next("connect"));
    if (line.at("connect") != reader) {
      return not_there("the recording has reader " + line.at("connect").dump() + " here");
    }
    if (auto error = error_of(line)) {
      return std::unexpected(*std::move(error));
    }
    return std::make_unique<ReplayedTransport>(
        tape, line.at("protocol") == "T=0" ? isim::CardProtocol::t0 : isim::CardProtocol::t1,
        octets(line, "atr"));
  };
  return world;
}

}  // namespace ut::probe
