// Reads settings out of TOML and collects what is wrong with them, all at once: a user who has to
// correct a configuration wants the whole list, not the first entry.
#pragma once

#include "base/result.h"

#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace ut::daemon {

class TomlTable;

// A parsed file and the errors found in it so far.
class TomlDocument {
 public:
  // config_syntax with "line 3, column 7: ..." when `text` is not TOML.
  static Result<TomlDocument> parse(std::string_view text);
  ~TomlDocument();
  TomlDocument(TomlDocument&&) noexcept;
  TomlDocument& operator=(TomlDocument&&) noexcept;

  TomlTable root();
  // "line 12: ub.timeout: must be between 1 and 600", in the order they were found.
  const std::vector<std::string>& errors() const;

 private:
  struct State;
  explicit TomlDocument(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
  friend class TomlTable;
};

// One table. Each getter notes its key as known and gives `fallback` when the key is absent or
// wrong; finish() reports the keys that nobody asked for. A table that is absent reads as an empty
// one.
class TomlTable {
 public:
  std::string text(std::string_view key, std::string_view fallback);
  bool boolean(std::string_view key, bool fallback);
  std::int64_t integer(std::string_view key, std::int64_t fallback, std::int64_t least,
                       std::int64_t most);
  // A whole number of seconds.
  std::chrono::seconds seconds(std::string_view key, std::chrono::seconds fallback,
                               std::chrono::seconds least, std::chrono::seconds most);
  std::vector<std::string> texts(std::string_view key, std::vector<std::string> fallback);
  // nullopt and an error unless the text is one of `choices`.
  std::string choice(std::string_view key, std::string_view fallback,
                     const std::vector<std::string_view>& choices);

  TomlTable table(std::string_view key);
  // [[key]]
  std::vector<TomlTable> tables(std::string_view key);

  // Records an error about `key` of this table, with its line.
  void error(std::string_view key, std::string_view what);
  bool has(std::string_view key) const;
  void finish();

 private:
  friend class TomlDocument;
  TomlTable(TomlDocument::State& state, const void* table, std::string path)
      : state_(&state), table_(table), path_(std::move(path)) {}
  std::string name_of(std::string_view key) const;

  TomlDocument::State* state_;
  const void* table_;  // toml::table, nullptr when absent
  std::string path_;
  std::vector<std::string> known_;
};

}  // namespace ut::daemon
