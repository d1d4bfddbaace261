// What a card does wrong on command, for tests of what stands above it.
#pragma once

#include "base/bytes.h"
#include "base/result.h"
#include "isim/apdu.h"

#include <chrono>
#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

namespace ut::isim::soft {

enum class FaultKind : std::uint8_t {
  mute,         // from that command on no answer at all, until cleared
  slow,         // the answer comes late
  die,          // the card is gone in the middle of the exchange
  status_word,  // this status word in place of the answer
  full,         // the same for commands that write (UPDATE BINARY, UPDATE RECORD, SET DATA)
};

struct Fault {
  FaultKind kind = FaultKind::mute;
  std::optional<std::uint8_t> ins{};  // of commands with this instruction alone
  unsigned first = 1;                 // from the n-th such command since the fault was set
  std::optional<unsigned> count{};    // for so many of them; nullopt: from then on
  std::chrono::milliseconds delay{};  // slow: 1 to 600000
  StatusWord sw = 0;                  // status_word, full: 61xx to 6Fxx or 9xxx
  bool executed = false;              // die, status_word: the card did as told, its answer is lost
  bool stay_away = false;             // die: and the card does not come back by itself

  bool operator==(const Fault&) const = default;
};

// "mute", "slow", "die", "status-word", "full".
std::string_view name(FaultKind kind);

// What is to happen with one command.
struct Reaction {
  std::chrono::milliseconds delay{};  // before anything else
  bool mute = false;                  // no answer; nothing is executed
  bool die = false;
  bool stay_away = false;
  bool execute = true;             // the card does what the command says
  std::optional<StatusWord> sw{};  // the answer, in place of the card's

  bool operator==(const Reaction&) const = default;
};

// The faults of one card. Pure: no clock, no input or output.
class FaultTable {
 public:
  static constexpr std::size_t kMost = 64;

  // input_malformed with the reason when a value is out of range or does not belong to the kind, or
  // when there are kMost faults.
  Result<void> set(const Fault& fault);
  void clear() { active_.clear(); }
  void clear(FaultKind kind);

  // Takes one command, of any octets: counts it for every fault, and drops those that are spent.
  // Mute comes before death, death before a status word, the fault set first before later ones;
  // delays add up.
  Reaction next(ByteView command_apdu);

  // Whether a command has met a mute fault that is still there.
  bool is_mute() const;

  struct Active {
    Fault fault;
    unsigned seen = 0;  // commands that it counted
  };
  const std::vector<Active>& active() const { return active_; }

 private:
  std::vector<Active> active_{};
};

}  // namespace ut::isim::soft
