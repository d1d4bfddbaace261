// JSON objects as the resources of the agent take them: strict, nothing doubled, nothing unknown.
#pragma once

#include "base/result.h"

#include <nlohmann/json.hpp>

#include <initializer_list>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace ut::control {

// An object whose members all have names of their own; discarded for everything else.
nlohmann::json parse_object(std::string_view body);

// The same with no other members than those named; an empty body is an object without any.
// request_body_malformed.
Result<nlohmann::json> parse_object(std::string_view body,
                                    std::initializer_list<std::string_view> members);

// The text of this member, or `fallback` when it is not there. request_body_malformed when it is
// something else.
Result<std::string> text_member(const nlohmann::json& object, std::string_view name,
                                const std::optional<std::string>& fallback = std::nullopt);

// The same of a list of texts; none when it is not there.
Result<std::vector<std::string>> texts_member(const nlohmann::json& object, std::string_view name);

}  // namespace ut::control
