// The memory of a PIN that was sent and not accepted: it is not sent again until the user corrects
// it or clears the memory, so that no card is ever blocked by this program [IS-4].
#pragma once

#include "isim/card_session.h"

#include <filesystem>
#include <mutex>
#include <optional>
#include <string>

namespace ut::card {

// Names the state of a PIN file: another value after every change of the file. Empty when there is
// no such file.
std::string pin_source_of(const std::filesystem::path& pin_file);

class PinLatch : public isim::PinGuard {
 public:
  // Reads what `file` remembers; without a file the memory ends with the program. A file that
  // cannot be read or understood counts as a PIN that was not accepted.
  PinLatch(std::filesystem::path file, std::string pin_source);

  // pin_wrong when this PIN was sent before to this card and not accepted; else the try is noted,
  // on disk first. config_unreadable when that fails: then no PIN is sent.
  Result<void> before_verify(const std::string& iccid, unsigned tries_left) override;
  void after_success(const std::string& iccid) override;

 private:
  struct Entry {
    std::string iccid;  // empty: of every card
    std::string pin_source;
    unsigned tries_left = 0;  // before the try
  };
  void load();
  Result<void> store(const Entry& entry);

  std::mutex mutex_;
  std::filesystem::path file_;
  std::string pin_source_;
  std::optional<Entry> entry_{};
};

}  // namespace ut::card
