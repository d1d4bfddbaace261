#include "isim/soft/card_faults.h"

#include <algorithm>

namespace ut::isim::soft {
namespace {

constexpr std::chrono::milliseconds kLongestDelay{600'000};

bool is_status_word(StatusWord sw) {
  // ISO/IEC 7816-3: SW1 is 6X or 9X, but 60, which asks for more time.
  const auto sw1 = sw >> 8;
  return (sw1 > 0x60 && sw1 <= 0x6f) || (sw1 >= 0x90 && sw1 <= 0x9f);
}

// UPDATE BINARY, UPDATE RECORD, SET DATA (TS 102 221 table 10.5).
bool writes(std::uint8_t ins) {
  return ins == 0xd6 || ins == 0xdc || ins == 0xdb;
}

// What is wrong with it, for people; empty when nothing is.
std::string_view complaint(const Fault& fault) {
  const bool answers_sw = fault.kind == FaultKind::status_word || fault.kind == FaultKind::full;
  if (fault.first == 0) {
    return "nth counts from 1";
  }
  if (fault.count == 0U) {
    return "count must be 1 or more";
  }
  if (fault.kind == FaultKind::mute && fault.count) {
    return "mute has no count: it lasts until it is cleared";
  }
  if ((fault.kind == FaultKind::slow) != (fault.delay.count() != 0) || fault.delay.count() < 0 ||
      fault.delay > kLongestDelay) {
    return "slow needs 1 to 600000 milliseconds, and nothing else has a delay";
  }
  if (answers_sw ? !is_status_word(fault.sw) : fault.sw != 0) {
    return "a status word is four hexadecimal digits, 6100 to 6FFF or 9000 to 9FFF";
  }
  if (fault.kind == FaultKind::full && fault.ins && !writes(*fault.ins)) {
    return "full concerns the instructions D6, DC and DB";
  }
  if (fault.executed && fault.kind != FaultKind::die && fault.kind != FaultKind::status_word) {
    return "executed belongs to die and status-word";
  }
  if (fault.stay_away && fault.kind != FaultKind::die) {
    return "stay_away belongs to die";
  }
  return {};
}

bool concerns(const Fault& fault, ByteView command) {
  if (fault.kind != FaultKind::full && !fault.ins) {
    return true;
  }
  if (command.size() < 2) {
    return false;
  }
  const auto ins = command[1];
  return fault.ins ? ins == *fault.ins : writes(ins);
}

bool is_spent(const FaultTable::Active& active) {
  const auto& fault = active.fault;
  return fault.count && std::uint64_t{active.seen} + 1 >= std::uint64_t{fault.first} + *fault.count;
}

void add(Reaction& reaction, const Fault& fault) {
  switch (fault.kind) {
    case FaultKind::mute:
      reaction.mute = true;
      return;
    case FaultKind::slow:
      reaction.delay += fault.delay;
      return;
    case FaultKind::die:
      if (!reaction.die) {
        reaction.die = true;
        reaction.execute = fault.executed;
        reaction.stay_away = fault.stay_away;
      }
      return;
    case FaultKind::status_word:
    case FaultKind::full:
      if (!reaction.die && !reaction.sw) {
        reaction.sw = fault.sw;
        reaction.execute = fault.executed;
      }
      return;
  }
}

}  // namespace

std::string_view name(FaultKind kind) {
  switch (kind) {
    case FaultKind::mute:
      return "mute";
    case FaultKind::slow:
      return "slow";
    case FaultKind::die:
      return "die";
    case FaultKind::status_word:
      return "status-word";
    case FaultKind::full:
      return "full";
  }
  return {};
}

Result<void> FaultTable::set(const Fault& fault) {
  if (const auto wrong = complaint(fault); !wrong.empty()) {
    return fail(ErrorCode::input_malformed, "fault", std::string(wrong));
  }
  if (active_.size() == kMost) {
    return fail(ErrorCode::input_malformed, "fault", "there are 64 faults already; clear them");
  }
  active_.push_back({fault});
  return {};
}

void FaultTable::clear(FaultKind kind) {
  std::erase_if(active_, [kind](const Active& active) { return active.fault.kind == kind; });
}

bool FaultTable::is_mute() const {
  return std::ranges::any_of(active_, [](const Active& active) {
    return active.fault.kind == FaultKind::mute && active.seen >= active.fault.first;
  });
}

Reaction FaultTable::next(ByteView command_apdu) {
  Reaction reaction;
  for (auto& active : active_) {
    const Fault& fault = active.fault;
    // Once mute, it is so for every command.
    const bool silent = fault.kind == FaultKind::mute && active.seen >= fault.first;
    if (!silent && !concerns(fault, command_apdu)) {
      continue;
    }
    if (!silent) {
      ++active.seen;
    }
    if (active.seen >= fault.first) {
      add(reaction, fault);
    }
  }
  std::erase_if(active_, is_spent);
  if (reaction.mute) {
    return {.delay = reaction.delay, .mute = true, .execute = false};
  }
  if (reaction.die) {
    reaction.sw.reset();
  }
  return reaction;
}

}  // namespace ut::isim::soft
