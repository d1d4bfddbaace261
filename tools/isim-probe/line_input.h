// Lines from a file descriptor, in locked memory: a line may hold a PIN.
#pragma once

#include "base/result.h"
#include "base/secret.h"

#include <cstddef>
#include <optional>

namespace ut::probe {

class LineInput {
 public:
  // Does not own `fd`.
  explicit LineInput(int fd) : fd_(fd) {}

  // The next line without its end; nullopt after the last one. Lines have at most 8192 octets:
  // input_malformed for longer ones.
  Result<std::optional<SecretBytes>> next();

 private:
  int fd_;
  SecretBytes buffer_{8192 + 1};
  std::size_t size_ = 0;
};

}  // namespace ut::probe
