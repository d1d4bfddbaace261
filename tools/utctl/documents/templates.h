// Documents to begin with: valid by their schemas, and of use as they stand.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace ut::utctl {

struct Template {
  std::string_view auid;      // what it is asked for by
  std::string_view document;  // its usual name below the user's folder
  std::string_view text;
};

// "pres-rules" (RFC 5025), "org.openmobilealliance.pres-rules" (OMA Presence XDM),
// "resource-lists" and "rls-services" (RFC 4826).
const std::vector<Template>& templates();
const Template* template_for(std::string_view auid);

// Whether the text says who the user is and where the documents are.
bool names_its_user(const Template& document);

// The text of the template for this user: what names him is `xui` and `root`.
std::string filled(const Template& document, std::string_view xui, std::string_view root);

}  // namespace ut::utctl
