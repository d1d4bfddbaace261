// Fields of one octet of length and a value, as AUTHENTICATE and some files have them.
#pragma once

#include "base/bytes.h"

#include <cstdint>
#include <cstdlib>
#include <optional>

namespace ut::isim {

// The value at the start of `octets`, which then begin after it; nullopt, and `octets` as they
// were, when the length says more than there is.
inline std::optional<ByteView> take_length_value(ByteView& octets) {
  if (octets.empty() || octets.size() < 1U + octets[0]) {
    return std::nullopt;
  }
  const ByteView value = octets.subspan(1, octets[0]);
  octets = octets.subspan(1U + value.size());
  return value;
}

// Appends length and value; aborts for a value of more than 255 octets.
inline void append_length_value(Bytes& to, ByteView value) {
  if (value.size() > 255) {
    std::abort();
  }
  to.push_back(static_cast<std::uint8_t>(value.size()));
  append(to, value);
}

}  // namespace ut::isim
