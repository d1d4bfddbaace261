// Readers and cards for the users of cards: a fake watch, and connections to fake UICCs.
#pragma once

#include "isim/card_transport.h"
#include "isim/reader_watch.h"
#include "tests/support/fake_card.h"

#include <condition_variable>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>

namespace ut::test {

// pcscd, its readers and the cards in them, as far as a program sees them. Thread safe.
// AUTHENTICATE answers 9862 unless the profile says otherwise.
class FakeCardSource {
 public:
  FakeCardSource();

  // Puts a card into a reader, which is there from then on. `silently`: no event tells it.
  void insert(const std::string& reader, FakeUiccProfile profile, bool silently = false);
  void remove(const std::string& reader);
  void add_empty_reader(const std::string& reader);
  void unplug(const std::string& reader);
  void stop_service();
  void start_service();

  // The card dies under the next command with this INS, and another one sits in the reader without
  // any event: what pcscd's virtual reader was measured to do.
  void swap_under(std::uint8_t ins, const std::string& reader, FakeUiccProfile next);

  // Asked before each command; an error is what the transport reports instead.
  void disturb(std::function<std::optional<ErrorCode>(ByteView command)> disturb);
  // Commands block while this is on, as with a card that hangs.
  void hang(bool on);
  // A command is blocked at this moment.
  bool hangs() const;

  std::function<Result<std::unique_ptr<isim::CardTransport>>(const std::string& reader)> connect();
  std::unique_ptr<isim::ReaderWatch> watch();

  std::shared_ptr<FakeUicc> card(const std::string& reader);
  unsigned authentications() const;
  unsigned connections() const;
  // Connections that were not given up yet.
  unsigned open_connections() const;

  struct State;

 private:
  std::shared_ptr<State> state_;
};

}  // namespace ut::test
