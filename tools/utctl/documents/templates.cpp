#include "tools/utctl/documents/templates.h"

#include <algorithm>

namespace ut::utctl {
namespace {

constexpr std::string_view kPresenceRules = R"(<?xml version="1.0" encoding="UTF-8"?>
<!-- Presence rules (RFC 5025). A watcher whom no rule names is asked about by the presence server;
     of the rules that fit, the most generous counts: allow, polite-block, confirm, block. -->
<cp:ruleset xmlns:cp="urn:ietf:params:xml:ns:common-policy" xmlns:pr="urn:ietf:params:xml:ns:pres-rules">
  <!-- utctl rules allow sip:bob@example.com -->
</cp:ruleset>
)";

constexpr std::string_view kOmaPresenceRules = R"(<?xml version="1.0" encoding="UTF-8"?>
<!-- Presence rules of OMA Presence XDM: who is named by no rule is confirmed, anonymous watchers are blocked. -->
<cp:ruleset xmlns:cp="urn:ietf:params:xml:ns:common-policy" xmlns:pr="urn:ietf:params:xml:ns:pres-rules"
    xmlns:ocp="urn:oma:xml:xdm:common-policy">
  <cp:rule id="wp_prs_unlisted">
    <cp:conditions>
      <ocp:other-identity/>
    </cp:conditions>
    <cp:actions>
      <pr:sub-handling>confirm</pr:sub-handling>
    </cp:actions>
  </cp:rule>
  <cp:rule id="wp_prs_block_anonymous">
    <cp:conditions>
      <ocp:anonymous-request/>
    </cp:conditions>
    <cp:actions>
      <pr:sub-handling>block</pr:sub-handling>
    </cp:actions>
  </cp:rule>
</cp:ruleset>
)";

constexpr std::string_view kResourceLists = R"(<?xml version="1.0" encoding="UTF-8"?>
<!-- Lists of people (RFC 4826): utctl lists add friends sip:bob@example.com -->
<resource-lists xmlns="urn:ietf:params:xml:ns:resource-lists">
  <list name="friends">
    <display-name>Friends</display-name>
  </list>
</resource-lists>
)";

constexpr std::string_view kRlsServices = R"(<?xml version="1.0" encoding="UTF-8"?>
<!-- Lists that can be subscribed to at one URI (RFC 4826 clause 4). -->
<rls-services xmlns="urn:ietf:params:xml:ns:rls-services">
  <service uri="%XUI%;pres-list=friends">
    <resource-list>%ROOT%resource-lists/users/%XUI%/index/~~/resource-lists/list%5b@name=%22friends%22%5d</resource-list>
    <packages>
      <package>presence</package>
    </packages>
  </service>
</rls-services>
)";

std::string escaped(std::string_view text) {
  std::string out;
  for (const char c : text) {
    switch (c) {
      case '&':
        out += "&amp;";
        break;
      case '<':
        out += "&lt;";
        break;
      case '"':
        out += "&quot;";
        break;
      default:
        out += c;
    }
  }
  return out;
}

void replace_all(std::string& text, std::string_view what, std::string_view by) {
  for (auto at = text.find(what); at != std::string::npos; at = text.find(what, at + by.size())) {
    text.replace(at, what.size(), by);
  }
}

}  // namespace

const std::vector<Template>& templates() {
  static const std::vector<Template> all = {
      {"pres-rules", "index", kPresenceRules},
      {"org.openmobilealliance.pres-rules", "pres-rules", kOmaPresenceRules},
      {"resource-lists", "index", kResourceLists},
      {"rls-services", "index", kRlsServices},
  };
  return all;
}

const Template* template_for(std::string_view auid) {
  const auto found = std::ranges::find(templates(), auid, &Template::auid);
  return found == templates().end() ? nullptr : &*found;
}

bool names_its_user(const Template& document) {
  return document.text.contains("%XUI%") || document.text.contains("%ROOT%");
}

std::string filled(const Template& document, std::string_view xui, std::string_view root) {
  std::string text(document.text);
  replace_all(text, "%XUI%", escaped(xui));
  replace_all(text, "%ROOT%", escaped(root));
  return text;
}

}  // namespace ut::utctl
