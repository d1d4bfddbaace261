// What a PIN and a PUK look like (TS 102 221 clause 9.5.1 and 11.1.9).
#pragma once

#include "base/bytes.h"

#include <algorithm>

namespace ut::isim {

constexpr std::size_t kPinField = 8;  // octets on the interface, filled up with FF

inline bool is_digits(ByteView text) {
  return std::ranges::all_of(text, [](std::uint8_t c) { return c >= '0' && c <= '9'; });
}

// 4 to 8 decimal digits in ASCII.
inline bool is_pin(ByteView text) {
  return text.size() >= 4 && text.size() <= kPinField && is_digits(text);
}

// 8 decimal digits.
inline bool is_puk(ByteView text) {
  return text.size() == kPinField && is_digits(text);
}

}  // namespace ut::isim
