// What a PIN and a PUK look like (TS 102 221 clause 9.5.1 and 11.1.9), and the commands that carry
// them.
#pragma once

#include "base/bytes.h"

#include <algorithm>
#include <cstddef>
#include <cstdint>

namespace ut::isim {

constexpr std::size_t kPinField = 8;  // octets on the interface, filled up with FF

// The instructions VERIFY, CHANGE, DISABLE, ENABLE and UNBLOCK PIN.
inline bool is_pin_command(std::uint8_t ins) {
  return ins == 0x20 || ins == 0x24 || ins == 0x26 || ins == 0x28 || ins == 0x2c;
}

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
