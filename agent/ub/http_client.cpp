#include "agent/ub/http_client.h"

#include <algorithm>

namespace ut::ub {
namespace {

char lower(char c) {
  return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
}

}  // namespace

std::vector<std::string_view> HttpResponse::values(std::string_view name) const {
  std::vector<std::string_view> found;
  for (const auto& header : headers) {
    if (std::ranges::equal(header.name, name, {}, lower, lower)) {
      found.push_back(header.value);
    }
  }
  return found;
}

}  // namespace ut::ub
