// Structured logging, to standard error or where base/log_output.h says: an event name and fields.
// Secrets have no text form, so they cannot be logged; personal data goes through personal()
// [KEY-6].
#pragma once

#include <concepts>
#include <cstdint>
#include <initializer_list>
#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace ut::log {

enum class Level : std::uint8_t { trace, debug, info, warning, error };

// "trace", "debug", "info", "warning", "error"; nullopt for anything else.
std::optional<Level> level_named(std::string_view name);

// Messages below `level` are dropped.
void set_level(Level level);
bool enabled(Level level);

// Personal data (IMPI, IMPU, IMSI, ICCID, XUI, B-TID) is written as it is only after this [KEY-6].
void show_personal_data(bool show);

// "impi#1f3a5b7c": the same for the same value within this process, and nothing that can be turned
// back, as the key is random for each process. The plain value after show_personal_data(true).
std::string personal(std::string_view kind, std::string_view value);

class Field {
 public:
  Field(std::string_view key, std::string_view value) : key_(key), value_(value) {}
  Field(std::string_view key, const char* value) : key_(key), value_(value) {}
  Field(std::string_view key, const std::string& value) : key_(key), value_(value) {}
  Field(std::string_view key, bool value) : key_(key), value_(value ? "yes" : "no") {}
  template <std::integral T>
    requires(!std::same_as<T, bool> && !std::same_as<T, char>)
  Field(std::string_view key, T value) : key_(key), value_(std::to_string(value)) {}

  std::string_view key() const { return key_; }
  std::string_view value() const { return value_; }

 private:
  std::string_view key_;
  std::string value_;
};

using Fields = std::initializer_list<Field>;
using FieldView = std::span<const Field>;

// `event` is a literal of the form "part.event". Control characters and quotes in values are
// escaped, so that one message is one line whatever a peer sent.
void write(Level level, std::string_view event, Fields fields = {});

inline void trace(std::string_view event, Fields fields = {}) {
  write(Level::trace, event, fields);
}
inline void debug(std::string_view event, Fields fields = {}) {
  write(Level::debug, event, fields);
}
inline void info(std::string_view event, Fields fields = {}) {
  write(Level::info, event, fields);
}
inline void warning(std::string_view event, Fields fields = {}) {
  write(Level::warning, event, fields);
}
inline void error(std::string_view event, Fields fields = {}) {
  write(Level::error, event, fields);
}

// A record of who used a key for what: written at whatever level, as long as audits are on, with
// the field audit=yes.
void audit(std::string_view event, FieldView fields);
// Switching them off is the last record, switching them on the first one.
void set_audit(bool on);

// One message as it would be written, without time and level.
std::string format(std::string_view event, FieldView fields, bool audit = false);
inline std::string format(std::string_view event, Fields fields) {
  return format(event, FieldView(fields.begin(), fields.size()));
}

// "info".
std::string_view name(Level level);

}  // namespace ut::log
