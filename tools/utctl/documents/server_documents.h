// What an XCAP server says of itself and of its refusals, in words (RFC 4825 clauses 11 and 12).
// Pure.
#pragma once

#include "tools/utctl/documents/xml_document.h"

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace ut::utctl {

struct XcapCaps {
  std::vector<std::string> auids{};
  std::vector<std::string> extensions{};
  std::vector<std::string> namespaces{};
};

// In words why it is no xcap-caps document.
Understood<XcapCaps> xcap_caps(std::string_view text);

struct XcapError {
  std::string element{};  // "uniqueness-failure"
  std::string meaning{};  // what it means, and what to do
  std::string phrase{};   // of the server
  std::vector<std::string> details{};
};

// nullopt for what is no xcap-error document.
std::optional<XcapError> xcap_error(std::string_view text);

}  // namespace ut::utctl
