// The vectors of tests/vectors and shorthands for octets in tests.
#pragma once

#include "base/bytes.h"

#include <nlohmann/json.hpp>

#include <string_view>

namespace ut::test {

// tests/vectors/vectors.json, read once; each part names its source.
const nlohmann::json& vectors();

// Octets from hexadecimal; throws std::invalid_argument when it is not.
Bytes hex(std::string_view text);
Bytes hex_of(const nlohmann::json& value);

// The whole of a file below the source root, "tests/golden/tls-profile-aes.txt".
std::string source_file(std::string_view path);

}  // namespace ut::test
