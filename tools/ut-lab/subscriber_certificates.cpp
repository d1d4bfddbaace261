#include "tools/ut-lab/subscriber_certificates.h"

#include <nlohmann/json.hpp>

#include <algorithm>

namespace ut::lab {

std::optional<std::string> serial_number(std::string_view digits) {
  std::string text(digits.substr(std::min(digits.find_first_not_of('0'), digits.size())));
  for (auto& digit : text) {
    digit = digit >= 'A' && digit <= 'F' ? static_cast<char>(digit - 'A' + 'a') : digit;
  }
  return text.empty() || text.find_first_not_of("0123456789abcdef") != std::string::npos
             ? std::nullopt
             : std::optional(std::move(text));
}

const SubscriberCertificates::Issued* SubscriberCertificates::find(std::string_view serial) const {
  const auto found = std::ranges::find(issued_, serial, &Issued::serial);
  return found == issued_.end() ? nullptr : &*found;
}

void SubscriberCertificates::forget_all() {
  issued_.clear();
  revoked_.clear();
}

std::string SubscriberCertificates::json() const {
  auto list = nlohmann::json::array();
  for (const auto& each : issued_) {
    list.push_back(
        {{"impi", each.impi}, {"serial", each.serial}, {"not_after", to_text(each.not_after)}});
  }
  return list.dump();
}

}  // namespace ut::lab
