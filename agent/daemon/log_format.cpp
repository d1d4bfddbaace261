// The file and line of this wrapper would tell nobody anything.
#define SD_JOURNAL_SUPPRESS_LOCATION

#include "agent/daemon/log_format.h"

#include "base/clock.h"
#include "base/durable_file.h"

#include <nlohmann/json.hpp>

#include <systemd/sd-journal.h>

#include <sys/stat.h>
#include <sys/uio.h>
#include <unistd.h>

#include <cstdlib>
#include <memory>
#include <string>
#include <vector>

namespace ut::daemon {
namespace {

using Json = nlohmann::ordered_json;

constexpr const char* kJournalSocket = "/run/systemd/journal/socket";

// RFC 5424 clause 6.2.1.
int priority_of(log::Level level) {
  switch (level) {
    case log::Level::trace:
    case log::Level::debug:
      return 7;
    case log::Level::info:
      return 6;
    case log::Level::warning:
      return 4;
    case log::Level::error:
      return 3;
  }
  return 3;
}

class JsonOutput final : public log::Output {
 public:
  bool write(const log::Message& message) override {
    return write_whole(STDERR_FILENO,
                       as_bytes(json_line(message, to_text(SystemClock().utc())) + "\n"));
  }
};

// What the journal cannot be given, as text: sd_journal_sendv() takes a missing journal for
// success.
class JournalOutput final : public log::Output {
 public:
  bool write(const log::Message& message) override {
    if (::access(kJournalSocket, F_OK) != 0) {
      return text_->write(message);
    }
    auto fields = journal_fields(message);
    std::vector<iovec> pieces;
    pieces.reserve(fields.size());
    for (auto& field : fields) {
      pieces.push_back({field.data(), field.size()});
    }
    return ::sd_journal_sendv(pieces.data(), static_cast<int>(pieces.size())) == 0 ||
           text_->write(message);
  }

 private:
  std::unique_ptr<log::Output> text_ = log::text_output();
};

// Whether standard error is the stream that the service manager made to the journal (systemd.exec).
bool writes_to_journal() {
  const char* const stream = std::getenv("JOURNAL_STREAM");
  struct stat status{};
  return stream != nullptr && ::fstat(STDERR_FILENO, &status) == 0 &&
         std::to_string(status.st_dev) + ":" + std::to_string(status.st_ino) == stream;
}

}  // namespace

std::string_view name(LogFormat format) {
  switch (format) {
    case LogFormat::automatic:
      return "auto";
    case LogFormat::text:
      return "text";
    case LogFormat::json:
      return "json";
    case LogFormat::journal:
      return "journal";
  }
  return "auto";
}

void use_log_format(LogFormat format) {
  switch (format) {
    case LogFormat::automatic:
      log::set_output(writes_to_journal() ? std::make_unique<JournalOutput>() : nullptr);
      return;
    case LogFormat::text:
      log::set_output(nullptr);
      return;
    case LogFormat::json:
      log::set_output(std::make_unique<JsonOutput>());
      return;
    case LogFormat::journal:
      log::set_output(std::make_unique<JournalOutput>());
      return;
  }
}

std::string json_line(const log::Message& message, std::string_view time) {
  Json line = {{"time", time}, {"level", log::name(message.level)}, {"event", message.event}};
  if (message.audit) {
    line["audit"] = "yes";
  }
  for (const auto& field : message.fields) {
    line[std::string(field.key())] = field.value();
  }
  // A peer may have sent what is no UTF-8.
  return line.dump(-1, ' ', false, Json::error_handler_t::replace);
}

std::vector<std::string> journal_fields(const log::Message& message) {
  std::vector<std::string> fields = {
      "MESSAGE=" + log::format(message.event, message.fields, message.audit),
      "PRIORITY=" + std::to_string(priority_of(message.level)), "SYSLOG_IDENTIFIER=ut-agent",
      "UT_EVENT=" + std::string(message.event)};
  if (message.audit) {
    fields.emplace_back("UT_AUDIT=yes");
  }
  for (const auto& field : message.fields) {
    std::string text = "UT_";
    for (const char c : field.key()) {
      text += c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c;
    }
    fields.push_back(text.append("=").append(field.value()));
  }
  return fields;
}

}  // namespace ut::daemon
