// Octets of a fixed size from the command line.
#pragma once

#include "base/encoding.h"
#include "base/result.h"

#include <string>

namespace ut::probe {

// input_malformed, naming the argument, for anything but its hexadecimal digits.
template <class T>
Result<T> hex_argument(const std::string& text, const char* name) {
  const auto octets = from_hex(text);
  const auto value = octets ? T::from(*octets) : std::nullopt;
  if (!value) {
    return fail(ErrorCode::input_malformed, "command line",
                std::string(name) + " has " + std::to_string(2 * T::size) + " hexadecimal digits");
  }
  return *value;
}

}  // namespace ut::probe
