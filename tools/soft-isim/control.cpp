#include "tools/soft-isim/control.h"

#include "base/encoding.h"
#include "base/log.h"
#include "isim/tlv.h"
#include "isim/toolkit.h"
#include "tools/soft-isim/control_request.h"

#include <nlohmann/json.hpp>

#include <algorithm>
#include <iterator>
#include <system_error>
#include <utility>

namespace ut::isim::soft {
namespace {

using nlohmann::json;

// What all faults have in common.
Result<Fault> common_fault(ControlRequest& request, FaultKind kind) {
  Fault fault{.kind = kind};
  TRY(const auto ins, request.hex("ins", 1));
  if (ins) {
    fault.ins = static_cast<std::uint8_t>(*ins);
  }
  TRY(const auto nth, request.number("nth"));
  fault.first = nth.value_or(1);
  TRY(fault.count, request.number("count"));
  return fault;
}

Result<void> mute(CardSlot& slot, ControlRequest& request) {
  TRY(const auto fault, common_fault(request, FaultKind::mute));
  TRY_VOID(request.nothing_else());
  return slot.set_fault(fault);
}

Result<void> slow(CardSlot& slot, ControlRequest& request) {
  TRY(auto fault, common_fault(request, FaultKind::slow));
  TRY(const auto ms, request.number("ms"));
  fault.delay = std::chrono::milliseconds(ms.value_or(0));
  TRY_VOID(request.nothing_else());
  return slot.set_fault(fault);
}

// A card dies once unless the request says otherwise: else it would do so again at the first
// command of its next life.
Result<void> die(CardSlot& slot, ControlRequest& request) {
  TRY(auto fault, common_fault(request, FaultKind::die));
  fault.count = fault.count.value_or(1);
  TRY(fault.executed, request.flag("executed"));
  TRY(fault.stay_away, request.flag("stay_away"));
  TRY_VOID(request.nothing_else());
  return slot.set_fault(fault);
}

Result<void> status_word(CardSlot& slot, ControlRequest& request) {
  TRY(auto fault, common_fault(request, FaultKind::status_word));
  TRY(const auto sw, request.hex("sw", 2));
  fault.sw = sw.value_or(0);
  TRY(fault.executed, request.flag("executed"));
  TRY_VOID(request.nothing_else());
  return slot.set_fault(fault);
}

Result<void> full(CardSlot& slot, ControlRequest& request) {
  constexpr StatusWord kNotEnoughMemory = 0x6a84;
  TRY(auto fault, common_fault(request, FaultKind::full));
  TRY(const auto sw, request.hex("sw", 2));
  fault.sw = sw.value_or(kNotEnoughMemory);
  TRY_VOID(request.nothing_else());
  return slot.set_fault(fault);
}

constexpr RefreshMode kRefreshModes[] = {
    RefreshMode::initialisation_and_full_file_change,
    RefreshMode::file_change,
    RefreshMode::initialisation_and_file_change,
    RefreshMode::initialisation,
    RefreshMode::uicc_reset,
    RefreshMode::application_reset,
    RefreshMode::session_reset,
};

// "3F007FFF6F02".
Result<FilePath> file_path(const std::string& text) {
  const auto octets = from_hex(text);
  if (!octets || octets->empty() || octets->size() % 2 != 0 || !text.starts_with("3F00")) {
    return refuse("a file is a path of identifiers from the MF, such as 3F007FFF6F02");
  }
  FilePath path;
  for (std::size_t i = 0; i < octets->size(); i += 2) {
    path.push_back(static_cast<FileId>((*octets)[i] << 8 | (*octets)[i + 1]));
  }
  return path;
}

Result<void> refresh(CardSlot& slot, ControlRequest& request) {
  constexpr std::size_t kMostFiles = 30;
  TRY(const auto mode, request.text("mode"));
  TRY(const auto texts, request.texts("files"));
  TRY_VOID(request.nothing_else());
  const auto named = std::ranges::find(kRefreshModes, mode.value_or(""),
                                       [](RefreshMode one) { return isim::name(one); });
  if (named == std::end(kRefreshModes)) {
    std::string names;
    for (const RefreshMode one : kRefreshModes) {
      names += (names.empty() ? "" : ", ") + std::string(isim::name(one));
    }
    return refuse("mode must be one of: " + names);
  }
  if (texts.size() > kMostFiles) {
    return refuse("a REFRESH names 30 files at most");
  }
  std::vector<FilePath> files;
  for (const auto& text : texts) {
    TRY(auto path, file_path(text));
    files.push_back(std::move(path));
  }
  slot.refresh(*named, files);
  return {};
}

// As the operator updates a file from afar: no terminal takes part in it.
Result<void> update(CardSlot& slot, ControlRequest& request) {
  constexpr std::uint32_t kTextObject = 0x80;
  TRY(const auto file, request.text("file"));
  TRY(const auto text, request.text("text"));
  TRY(const auto digits, request.text("content"));
  TRY_VOID(request.nothing_else());
  TRY(const auto path, file_path(file.value_or("")));
  if (text.has_value() == digits.has_value()) {
    return refuse("either text or content says what the file holds");
  }
  Bytes content;
  if (text) {
    append_tlv(content, kTextObject, as_bytes(*text));
  } else if (auto octets = from_hex(*digits)) {
    content = *std::move(octets);
  } else {
    return refuse("content must be hexadecimal digits");
  }
  if (!slot.update_file(path, content)) {
    return refuse("the card has no transparent file at this path with so much room");
  }
  return {};
}

Result<void> proactive(CardSlot& slot, ControlRequest& request) {
  constexpr std::uint8_t kProactiveCommand = 0xd0;
  constexpr std::size_t kGreatest = 256;
  TRY(const auto digits, request.text("octets"));
  TRY_VOID(request.nothing_else());
  auto octets = from_hex(digits.value_or(""));
  if (!octets || octets->size() < 2 || octets->size() > kGreatest ||
      octets->front() != kProactiveCommand) {
    return refuse("octets must be a proactive command in hexadecimal digits: D0, length, value");
  }
  slot.queue_proactive(*std::move(octets));
  return {};
}

// Those without values of their own.
template <void (CardSlot::*action)()>
Result<void> simple(CardSlot& slot, ControlRequest& request) {
  TRY_VOID(request.nothing_else());
  (slot.*action)();
  return {};
}

Result<void> insert(CardSlot& slot, ControlRequest& request) {
  TRY_VOID(request.nothing_else());
  if (!slot.insert()) {
    return refuse("card " + std::to_string(slot.number()) +
                  " is in the reader already; reinsert takes it out first");
  }
  return {};
}

struct CardCommand {
  std::string_view name;
  Result<void> (*run)(CardSlot&, ControlRequest&);
};

constexpr CardCommand kCardCommands[] = {
    {"mute", mute},
    {"slow", slow},
    {"die", die},
    {"status-word", status_word},
    {"full", full},
    {"refresh", refresh},
    {"update", update},
    {"proactive", proactive},
    {"no-atr", simple<&CardSlot::refuse_power>},
    {"reset", simple<&CardSlot::reset>},
    {"remove", simple<&CardSlot::remove>},
    {"insert", insert},
    {"reinsert", simple<&CardSlot::reinsert>},
    {"clear", simple<&CardSlot::clear_faults>},
};

// Two hexadecimal digits.
std::string octet(std::size_t value) {
  return to_hex(std::array{static_cast<std::uint8_t>(value)});
}

json to_json(const FaultTable::Active& active) {
  const Fault& fault = active.fault;
  json one = {{"fault", name(fault.kind)}, {"nth", fault.first}, {"seen", active.seen}};
  if (fault.ins) {
    one["ins"] = octet(*fault.ins);
  }
  if (fault.count) {
    one["count"] = *fault.count;
  }
  if (fault.delay.count() != 0) {
    one["ms"] = fault.delay.count();
  }
  if (fault.sw != 0) {
    one["sw"] = octet(fault.sw >> 8) + octet(fault.sw & 0xff);
  }
  if (fault.executed) {
    one["executed"] = true;
  }
  if (fault.stay_away) {
    one["stay_away"] = true;
  }
  return one;
}

json status_of(const CardSlot& slot) {
  const auto state = slot.state();
  json faults = json::array();
  for (const auto& active : state.faults) {
    faults.push_back(to_json(active));
  }
  return {{"card", slot.number()},
          {"profile", state.profile_file},
          {"inserted", state.inserted},
          {"connected", state.connected},
          {"answers_reset", state.answers_reset},
          {"commands", state.commands},
          {"proactive", state.proactive},
          {"faults", std::move(faults)}};
}

json stats_of(const CardSlot& slot) {
  json by_ins = json::object();
  std::uint64_t all = 0;
  const auto counts = slot.commands_by_ins();
  for (std::size_t ins = 0; ins < counts.size(); ++ins) {
    if (counts[ins] != 0) {
      by_ins[octet(ins)] = counts[ins];
      all += counts[ins];
    }
  }
  return {{"card", slot.number()}, {"commands", all}, {"by_ins", std::move(by_ins)}};
}

struct ListCommand {
  std::string_view name;
  json (*run)(const CardSlot&);
};

constexpr ListCommand kListCommands[] = {{"status", status_of}, {"stats", stats_of}};

constexpr std::string_view kSwap = "swap";

std::string all_commands() {
  std::string names(kSwap);
  for (const auto& command : kListCommands) {
    names += ", " + std::string(command.name);
  }
  for (const auto& command : kCardCommands) {
    names += ", " + std::string(command.name);
  }
  return names;
}

// The slots that a request is about: the one that it names, or all.
Result<std::vector<CardSlot*>> named_slots(const std::vector<CardSlot*>& slots,
                                           const json& object) {
  const auto card = object.find("card");
  if (card == object.end()) {
    return slots;
  }
  const bool exists = card->is_number_unsigned() && card->get<std::uint64_t>() >= 1 &&
                      card->get<std::uint64_t>() <= slots.size();
  if (!exists) {
    return refuse("card must be a number from 1 to " + std::to_string(slots.size()));
  }
  return std::vector{slots[card->get<std::size_t>() - 1]};
}

Result<void> swap(const std::vector<CardSlot*>& slots, const LoadCard& load, CardSlot& slot,
                  ControlRequest& request) {
  TRY(const auto profile, request.text("profile"));
  TRY(const auto silent, request.flag("silent"));
  TRY_VOID(request.nothing_else());
  if (!profile || profile->empty()) {
    return refuse("profile is missing: the file that makes the other card");
  }
  return slot.swap(
      [&]() -> Result<std::unique_ptr<SlotCard>> {
        TRY(auto card, load(*profile, slot.number()));
        TRY_VOID(check_sqn_file(slots, card->sqn_file, slot.number()));
        return card;
      },
      silent);
}

Result<json> run(const std::vector<CardSlot*>& slots, const LoadCard& load,
                 std::string_view request_text) {
  const json object = json::parse(request_text, nullptr, false);
  if (!object.is_object()) {
    return refuse("a request is a JSON object such as {\"command\": \"status\"}");
  }
  const auto found = object.find("command");
  const std::string command =
      found != object.end() && found->is_string() ? found->get<std::string>() : std::string();
  TRY(const auto named, named_slots(slots, object));
  ControlRequest request(object);

  const auto list = std::ranges::find(kListCommands, command, &ListCommand::name);
  if (list != std::end(kListCommands)) {
    TRY_VOID(request.nothing_else());
    json cards = json::array();
    for (const CardSlot* slot : named) {
      cards.push_back(list->run(*slot));
    }
    return json{{"ok", true}, {"cards", std::move(cards)}};
  }
  const auto one = std::ranges::find(kCardCommands, command, &CardCommand::name);
  if (one == std::end(kCardCommands) && command != kSwap) {
    return refuse("command must be one of: " + all_commands());
  }
  if (named.size() != 1) {
    return refuse("there are " + std::to_string(named.size()) + " cards: say which with card");
  }
  CardSlot& slot = *named.front();
  if (command == kSwap) {
    TRY_VOID(swap(slots, load, slot, request));
  } else {
    TRY_VOID(one->run(slot, request));
  }
  log::info("card.control", {{"card", slot.number()}, {"command", command}});
  return json{{"ok", true}};
}

}  // namespace

Result<void> check_sqn_file(const std::vector<CardSlot*>& slots,
                            const std::filesystem::path& sqn_file, unsigned number) {
  const auto plain = [](const std::filesystem::path& file) {
    std::error_code ignored;
    return std::filesystem::weakly_canonical(std::filesystem::absolute(file, ignored), ignored);
  };
  for (const CardSlot* other : slots) {
    if (other->number() != number && plain(other->sqn_file()) == plain(sqn_file)) {
      return refuse(sqn_file.string() + " is the sequence file of card " +
                    std::to_string(other->number()) + "; give each profile its own");
    }
  }
  return {};
}

Control::Control(std::vector<CardSlot*> slots, LoadCard load)
    : slots_(std::move(slots)), load_(std::move(load)) {}

std::string Control::answer(std::string_view request) const {
  const auto done = run(slots_, load_, request);
  const json answer = done ? *done
                           : json{{"ok", false},
                                  {"error", done.error().code == ErrorCode::input_malformed
                                                ? done.error().detail
                                                : to_text(done.error())}};
  return answer.dump(-1, ' ', true, json::error_handler_t::replace);
}

}  // namespace ut::isim::soft
