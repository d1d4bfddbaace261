#include "agent/daemon/toml_reader.h"

#include <toml++/toml.h>

#include <algorithm>

namespace ut::daemon {

struct TomlDocument::State {
  toml::table root;
  std::vector<std::string> errors;
};

namespace {

const toml::table* as_table(const void* table) {
  return static_cast<const toml::table*>(table);
}

std::string quoted(std::string_view text) {
  return '"' + std::string(text) + '"';
}

}  // namespace

TomlDocument::TomlDocument(std::unique_ptr<State> state) : state_(std::move(state)) {}
TomlDocument::~TomlDocument() = default;
TomlDocument::TomlDocument(TomlDocument&&) noexcept = default;
TomlDocument& TomlDocument::operator=(TomlDocument&&) noexcept = default;

Result<TomlDocument> TomlDocument::parse(std::string_view text) {
  try {
    auto state = std::make_unique<State>();
    state->root = toml::parse(text);
    return TomlDocument(std::move(state));
  } catch (const toml::parse_error& error) {
    const auto& at = error.source().begin;
    return fail(ErrorCode::config_syntax, "read configuration",
                "line " + std::to_string(at.line) + ", column " + std::to_string(at.column) + ": " +
                    std::string(error.description()));
  }
}

TomlTable TomlDocument::root() {
  return {*state_, &state_->root, ""};
}

const std::vector<std::string>& TomlDocument::errors() const {
  return state_->errors;
}

std::string TomlTable::name_of(std::string_view key) const {
  return path_.empty() ? std::string(key) : path_ + "." + std::string(key);
}

bool TomlTable::has(std::string_view key) const {
  return table_ != nullptr && as_table(table_)->contains(key);
}

void TomlTable::error(std::string_view key, std::string_view what) {
  std::string text;
  if (table_ != nullptr) {
    const auto* node = as_table(table_)->get(key);
    const auto& region = node != nullptr ? node->source() : as_table(table_)->source();
    text = "line " + std::to_string(region.begin.line) + ": ";
  }
  state_->errors.push_back(text + name_of(key) + ": " + std::string(what));
}

std::string TomlTable::text(std::string_view key, std::string_view fallback) {
  known_.emplace_back(key);
  if (!has(key)) {
    return std::string(fallback);
  }
  if (const auto value = as_table(table_)->get(key)->value_exact<std::string>()) {
    return *value;
  }
  error(key, "must be a text in quotes");
  return std::string(fallback);
}

bool TomlTable::boolean(std::string_view key, bool fallback) {
  known_.emplace_back(key);
  if (!has(key)) {
    return fallback;
  }
  if (const auto value = as_table(table_)->get(key)->value_exact<bool>()) {
    return *value;
  }
  error(key, "must be true or false");
  return fallback;
}

std::int64_t TomlTable::integer(std::string_view key, std::int64_t fallback, std::int64_t least,
                                std::int64_t most) {
  known_.emplace_back(key);
  if (!has(key)) {
    return fallback;
  }
  const auto value = as_table(table_)->get(key)->value_exact<std::int64_t>();
  if (!value || *value < least || *value > most) {
    error(key, "must be a whole number between " + std::to_string(least) + " and " +
                   std::to_string(most));
    return fallback;
  }
  return *value;
}

std::chrono::seconds TomlTable::seconds(std::string_view key, std::chrono::seconds fallback,
                                        std::chrono::seconds least, std::chrono::seconds most) {
  return std::chrono::seconds(integer(key, fallback.count(), least.count(), most.count()));
}

std::vector<std::string> TomlTable::texts(std::string_view key, std::vector<std::string> fallback) {
  known_.emplace_back(key);
  if (!has(key)) {
    return fallback;
  }
  const auto* array = as_table(table_)->get(key)->as_array();
  std::vector<std::string> values;
  if (array != nullptr) {
    for (const auto& node : *array) {
      const auto value = node.value_exact<std::string>();
      if (!value) {
        array = nullptr;
        break;
      }
      values.push_back(*value);
    }
  }
  if (array == nullptr) {
    error(key, "must be a list of texts in quotes");
    return fallback;
  }
  return values;
}

std::string TomlTable::choice(std::string_view key, std::string_view fallback,
                              const std::vector<std::string_view>& choices) {
  auto value = text(key, fallback);
  if (std::find(choices.begin(), choices.end(), value) == choices.end()) {
    std::string list;
    for (const auto choice : choices) {
      list += (list.empty() ? "" : ", ") + quoted(choice);
    }
    error(key, "must be one of " + list);
    return std::string(fallback);
  }
  return value;
}

TomlTable TomlTable::table(std::string_view key) {
  known_.emplace_back(key);
  const toml::table* found = nullptr;
  if (has(key)) {
    found = as_table(table_)->get(key)->as_table();
    if (found == nullptr) {
      error(key, "must be a table: [" + name_of(key) + "]");
    }
  }
  return {*state_, found, name_of(key)};
}

std::vector<TomlTable> TomlTable::tables(std::string_view key) {
  known_.emplace_back(key);
  std::vector<TomlTable> all;
  if (!has(key)) {
    return all;
  }
  const auto* array = as_table(table_)->get(key)->as_array();
  const bool only_tables =
      array != nullptr &&
      std::all_of(array->begin(), array->end(), [](const auto& node) { return node.is_table(); });
  if (!only_tables) {
    error(key, "must be a list of tables: [[" + name_of(key) + "]]");
    return all;
  }
  for (const auto& node : *array) {
    all.push_back(
        {*state_, node.as_table(), name_of(key) + "[" + std::to_string(all.size()) + "]"});
  }
  return all;
}

void TomlTable::finish() {
  if (table_ == nullptr) {
    return;
  }
  for (const auto& [key, node] : *as_table(table_)) {
    if (std::find(known_.begin(), known_.end(), key.str()) == known_.end()) {
      error(key.str(), "there is no such setting (--print-default-config lists all)");
    }
  }
}

}  // namespace ut::daemon
