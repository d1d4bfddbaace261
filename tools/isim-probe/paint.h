// Colours on a terminal.
#pragma once

#include <string>
#include <string_view>

namespace ut::probe {

// Wraps text into the escape sequences of ECMA-48 SGR, or leaves it as it is.
class Paint {
 public:
  explicit Paint(bool on = false) : on_(on) {}
  std::string good(std::string_view text) const { return wrap("32", text); }
  std::string bad(std::string_view text) const { return wrap("31", text); }
  std::string note(std::string_view text) const { return wrap("33", text); }

 private:
  std::string wrap(std::string_view code, std::string_view text) const {
    if (!on_) {
      return std::string(text);
    }
    return "\x1b[" + std::string(code) + "m" + std::string(text) + "\x1b[0m";
  }
  bool on_;
};

}  // namespace ut::probe
