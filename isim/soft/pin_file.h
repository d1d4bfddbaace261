// Tries and changed PINs of a card in a file: a card whose tries come back with a restart would
// show nothing about those who must not spend them.
#pragma once

#include "base/result.h"
#include "isim/soft/pin_set.h"

#include <filesystem>

namespace ut::isim::soft {

// One line that names the format, one that tells whether the universal PIN replaces PIN1, then a
// line for each PIN: its reference, its tries, its PUK's tries, whether it is enabled, its octets.
class PinFile {
 public:
  explicit PinFile(std::filesystem::path file) : file_(std::move(file)) {}

  // Brings `pins` to what the file holds; leaves them as they are when there is no file yet.
  // config_unreadable, or config_invalid when it is not such a file or not of these PINs.
  Result<void> load(PinSet& pins) const;

  // Returns once `pins` would be there after a crash. system_call_failed with errno.
  Result<void> save(const PinSet& pins) const;

 private:
  std::filesystem::path file_;
};

}  // namespace ut::isim::soft
