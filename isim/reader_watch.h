// The seam to the readers: which there are and whether a card is in them.
#pragma once

#include "base/bytes.h"
#include "base/result.h"

#include <chrono>
#include <cstdint>
#include <string>
#include <vector>

namespace ut::isim {

struct ReaderState {
  std::string name;
  bool card = false;                // there is one, and it answers
  bool mute = false;                // there is one, and it does not answer
  bool exclusive = false;           // another program keeps the reader for itself
  std::uint16_t event_counter = 0;  // counts insertions and removals
  Bytes atr{};
  bool in_use = false;  // some program has a connection to the card

  // The use by others is not compared: it comes and goes all the time, and is no reason to wake.
  bool operator==(const ReaderState& other) const {
    return name == other.name && card == other.card && mute == other.mute &&
           exclusive == other.exclusive && event_counter == other.event_counter && atr == other.atr;
  }

  // The same card as before, as far as the reader can tell.
  bool same_card(const ReaderState& other) const {
    return name == other.name && card && other.card && event_counter == other.event_counter;
  }
};

struct ReaderPicture {
  bool service = false;  // the smart card service answers
  std::vector<ReaderState> readers{};
  bool operator==(const ReaderPicture&) const = default;
};

// Used by one thread, but for nudge() and cancel().
class ReaderWatch {
 public:
  virtual ~ReaderWatch() = default;

  // Blocks until the picture is another one than `known`, nudge() was called, or `limit` is over;
  // gives the picture of that moment. shutting_down after cancel(); never another error: a service
  // that does not answer is part of the picture, and it is tried again.
  virtual Result<ReaderPicture> wait(const ReaderPicture& known,
                                     std::chrono::milliseconds limit) = 0;

  // Makes wait() look and return at once. From any thread.
  virtual void nudge() = 0;

  // Makes this and every further wait() end. From any thread.
  virtual void cancel() = 0;
};

}  // namespace ut::isim
