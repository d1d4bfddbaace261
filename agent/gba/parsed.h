#pragma once

#include <expected>
#include <string_view>

namespace ut::gba {

// What a parser of a peer's text gives: the value, or a literal that says what is wrong with the
// text. The shell that asked turns it into its own Error (ub_answer_malformed and the like).
template <class T>
using Parsed = std::expected<T, std::string_view>;

}  // namespace ut::gba
