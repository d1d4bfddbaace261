// One reader's place for a card: the card, what is wrong with it, and whether it is in the reader.
#pragma once

#include "base/file_descriptor.h"
#include "isim/soft/card_faults.h"
#include "isim/soft/proactive_command.h"
#include "isim/soft/sqn_file.h"
#include "isim/soft/uicc.h"

#include <array>
#include <chrono>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <span>
#include <string>

namespace ut::isim::soft {

// A card with all that it is made of.
struct SlotCard {
  SlotCard(std::string profile_name, CardProfile profile, SqnArray sqns,
           std::unique_ptr<SqnStore> sqn_store, AuthenticateObserver observer);

  std::string profile_file;         // as the user named it
  std::filesystem::path sqn_file;   // which no other card may write
  std::unique_ptr<SqnStore> store;  // before uicc, which refers to it
  Uicc uicc;
};

// Reads the profile, and the sequence numbers and PINs that it names. The errors of
// load_card_profile, SqnFile::load and PinFile::load.
Result<std::unique_ptr<SlotCard>> load_slot_card(const std::string& profile_file,
                                                 AuthenticateObserver observer);

// Shared by the thread of the link to the reader and the one that takes commands about the card;
// every function may be called by either.
class CardSlot {
 public:
  // `number` counts from 1. A card that was taken out stays away for `absence` at least, so long
  // that pcscd, which looks every 400 ms, must see it.
  explicit CardSlot(std::unique_ptr<SlotCard> card, unsigned number = 1,
                    std::chrono::milliseconds absence = std::chrono::milliseconds(600));

  unsigned number() const { return number_; }

  // --- for the link -----------------------------------------------------------------------------

  // Readable when one of the functions below said something new; take_event makes it silent again.
  int event() const { return event_.get(); }
  void take_event();

  // How long until the card is in the reader: 0 = it is; nullopt: it was removed.
  std::optional<std::chrono::milliseconds> time_to_presence() const;
  // Another number: the card has left the reader since, if only for a moment.
  std::uint64_t presence() const;
  // Another number: what the card was doing is lost (reset, removed, another card).
  std::uint64_t life() const;

  void connected(bool yes);
  SecretBytes atr() const;
  // False: the card has no answer to reset, so the reader cannot power it up.
  bool power_up();
  void power_down();
  // Counts one command APDU and tells what is to happen with it.
  Reaction react(ByteView command_apdu);
  bool is_mute() const;
  SecretBytes exchange(ByteView command_apdu);
  // After an exchange in which the card died.
  void died(bool stays_away);

  // --- for commands about the card --------------------------------------------------------------

  Result<void> set_fault(const Fault& fault);
  // No fault any more. A card without answer to reset is put in anew, as pcscd remembers that one.
  void clear_faults();
  // The card loses its state as if its power failed for a moment: nobody is told. It wakes from
  // being mute.
  void reset();
  void remove();
  // False when it is in the reader already.
  bool insert();
  // Taken out and put back.
  void reinsert();
  // Taken out and put back, and from then on without an answer to reset.
  void refuse_power();
  // A proactive command for the terminal (TS 102 223): REFRESH, or any other as it is.
  void refresh(RefreshMode mode, std::span<const FilePath> files);
  void queue_proactive(Bytes command);
  // See Uicc::update_file().
  bool update_file(const FilePath& path, ByteView content);
  // Another card in this place, without any fault; the errors of `make`, and then the card that is
  // there stays. `make` runs while the card does nothing, as both may keep their SQN in one file.
  // `silent`: no reader notices.
  Result<void> swap(const std::function<Result<std::unique_ptr<SlotCard>>()>& make, bool silent);

  struct State {
    std::string profile_file;
    bool inserted = true;
    bool connected = false;  // the reader has it
    bool answers_reset = true;
    std::vector<FaultTable::Active> faults{};
    std::uint64_t commands = 0;
    std::size_t proactive = 0;  // proactive commands that the terminal has not answered
  };
  State state() const;
  // Commands by instruction, since the program started, whichever card was in this place. Octets
  // that are too few for an instruction are not counted.
  std::array<std::uint64_t, 256> commands_by_ins() const;
  std::filesystem::path sqn_file() const;

 private:
  using Time = std::chrono::steady_clock::time_point;

  void tell();
  void take_out();

  const unsigned number_;
  const std::chrono::milliseconds absence_;
  const FileDescriptor event_;

  mutable std::mutex mutex_{};
  std::unique_ptr<SlotCard> card_;
  FaultTable faults_{};
  bool inserted_ = true;
  Time back_{};  // not in the reader before
  bool answers_reset_ = true;
  bool connected_ = false;
  std::uint64_t presence_ = 0;
  std::uint64_t life_ = 0;
  std::array<std::uint64_t, 256> commands_{};
};

}  // namespace ut::isim::soft
