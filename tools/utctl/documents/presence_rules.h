// Presence rules (RFC 5025 in the ruleset of RFC 4745) read and changed watcher by watcher. Pure.
#pragma once

#include "tools/utctl/documents/xml_document.h"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace ut::utctl {

// Values of <sub-handling> (RFC 5025 clause 3.2.1), from the least to the most generous: where
// several rules fit a watcher, the greatest counts (RFC 4745 clause 10).
enum class SubHandling : std::uint8_t { block = 0, confirm = 10, polite_block = 20, allow = 30 };
// "block", "confirm", "polite-block", "allow"
std::string_view to_text(SubHandling handling);
std::optional<SubHandling> sub_handling_named(std::string_view name);

struct PresenceRule {
  std::string id{};
  std::optional<SubHandling> handling{};  // nullopt: the rule says none, or one that is not known
  std::vector<std::string> watchers{};    // <one>
  std::vector<std::string> domains{};     // <many>: "home1.net", or "*" for everybody
  std::vector<std::string> excepted{};    // <except> of its <many>: identities, or "@domain"
  std::vector<std::string> conditions{};  // other conditions, by their names: "validity"
};

// What a document says. In words why it is no presence rules: another root element, rules that
// share an id, <one> inside <many>.
Understood<std::vector<PresenceRule>> presence_rules(std::string_view text);

struct RulesChange {
  std::string text;  // of the whole document
  bool changed = false;
  std::vector<std::string> notes{};  // what else was changed, and what may still stand against it
};

// Has the watcher treated as `handling` says: named in a rule for that, in none for anything else,
// and excepted from rules for whole domains that are more generous. nullopt for `handling`: named
// in none. Rules that named nobody else go. Everything else stays as it is, and a document that
// says so already is not changed. `watcher` is canonical_identity().
Understood<RulesChange> with_watcher(std::string_view text, std::string_view watcher,
                                     std::optional<SubHandling> handling);

}  // namespace ut::utctl
