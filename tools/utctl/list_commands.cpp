#include "tools/utctl/list_commands.h"

#include "agent/local/public_identity.h"
#include "base/joined.h"
#include "tools/utctl/document_change.h"
#include "tools/utctl/documents/resource_lists.h"
#include "tools/utctl/documents/templates.h"
#include "tools/utctl/refusal.h"

#include <algorithm>
#include <cctype>
#include <functional>
#include <utility>

namespace ut::utctl {
namespace {

using Json = nlohmann::ordered_json;

constexpr std::size_t kLongestUri = 512;

struct Place {
  std::string address;
  std::string uri;
  std::string_view initial;
};

// `document` empty: the usual one.
Result<Place> place_of(XcapClient& client, const std::string& auid, const std::string& document) {
  const auto* const usual = template_for(auid);
  if (usual == nullptr) {
    return fail(ErrorCode::input_malformed, "--auid",
                "\"" + auid + "\" is none of pres-rules, org.openmobilealliance.pres-rules");
  }
  Place place;
  place.address = document_address(auid, document.empty() ? usual->document : document);
  place.initial = usual->text;
  TRY(place.uri, client.uri(place.address));
  return place;
}

// Shows what `words` makes of the document; of none, what it makes of nothing.
template <class Read, class Words>
Result<Answer> show(XcapClient& client, const Place& place, Read read, Words words) {
  std::string text;
  TRY(const UtAnswer got, client.fetch(place.uri, text));
  if (got.status == 404) {
    Answer none;
    none.text = "there is no document " + place.uri + "\n";
    none.json = {{"uri", place.uri}, {"exists", false}};
    return none;
  }
  if (!is_success(got)) {
    return refusal_of(got, "GET", place.uri);
  }
  const auto understood = read(text);
  if (!understood) {
    return complaint(Exit::failed, place.uri + ": " + understood.error());
  }
  Answer answer;
  answer.json = {{"uri", place.uri}, {"exists", true}, {"etag", got.etag}};
  words(*understood, answer);
  return answer;
}

std::string people_of(const PresenceRule& rule) {
  auto people = rule.watchers;
  for (const auto& domain : rule.domains) {
    people.push_back(domain == "*" ? "everybody" : "everybody of " + domain);
  }
  std::string text = joined(people, ", ");
  if (!rule.excepted.empty()) {
    text += " but " + joined(rule.excepted, ", ");
  }
  return text;
}

void rule_words(const std::vector<PresenceRule>& rules, Answer& answer) {
  answer.json["rules"] = Json::array();
  for (const auto& rule : rules) {
    const auto handling =
        rule.handling ? std::string(to_text(*rule.handling)) : std::string("(no handling)");
    const auto people = people_of(rule);
    std::string line = handling +
                       std::string(14 - std::min<std::size_t>(handling.size(), 13), ' ') +
                       (people.empty() ? "-" : people);
    if (!rule.conditions.empty()) {
      line += " (if " + joined(rule.conditions, ", ") + ")";
    }
    answer.text += printable(line + "  [" + rule.id + "]") + "\n";
    answer.json["rules"].push_back(
        {{"id", rule.id},
         {"handling", rule.handling ? Json(to_text(*rule.handling)) : Json(nullptr)},
         {"watchers", rule.watchers},
         {"domains", rule.domains},
         {"excepted", rule.excepted},
         {"other_conditions", rule.conditions}});
  }
  if (rules.empty()) {
    answer.text = "there is no rule: the presence server decides\n";
  }
}

void list_words(const std::vector<ResourceList>& lists, Answer& answer) {
  answer.json["lists"] = Json::array();
  for (const auto& list : lists) {
    answer.text += printable((list.name.empty() ? "(no name)" : list.name) +
                             (list.display_name.empty() ? "" : " (" + list.display_name + ")")) +
                   "\n";
    for (const auto& entry : list.entries) {
      answer.text += "  " + printable(entry) + "\n";
    }
    for (const auto& elsewhere : list.elsewhere) {
      answer.text += "  -> " + printable(elsewhere) + "\n";
    }
    answer.json["lists"].push_back({{"name", list.name},
                                    {"display_name", list.display_name},
                                    {"entries", list.entries},
                                    {"elsewhere", list.elsewhere}});
  }
  if (lists.empty()) {
    answer.text = "there is no list\n";
  }
}

Result<Answer> change(XcapClient& client, const Place& place,
                      std::function<Understood<ChangedDocument>(std::string_view)> how) {
  return change_document(client, {place.uri, place.address, place.initial, std::move(how)});
}

bool is_user_and_host(std::string_view text) {
  const auto at = text.find('@');
  const auto host = at == std::string_view::npos ? text : text.substr(at + 1);
  return at != 0 && !host.empty() && !host.contains('@') && !host.starts_with(';') &&
         !host.starts_with(':');
}

// tel: a global number; a local one needs a phone-context (RFC 3966 clause 5.1.5).
bool is_number(std::string_view text) {
  const auto number = text.substr(0, text.find(';'));
  const bool digits =
      std::ranges::all_of(number.substr(number.starts_with('+') ? 1 : 0), [](char c) {
        return std::isxdigit(static_cast<unsigned char>(c)) != 0 ||
               std::string_view("-.()*#").contains(c);
      });
  return number.size() > 1 && digits &&
         (number.starts_with('+') || text.contains(";phone-context="));
}

}  // namespace

Result<std::string> person_uri(const std::string& text) {
  const auto malformed = [&](std::string_view why) {
    return fail(ErrorCode::input_malformed, "read the URI",
                "\"" + printable(text) + "\": " + std::string(why));
  };
  const bool printable_ascii = std::ranges::all_of(
      text, [](char c) { return c > ' ' && c <= '~' && c != '"' && c != '<' && c != '>'; });
  if (text.empty() || text.size() > kLongestUri || !printable_ascii) {
    return malformed("no blanks, quotes and angle brackets, and at most 512 characters");
  }
  const std::string canonical = local::canonical_identity(text);
  const auto colon = canonical.find(':');
  const auto scheme = std::string_view(canonical).substr(0, colon);
  const auto rest = colon == std::string::npos ? std::string_view()
                                               : std::string_view(canonical).substr(colon + 1);
  if (scheme != "sip" && scheme != "sips" && scheme != "tel" && scheme != "pres") {
    return malformed("sip, sips, tel and pres are known; did you mean sip:" + text + "?");
  }
  if (scheme == "tel" ? !is_number(rest) : !is_user_and_host(rest)) {
    return malformed("sip:USER@HOST or tel:+NUMBER is needed");
  }
  return canonical;
}

Result<Answer> rules_list(XcapClient& client, const RulesCommand& command) {
  TRY(const Place place, place_of(client, command.auid, command.document));
  return show(client, place, presence_rules, rule_words);
}

Result<Answer> rules_set(XcapClient& client, const RulesCommand& command,
                         std::optional<SubHandling> handling) {
  TRY(const std::string watcher, person_uri(command.watcher));
  TRY(const Place place, place_of(client, command.auid, command.document));
  return change(client, place, [&](std::string_view text) -> Understood<ChangedDocument> {
    auto changed = with_watcher(text, watcher, handling);
    if (!changed) {
      return std::unexpected(std::move(changed).error());
    }
    return ChangedDocument{std::move(changed->text), changed->changed, std::move(changed->notes)};
  });
}

Result<Answer> lists_show(XcapClient& client, const ListsCommand& command) {
  TRY(const Place place, place_of(client, "resource-lists", command.document));
  return show(client, place, resource_lists, list_words);
}

namespace {

using ChangeList = Understood<ListsChange> (*)(std::string_view, std::string_view,
                                               std::string_view);

Result<Answer> change_list(XcapClient& client, const ListsCommand& command, ChangeList how) {
  TRY(const std::string uri, person_uri(command.uri));
  TRY(const Place place, place_of(client, "resource-lists", command.document));
  return change(client, place, [&](std::string_view text) -> Understood<ChangedDocument> {
    auto changed = how(text, command.list, uri);
    if (!changed) {
      return std::unexpected(std::move(changed).error());
    }
    return ChangedDocument{std::move(changed->text), changed->changed};
  });
}

}  // namespace

Result<Answer> lists_add(XcapClient& client, const ListsCommand& command) {
  if (command.list.empty()) {
    return fail(ErrorCode::input_malformed, "lists add", "the list needs a name");
  }
  return change_list(client, command, with_entry);
}

Result<Answer> lists_remove(XcapClient& client, const ListsCommand& command) {
  return change_list(client, command, without_entry);
}

}  // namespace ut::utctl
