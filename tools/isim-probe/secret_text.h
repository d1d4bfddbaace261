// Text in locked memory: for what may hold keys.
#pragma once

#include "base/bytes.h"
#include "base/secret.h"

#include <string_view>

namespace ut::probe {

class SecretText {
 public:
  SecretText& operator+=(std::string_view text);
  // In hexadecimal.
  void append_hex(ByteView secret);
  SecretBytes take();

 private:
  void append(ByteView more);
  SecretBytes octets_{};  // longer than what is in use
  std::size_t size_ = 0;
};

}  // namespace ut::probe
