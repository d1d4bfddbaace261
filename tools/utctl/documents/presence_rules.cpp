#include "tools/utctl/documents/presence_rules.h"

#include "agent/local/public_identity.h"

#include <algorithm>
#include <array>
#include <set>
#include <utility>

namespace ut::utctl {
namespace {

constexpr std::string_view kPolicy = "urn:ietf:params:xml:ns:common-policy";
constexpr std::string_view kRules = "urn:ietf:params:xml:ns:pres-rules";

struct Named {
  SubHandling handling;
  std::string_view name;
};
constexpr std::array kHandlings = {
    Named{SubHandling::block, "block"}, Named{SubHandling::confirm, "confirm"},
    Named{SubHandling::polite_block, "polite-block"}, Named{SubHandling::allow, "allow"}};

template <class Visit>
void each(pugi::xml_node parent, std::string_view local, Visit visit) {
  for (auto child = parent.first_child(); child;) {
    const auto next = child.next_sibling();  // `visit` may remove the child
    if (is_element(child, kPolicy, local)) {
      visit(child);
    }
    child = next;
  }
}

std::optional<SubHandling> handling_of(pugi::xml_node rule) {
  const auto actions = child_of(rule, kPolicy, "actions");
  return sub_handling_named(trimmed_text(child_of(actions, kRules, "sub-handling")));
}

bool names(pugi::xml_node element, std::string_view watcher) {
  const auto id = element.attribute("id");
  return id && local::canonical_identity(id.value()) == watcher;
}

// "home1.net" of "sip:bob@home1.net"; empty for an identity without.
std::string_view domain_of(std::string_view identity) {
  const auto at = identity.rfind('@');
  const auto domain = at == std::string_view::npos ? std::string_view() : identity.substr(at + 1);
  return domain.substr(0, domain.find_first_of(";?:"));
}

std::string lower_case(std::string_view text) {
  std::string lower(text);
  std::ranges::transform(lower, lower.begin(), [](char c) {
    return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
  });
  return lower;
}

// Whether this <many> covers the watcher, but for its <except>s of identities.
bool covers(pugi::xml_node many, std::string_view watcher) {
  const auto own = lower_case(domain_of(watcher));
  const auto domain = many.attribute("domain");
  bool covered = !domain || lower_case(domain.value()) == own;
  each(many, "except", [&](pugi::xml_node except) {
    if (const auto left_out = except.attribute("domain")) {
      covered = covered && lower_case(left_out.value()) != own;
    }
  });
  return covered;
}

std::string quoted_id(pugi::xml_node rule) {
  return "\"" + std::string(rule.attribute("id").value()) + "\"";
}

Understood<void> check_identity(pugi::xml_node rule, pugi::xml_node identity) {
  Understood<void> checked;
  each(identity, "many", [&](pugi::xml_node many) {
    if (child_of(many, kPolicy, "one")) {
      checked = std::unexpected("rule " + quoted_id(rule) +
                                " has <one> inside of <many>, where only <except> may be");
    }
  });
  each(identity, "one", [&](pugi::xml_node one) {
    if (!one.attribute("id")) {
      checked = std::unexpected("rule " + quoted_id(rule) + " has <one> without id");
    }
  });
  return checked;
}

// That it is a ruleset in which each rule can be told from the others.
Understood<void> check(pugi::xml_node root) {
  if (!is_element(root, kPolicy, "ruleset")) {
    return std::unexpected("it holds no presence rules: its document element is <" +
                           std::string(root.name()) + ">, not <ruleset> of " +
                           std::string(kPolicy));
  }
  std::set<std::string> ids;
  Understood<void> checked;
  each(root, "rule", [&](pugi::xml_node rule) {
    const std::string id = rule.attribute("id").value();
    if (id.empty()) {
      checked = std::unexpected("it has a rule without id");
    } else if (!ids.insert(id).second) {
      checked = std::unexpected("it has two rules with the id \"" + id + "\"");
    }
    each(child_of(rule, kPolicy, "conditions"), "identity", [&](pugi::xml_node identity) {
      if (auto fine = check_identity(rule, identity); !fine) {
        checked = std::move(fine);
      }
    });
  });
  return checked;
}

Understood<XmlDocument> parse(std::string_view text) {
  auto document = XmlDocument::parse(text);
  if (document) {
    if (auto fine = check(document->root()); !fine) {
      return std::unexpected(std::move(fine).error());
    }
  }
  return document;
}

PresenceRule rule_of(pugi::xml_node element) {
  PresenceRule rule;
  rule.id = element.attribute("id").value();
  rule.handling = handling_of(element);
  for (const auto& condition : child_of(element, kPolicy, "conditions").children()) {
    if (condition.type() != pugi::node_element) {
      continue;
    }
    if (!is_element(condition, kPolicy, "identity")) {
      rule.conditions.emplace_back(local_name(condition));
      continue;
    }
    each(condition, "one",
         [&](pugi::xml_node one) { rule.watchers.emplace_back(one.attribute("id").value()); });
    each(condition, "many", [&](pugi::xml_node many) {
      const auto domain = many.attribute("domain");
      rule.domains.emplace_back(domain ? domain.value() : "*");
      each(many, "except", [&](pugi::xml_node except) {
        const auto id = except.attribute("id");
        rule.excepted.push_back(id ? std::string(id.value())
                                   : "@" + std::string(except.attribute("domain").value()));
      });
    });
  }
  return rule;
}

// Whether the rule is about people alone, so that one more of them fits in.
bool is_plain(pugi::xml_node rule) {
  const auto conditions = child_of(rule, kPolicy, "conditions");
  unsigned elements = 0;
  for (const auto& condition : conditions.children()) {
    elements += condition.type() == pugi::node_element ? 1U : 0U;
  }
  return elements == 1 && child_of(conditions, kPolicy, "identity");
}

void remove_excepts(pugi::xml_node identity, std::string_view watcher, bool& changed) {
  each(identity, "many", [&](pugi::xml_node many) {
    each(many, "except", [&](pugi::xml_node except) {
      if (names(except, watcher)) {
        remove_element(except);
        changed = true;
      }
    });
  });
}

bool is_excepted(pugi::xml_node many, std::string_view watcher) {
  bool excepted = false;
  each(many, "except",
       [&](pugi::xml_node except) { excepted = excepted || names(except, watcher); });
  return excepted;
}

class Editor {
 public:
  Editor(pugi::xml_node root, std::string_view watcher, std::optional<SubHandling> handling)
      : root_(root), watcher_(watcher), handling_(handling) {}

  void run(RulesChange& change) {
    each(root_, "rule", [&](pugi::xml_node rule) { visit(rule, change); });
    if (handling_ && !named_) {
      add(change);
    }
  }

 private:
  void visit(pugi::xml_node rule, RulesChange& change) {
    const auto conditions = child_of(rule, kPolicy, "conditions");
    const bool wanted = handling_ && handling_of(rule) == handling_;
    const bool keeps = wanted && is_plain(rule);
    each(conditions, "identity", [&](pugi::xml_node identity) {
      each(identity, "one", [&](pugi::xml_node one) {
        if (!names(one, watcher_)) {
          return;
        }
        if (keeps && !named_) {
          named_ = true;
          return;
        }
        remove_element(one);
        change.changed = true;
        if (!child_of(identity, kPolicy, "one") && !child_of(identity, kPolicy, "many")) {
          emptied_ = true;
        }
      });
      if (!emptied_) {
        leave_out(rule, identity, change);
      }
    });
    if (std::exchange(emptied_, false)) {
      change.notes.push_back("rule " + quoted_id(rule) + " named nobody else and is gone");
      remove_element(rule);
      return;
    }
    note_other_conditions(rule, conditions, change);
  }

  // The rule is for whole domains too: the watcher's handling must not be less than it says.
  void leave_out(pugi::xml_node rule, pugi::xml_node identity, RulesChange& change) {
    if (!handling_) {
      remove_excepts(identity, watcher_, change.changed);
      return;
    }
    const auto theirs = handling_of(rule);
    if (!theirs || *theirs <= *handling_) {
      return;
    }
    each(identity, "many", [&](pugi::xml_node many) {
      if (!covers(many, watcher_) || is_excepted(many, watcher_)) {
        return;
      }
      append_element(many, kPolicy, "except", "cp").append_attribute("id") = watcher_.c_str();
      change.changed = true;
      change.notes.push_back(
          "rule " + quoted_id(rule) + ", which is for " +
          (many.attribute("domain") ? many.attribute("domain").value() : std::string("everybody")) +
          ", now leaves the watcher out");
    });
  }

  void note_other_conditions(pugi::xml_node rule, pugi::xml_node conditions,
                             RulesChange& change) const {
    const auto theirs = handling_of(rule);
    if (!handling_ || !theirs || *theirs <= *handling_ ||
        child_of(conditions, kPolicy, "identity")) {
      return;
    }
    change.notes.push_back("rule " + quoted_id(rule) + " says " + std::string(to_text(*theirs)) +
                           " by a condition that utctl does not know, and counts where it fits");
  }

  // Into the first rule that is for such watchers; else into a new one.
  void add(RulesChange& change) {
    pugi::xml_node identity;
    each(root_, "rule", [&](pugi::xml_node rule) {
      if (!identity && handling_of(rule) == handling_ && is_plain(rule)) {
        identity = child_of(child_of(rule, kPolicy, "conditions"), kPolicy, "identity");
      }
    });
    if (!identity) {
      identity = new_rule();
    }
    append_element(identity, kPolicy, "one", "cp").append_attribute("id") = watcher_.c_str();
    change.changed = true;
  }

  bool is_taken(const std::string& id) const {
    bool taken = false;
    each(root_, "rule",
         [&](pugi::xml_node rule) { taken = taken || rule.attribute("id").value() == id; });
    return taken;
  }

  pugi::xml_node new_rule() {
    const std::string base = "ut-" + std::string(to_text(*handling_));
    std::string id = base;
    for (unsigned number = 2; is_taken(id); ++number) {
      id = base + "-" + std::to_string(number);
    }
    auto rule = append_element(root_, kPolicy, "rule", "cp");
    rule.append_attribute("id") = id.c_str();
    const auto conditions = append_element(rule, kPolicy, "conditions", "cp");
    const auto identity = append_element(conditions, kPolicy, "identity", "cp");
    const auto actions = append_element(rule, kPolicy, "actions", "cp");
    append_element(actions, kRules, "sub-handling", "pr")
        .text()
        .set(std::string(to_text(*handling_)).c_str());
    if (handling_ == SubHandling::allow) {
      show_everything(append_element(rule, kPolicy, "transformations", "cp"));
    }
    return identity;
  }

  // Without a transformation an allowed watcher is shown nothing (RFC 5025 clause 3.3).
  static void show_everything(pugi::xml_node transformations) {
    for (const auto& [what, all] :
         {std::pair{"provide-devices", "all-devices"}, std::pair{"provide-persons", "all-persons"},
          std::pair{"provide-services", "all-services"}}) {
      append_element(append_element(transformations, kRules, what, "pr"), kRules, all, "pr");
    }
    append_element(transformations, kRules, "provide-all-attributes", "pr");
  }

  pugi::xml_node root_;
  std::string watcher_;
  std::optional<SubHandling> handling_;
  bool named_ = false;    // in a rule for `handling_` already
  bool emptied_ = false;  // the rule at hand named nobody else
};

}  // namespace

std::string_view to_text(SubHandling handling) {
  return std::ranges::find(kHandlings, handling, &Named::handling)->name;
}

std::optional<SubHandling> sub_handling_named(std::string_view name) {
  const auto found = std::ranges::find(kHandlings, name, &Named::name);
  return found == kHandlings.end() ? std::nullopt : std::optional(found->handling);
}

Understood<std::vector<PresenceRule>> presence_rules(std::string_view text) {
  const auto document = parse(text);
  if (!document) {
    return std::unexpected(document.error());
  }
  std::vector<PresenceRule> rules;
  each(document->root(), "rule", [&](pugi::xml_node rule) { rules.push_back(rule_of(rule)); });
  return rules;
}

Understood<RulesChange> with_watcher(std::string_view text, std::string_view watcher,
                                     std::optional<SubHandling> handling) {
  const auto document = parse(text);
  if (!document) {
    return std::unexpected(document.error());
  }
  RulesChange change;
  Editor(document->root(), watcher, handling).run(change);
  change.text = change.changed ? document->text() : std::string(text);
  return change;
}

}  // namespace ut::utctl
