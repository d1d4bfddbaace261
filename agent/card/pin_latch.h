// The memory of PINs that were sent and not accepted: such a PIN is not sent again until the user
// corrects it or clears the memory, so that no card is ever blocked by this program [IS-4].
#pragma once

#include "base/result.h"
#include "isim/card_session.h"

#include <cstddef>
#include <filesystem>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace ut::card {

// Names the state of a PIN file: another value after every change of the file. Empty when there is
// no such file.
std::string pin_source_of(const std::filesystem::path& pin_file);

// A try that was begun and of which no success is known.
struct LatchedPin {
  std::string iccid;        // personal data; empty: of every card; or latch_name_of_token()
  unsigned tries_left = 0;  // before the try; 0 of a token, which does not tell
  std::string pin_source;   // where the PIN came from
  bool operator==(const LatchedPin&) const = default;
};

// As what the latch knows a PKCS #11 token with this serial number, in the place of an ICCID.
std::string latch_name_of_token(std::string_view serial);
// Its serial number, as far as the name has it; nullopt for a card.
std::optional<std::string> token_serial_of(const LatchedPin& entry);

// What `file` remembers; nothing when there is no file. config_unreadable when it cannot be read,
// input_malformed when it cannot be understood: both count against every card.
Result<std::vector<LatchedPin>> read_pin_latch(const std::filesystem::path& file);

// Forgets what `file` remembers of the card with this ICCID, or of all cards and the whole file;
// gives the number of cards forgotten. A running agent takes note of it by itself.
Result<std::size_t> clear_pin_latch(const std::filesystem::path& file,
                                    const std::optional<std::string>& iccid);

// Several may have one file, as several cards are used at once.
class PinLatch : public isim::PinGuard {
 public:
  // Without a file the memory ends with the program. With one the file is what counts, at each try:
  // the user may clear it while the program runs.
  PinLatch(std::filesystem::path file, std::string pin_source);

  // pin_wrong when this PIN was sent before to this card and not accepted, or when the file cannot
  // be understood; else the try is noted, on disk first. config_unreadable when that fails: then no
  // PIN is sent.
  Result<void> before_verify(const std::string& iccid, unsigned tries_left) override;
  void after_success(const std::string& iccid) override;

 private:
  Result<void> note(const std::string& iccid, unsigned tries_left);

  std::mutex mutex_;
  std::filesystem::path file_;
  std::string pin_source_;
  std::vector<LatchedPin> entries_{};  // when there is no file
};

}  // namespace ut::card
