// One request on the control socket: its values, each of its type.
#pragma once

#include "base/result.h"

#include <nlohmann/json_fwd.hpp>

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace ut::isim::soft {

// input_malformed with what is wrong and what to do.
std::unexpected<Error> refuse(std::string why);

// Values are asked for by name, so that those that nobody asked for are found: a word misspelt is
// told, not ignored. All errors are those of refuse().
class ControlRequest {
 public:
  // `object` is a JSON object that outlives this one.
  explicit ControlRequest(const nlohmann::json& object) : object_(object) {}

  Result<std::optional<std::string>> text(const char* key);
  // Empty when there is none.
  Result<std::vector<std::string>> texts(const char* key);
  Result<std::optional<unsigned>> number(const char* key);
  // False when there is none.
  Result<bool> flag(const char* key);
  // `octets` octets (1 or 2) in hexadecimal digits, as a number.
  Result<std::optional<std::uint16_t>> hex(const char* key, std::size_t octets);

  Result<void> nothing_else() const;

 private:
  const nlohmann::json* find(const char* key);

  const nlohmann::json& object_;
  std::vector<std::string> asked_{"command", "card"};
};

}  // namespace ut::isim::soft
