#include "agent/gba/host_name.h"

#include <algorithm>

namespace ut::gba {
namespace {

constexpr std::size_t kMaxName = 253;
constexpr std::size_t kMaxLabel = 63;

bool is_digit(char c) {
  return c >= '0' && c <= '9';
}

bool is_label(std::string_view label) {
  return !label.empty() && label.size() <= kMaxLabel && label.front() != '-' &&
         label.back() != '-' && std::ranges::all_of(label, [](char c) {
           return is_digit(c) || (c >= 'a' && c <= 'z') || c == '-';
         });
}

}  // namespace

std::optional<std::string> normal_host_name(std::string_view name) {
  if (name.ends_with('.')) {
    name.remove_suffix(1);
  }
  if (name.empty() || name.size() > kMaxName) {
    return std::nullopt;
  }
  std::string normal(name);
  for (char& c : normal) {
    if (c >= 'A' && c <= 'Z') {
      c = static_cast<char>(c - 'A' + 'a');
    }
  }
  std::string_view rest = normal;
  for (;;) {
    const auto dot = rest.find('.');
    const auto label = rest.substr(0, dot);
    if (!is_label(label)) {
      return std::nullopt;
    }
    if (dot == std::string_view::npos) {
      return std::ranges::all_of(label, is_digit) ? std::nullopt : std::optional(normal);
    }
    rest.remove_prefix(dot + 1);
  }
}

}  // namespace ut::gba
