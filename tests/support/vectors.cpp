#include "tests/support/vectors.h"

#include "base/encoding.h"

#include <fstream>
#include <iterator>
#include <stdexcept>

namespace ut::test {

std::string source_file(std::string_view path) {
  std::ifstream in(std::string(UT_SOURCE_ROOT "/").append(path), std::ios::binary);
  if (!in) {
    throw std::invalid_argument("no file " + std::string(path));
  }
  return {std::istreambuf_iterator<char>(in), {}};
}

const nlohmann::json& vectors() {
  static const auto all = nlohmann::json::parse(source_file("tests/vectors/vectors.json"));
  return all;
}

Bytes hex(std::string_view text) {
  auto octets = from_hex(text);
  if (!octets) {
    throw std::invalid_argument("not hexadecimal: " + std::string(text));
  }
  return *octets;
}

Bytes hex_of(const nlohmann::json& value) {
  return hex(std::string_view(value.get_ref<const std::string&>()));
}

}  // namespace ut::test
