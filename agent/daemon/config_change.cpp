#include "agent/daemon/config_change.h"

#include <toml++/toml.h>

#include <algorithm>
#include <array>
#include <map>
#include <sstream>
#include <utility>

namespace ut::daemon {
namespace {

// Everything else needs what was opened or made at the start.
constexpr std::array<std::string_view, 5> kAtOnce = {"log", "limits", "tokens", "application",
                                                     "keys"};

// Of that section, and yet chosen at the start.
constexpr std::string_view kLogFormat = "[log] format";

struct Setting {
  bool at_once = false;
  std::string value;
  bool operator==(const Setting&) const = default;
};
using Settings = std::map<std::string, Setting>;

std::string text_of(const toml::node& node) {
  std::ostringstream text;
  node.visit([&](const auto& value) { text << value; });
  return text.str();
}

// By what people tell the entries of [[naf]], [[application]] and the like apart.
std::string label_of(const toml::table& entry, std::size_t number) {
  for (const char* key : {"name", "application"}) {
    if (const auto name = entry[key].value<std::string>()) {
      return *name;
    }
  }
  return "number " + std::to_string(number);
}

void flatten(const toml::table& table, const std::string& before, bool at_once,
             Settings& settings) {
  for (const auto& [key, node] : table) {
    const auto name = before + std::string(key.str());
    if (const auto* inner = node.as_table()) {
      flatten(*inner, name + ".", at_once, settings);
    } else {
      settings[name] = {at_once && name != kLogFormat, text_of(node)};
    }
  }
}

// The order of entries is a setting too: the first [[application]] that fits counts.
void flatten_entries(const toml::array& entries, const std::string& section, bool at_once,
                     Settings& settings) {
  std::string order;
  std::size_t number = 0;
  for (const auto& entry : entries) {
    const auto* table = entry.as_table();
    if (table == nullptr) {
      continue;
    }
    std::string label = "[[" + section + "]] " + label_of(*table, ++number);
    // Several [[keys]] of one application.
    while (settings.contains(label)) {
      label += "'";
    }
    order += label + "\n";
    settings[label] = {at_once, {}};
    flatten(*table, label + ": ", at_once, settings);
  }
  settings["[[" + section + "]] order"] = {at_once, std::move(order)};
}

Result<Settings> settings_of(std::string_view text) {
  Settings settings;
  try {
    const auto root = toml::parse(text);
    for (const auto& [key, node] : root) {
      const std::string section(key.str());
      const bool at_once = std::ranges::find(kAtOnce, section) != kAtOnce.end();
      if (const auto* table = node.as_table()) {
        flatten(*table, "[" + section + "] ", at_once, settings);
      } else if (const auto* entries = node.as_array()) {
        flatten_entries(*entries, section, at_once, settings);
      } else {
        settings[section] = {at_once, text_of(node)};
      }
    }
  } catch (const toml::parse_error& error) {
    return fail(ErrorCode::config_syntax, "compare configurations",
                std::string(error.description()));
  }
  return settings;
}

// An entry that is new or gone is told once, not with each of its settings; nor is its order then.
bool told_already(const std::string& name, const Settings& one, const Settings& other) {
  const auto colon = name.find(": ");
  if (name.starts_with("[[") && colon != std::string::npos) {
    return one.contains(name.substr(0, colon)) != other.contains(name.substr(0, colon));
  }
  return false;
}

bool same_entries(std::string one, std::string other) {
  const auto sorted = [](const std::string& text) {
    std::vector<std::string> lines;
    std::istringstream in(text);
    for (std::string line; std::getline(in, line);) {
      lines.push_back(line);
    }
    std::ranges::sort(lines);
    return lines;
  };
  return sorted(one) == sorted(other);
}

}  // namespace

Result<ConfigChanges> changes_between(std::string_view before, std::string_view after) {
  TRY(const auto old_settings, settings_of(before));
  TRY(const auto new_settings, settings_of(after));
  ConfigChanges changes;
  const auto tell = [&](const std::string& name, bool at_once, std::string_view how) {
    (at_once ? changes.at_once : changes.needs_restart).push_back(name + std::string(how));
  };
  const auto is_order = [](const std::string& name) {
    return name.starts_with("[[") && name.ends_with("]] order");
  };
  for (const auto& [name, setting] : old_settings) {
    const auto found = new_settings.find(name);
    if (found == new_settings.end()) {
      if (!is_order(name) && !told_already(name, old_settings, new_settings)) {
        tell(name, setting.at_once,
             name.starts_with("[[") && !name.contains(": ") ? " (gone)" : "");
      }
    } else if (!(found->second == setting) &&
               (!is_order(name) || same_entries(found->second.value, setting.value))) {
      tell(name, setting.at_once, "");
    }
  }
  for (const auto& [name, setting] : new_settings) {
    if (!old_settings.contains(name) && !is_order(name) &&
        !told_already(name, new_settings, old_settings)) {
      tell(name, setting.at_once, name.starts_with("[[") && !name.contains(": ") ? " (new)" : "");
    }
  }
  std::ranges::sort(changes.at_once);
  std::ranges::sort(changes.needs_restart);
  return changes;
}

}  // namespace ut::daemon
