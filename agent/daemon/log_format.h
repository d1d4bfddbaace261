// What the log is written as: text, JSON, or fields of the systemd journal.
#pragma once

#include "base/log_output.h"

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace ut::daemon {

enum class LogFormat : std::uint8_t {
  automatic,  // fields where standard error is the journal (JOURNAL_STREAM), else text
  text,
  json,     // one object a line on standard error; every value of a field is a string
  journal,  // the journal's native protocol, whatever standard error is
};

// "auto", "text", "json", "journal".
std::string_view name(LogFormat format);

// Has the log written so from now on.
void use_log_format(LogFormat format);

// The message as JSON without the line end: time, level, event, audit where it is one, and the
// fields, each under its key.
std::string json_line(const log::Message& message, std::string_view time);

// The fields of a journal entry, "KEY=value": MESSAGE is the line of the text format, PRIORITY that
// of syslog, UT_EVENT the event, and each field has its key in capitals behind UT_.
std::vector<std::string> journal_fields(const log::Message& message);

}  // namespace ut::daemon
