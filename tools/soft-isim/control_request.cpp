#include "tools/soft-isim/control_request.h"

#include "base/encoding.h"

#include <nlohmann/json.hpp>

#include <algorithm>
#include <limits>
#include <utility>

namespace ut::isim::soft {

using nlohmann::json;

std::unexpected<Error> refuse(std::string why) {
  return fail(ErrorCode::input_malformed, "control", std::move(why));
}

Result<std::optional<std::string>> ControlRequest::text(const char* key) {
  const json* value = find(key);
  if (value == nullptr) {
    return std::nullopt;
  }
  if (!value->is_string()) {
    return refuse(key + std::string(" must be a string"));
  }
  return value->get<std::string>();
}

Result<std::vector<std::string>> ControlRequest::texts(const char* key) {
  const json* value = find(key);
  if (value == nullptr) {
    return std::vector<std::string>{};
  }
  const bool right = value->is_array() && std::ranges::all_of(*value, &json::is_string);
  if (!right) {
    return refuse(key + std::string(" must be a list of strings"));
  }
  return value->get<std::vector<std::string>>();
}

Result<std::optional<unsigned>> ControlRequest::number(const char* key) {
  const json* value = find(key);
  if (value == nullptr) {
    return std::nullopt;
  }
  if (!value->is_number_unsigned() ||
      value->get<std::uint64_t>() > std::numeric_limits<unsigned>::max()) {
    return refuse(key + std::string(" must be a whole number"));
  }
  return value->get<unsigned>();
}

Result<bool> ControlRequest::flag(const char* key) {
  const json* value = find(key);
  if (value == nullptr) {
    return false;
  }
  if (!value->is_boolean()) {
    return refuse(key + std::string(" must be true or false"));
  }
  return value->get<bool>();
}

Result<std::optional<std::uint16_t>> ControlRequest::hex(const char* key, std::size_t octets) {
  TRY(const auto digits, text(key));
  if (!digits) {
    return std::nullopt;
  }
  const auto value = from_hex(*digits);
  if (!value || value->size() != octets) {
    return refuse(key + std::string(" must be ") + std::to_string(2 * octets) +
                  " hexadecimal digits");
  }
  unsigned sum = 0;
  for (const auto octet : *value) {
    sum = sum << 8 | octet;
  }
  return static_cast<std::uint16_t>(sum);
}

Result<void> ControlRequest::nothing_else() const {
  for (const auto& [key, value] : object_.items()) {
    if (std::ranges::find(asked_, key) == asked_.end()) {
      return refuse(key + " does not belong to this command");
    }
  }
  return {};
}

const json* ControlRequest::find(const char* key) {
  asked_.emplace_back(key);
  const auto found = object_.find(key);
  return found == object_.end() ? nullptr : &*found;
}

}  // namespace ut::isim::soft
