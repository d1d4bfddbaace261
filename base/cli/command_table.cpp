#include "base/cli/command_table.h"

#include <algorithm>
#include <array>
#include <string_view>

namespace ut::cli {
namespace {

std::string first_line(const std::string& text) {
  return text.substr(0, text.find('\n'));
}

// "TEXT:{auto,always,never}" as CLI11 describes it.
std::vector<std::string> choices_of(const std::string& type) {
  std::vector<std::string> choices;
  const auto begin = type.find('{');
  const auto end = type.find('}', begin == std::string::npos ? 0 : begin);
  if (begin == std::string::npos || end == std::string::npos) {
    return choices;
  }
  std::string_view rest = std::string_view(type).substr(begin + 1, end - begin - 1);
  while (!rest.empty()) {
    const auto comma = std::min(rest.find(','), rest.size());
    choices.emplace_back(rest.substr(0, comma));
    rest.remove_prefix(std::min(comma + 1, rest.size()));
  }
  return choices;
}

// CLI11's own name for a string says nothing, so it may be a path; for a positional it says so.
bool may_be_path(std::string_view type) {
  constexpr std::array kNames = {"TEXT", "FILE", "PATH", "DIR", "DIRECTORY", "SOCKET"};
  return std::ranges::find(kNames, type) != kNames.end();
}

OptionRow row_of(const CLI::Option& option) {
  OptionRow row;
  for (const auto& name : option.get_lnames()) {
    row.names.push_back("--" + name);
  }
  for (const auto& name : option.get_snames()) {
    row.names.push_back("-" + name);
  }
  row.help = first_line(option.get_description());
  if (option.get_items_expected_max() == 0) {
    return row;
  }
  const std::string type = option.get_type_name();
  row.choices = choices_of(type);
  row.value = !row.choices.empty() ? Value::choice : may_be_path(type) ? Value::file : Value::other;
  return row;
}

void add_options(const CLI::App& app, CommandRow& row) {
  for (const auto* option : app.get_options()) {
    if (option->nonpositional() && !option->get_group().empty()) {
      row.options.push_back(row_of(*option));
    } else if (option->get_positional()) {
      const std::string type = option->get_type_name();
      for (auto& choice : choices_of(type)) {
        row.choices.push_back(std::move(choice));
      }
      row.files =
          row.files || (type != "TEXT" && may_be_path(type)) || option->get_single_name() == "FILE";
    }
  }
}

// A command with CLI11's fallthrough takes the options of the one above it.
void add_options_above(const CLI::App& app, CommandRow& row) {
  if (!app.get_fallthrough() || app.get_parent() == nullptr) {
    return;
  }
  const CLI::App& above = *app.get_parent();
  for (const auto* option : above.get_options()) {
    const bool help = option == above.get_help_ptr() || option == above.get_version_ptr();
    if (option->nonpositional() && !option->get_group().empty() && !help &&
        option->get_configurable()) {
      row.options.push_back(row_of(*option));
    }
  }
  add_options_above(above, row);
}

void add_rows(const CLI::App& app, const std::string& path, std::vector<CommandRow>& rows) {
  CommandRow row;
  row.path = path;
  row.wraps = app.get_prefix_command();
  add_options(app, row);
  add_options_above(app, row);
  const auto parts = app.get_subcommands(
      [](const CLI::App* part) { return !part->get_name().empty() && !part->get_group().empty(); });
  for (const auto* part : parts) {
    row.parts.push_back({part->get_name(), first_line(part->get_description())});
  }
  rows.push_back(std::move(row));
  for (const auto* part : parts) {
    add_rows(*part, path + " " + part->get_name(), rows);
  }
}

}  // namespace

std::vector<CommandRow> command_table(const CLI::App& app) {
  std::vector<CommandRow> rows;
  add_rows(app, "", rows);
  return rows;
}

}  // namespace ut::cli
