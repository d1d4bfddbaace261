#include "base/log.h"

#include "base/durable_file.h"
#include "base/encoding.h"
#include "base/log_output.h"
#include "base/log_tap.h"
#include "base/random.h"

#include <spdlog/pattern_formatter.h>

#include <unistd.h>

#include <array>
#include <atomic>
#include <bit>
#include <cstring>
#include <memory>
#include <mutex>
#include <utility>

namespace ut::log {
namespace {

std::atomic<bool> g_show_personal{false};
std::atomic<Tap*> g_tap{nullptr};
std::mutex g_tap_in_use;
std::atomic<Level> g_level{Level::info};
std::atomic<bool> g_audit{true};
std::atomic<std::uint64_t> g_lost{0};
std::atomic<std::uint64_t> g_lost_untold{0};

spdlog::level::level_enum to_spdlog(Level level) {
  switch (level) {
    case Level::trace:
      return spdlog::level::trace;
    case Level::debug:
      return spdlog::level::debug;
    case Level::info:
      return spdlog::level::info;
    case Level::warning:
      return spdlog::level::warn;
    case Level::error:
      return spdlog::level::err;
  }
  return spdlog::level::err;
}

class TextOutput final : public Output {
 public:
  bool write(const Message& message) override {
    const auto text = format(message.event, message.fields, message.audit);
    spdlog::memory_buf_t line;
    const std::lock_guard lock(mutex_);
    pattern_.format(spdlog::details::log_msg("ut", to_spdlog(message.level), text), line);
    return write_whole(STDERR_FILENO, as_bytes({line.data(), line.size()}));
  }

 private:
  std::mutex mutex_;
  spdlog::pattern_formatter pattern_{"%Y-%m-%dT%H:%M:%S.%e%z %l %v"};
};

std::unique_ptr<Output>& output() {
  static std::unique_ptr<Output> instance = text_output();
  return instance;
}

void put(const Message& message) {
  if (!output()->write(message)) {
    ++g_lost;
    ++g_lost_untold;
    return;
  }
  if (const auto untold = g_lost_untold.exchange(0); untold > 0) {
    const Field number("messages", untold);
    if (!output()->write({.level = Level::warning, .event = "log.lost", .fields = {&number, 1}})) {
      g_lost_untold += untold;
    }
  }
}

using SipKey = std::array<std::uint64_t, 2>;

// SipHash-2-4 (Aumasson, Bernstein 2012): a keyed hash made for short inputs. wolfCrypt is no
// choice here, as base stands below every other layer.
std::uint64_t siphash(const SipKey& key, std::string_view text) {
  std::uint64_t v0 = 0x736f6d6570736575ULL ^ key[0];
  std::uint64_t v1 = 0x646f72616e646f6dULL ^ key[1];
  std::uint64_t v2 = 0x6c7967656e657261ULL ^ key[0];
  std::uint64_t v3 = 0x7465646279746573ULL ^ key[1];
  const auto round = [&] {
    v0 += v1;
    v1 = std::rotl(v1, 13) ^ v0;
    v0 = std::rotl(v0, 32);
    v2 += v3;
    v3 = std::rotl(v3, 16) ^ v2;
    v0 += v3;
    v3 = std::rotl(v3, 21) ^ v0;
    v2 += v1;
    v1 = std::rotl(v1, 17) ^ v2;
    v2 = std::rotl(v2, 32);
  };
  const auto absorb = [&](std::uint64_t word) {
    v3 ^= word;
    round();
    round();
    v0 ^= word;
  };
  std::size_t at = 0;
  for (; at + 8 <= text.size(); at += 8) {
    std::uint64_t word = 0;
    std::memcpy(&word, text.data() + at, 8);
    absorb(word);
  }
  std::uint64_t last = static_cast<std::uint64_t>(text.size()) << 56;
  for (std::size_t k = 0; at + k < text.size(); ++k) {
    last |= static_cast<std::uint64_t>(static_cast<unsigned char>(text[at + k])) << (8 * k);
  }
  absorb(last);
  v2 ^= 0xff;
  for (int i = 0; i < 4; ++i) {
    round();
  }
  return v0 ^ v1 ^ v2 ^ v3;
}

const SipKey& process_key() {
  static const SipKey key = [] {
    std::array<std::uint8_t, sizeof(SipKey)> octets{};
    SystemRandom().fill(octets);
    return std::bit_cast<SipKey>(octets);
  }();
  return key;
}

void append_value(std::string& out, std::string_view value) {
  const bool plain = !value.empty() && value.find_first_of(" \"\\=") == std::string_view::npos;
  if (!plain) {
    out += '"';
  }
  for (const char c : value) {
    const auto octet = static_cast<unsigned char>(c);
    if (octet < 0x20 || octet == 0x7f) {
      const std::uint8_t raw[] = {octet};
      out += "\\x" + to_hex(raw);
    } else {
      if (c == '"' || c == '\\') {
        out += '\\';
      }
      out += c;
    }
  }
  if (!plain) {
    out += '"';
  }
}

}  // namespace

std::string_view name(Level level) {
  const auto view = spdlog::level::to_string_view(to_spdlog(level));
  return {view.data(), view.size()};
}

std::optional<Level> level_named(std::string_view text) {
  for (const auto level : {Level::trace, Level::debug, Level::info, Level::warning, Level::error}) {
    if (text == name(level)) {
      return level;
    }
  }
  return std::nullopt;
}

void set_level(Level level) {
  g_level = level;
}

bool enabled(Level level) {
  return level >= g_level;
}

void show_personal_data(bool show) {
  g_show_personal = show;
}

std::string personal(std::string_view kind, std::string_view value) {
  if (g_show_personal) {
    return std::string(value);
  }
  const auto hash = siphash(process_key(), value);
  const auto octets = std::bit_cast<std::array<std::uint8_t, 8>>(hash);
  return std::string(kind) + "#" + to_hex(ByteView(octets).first(4));
}

std::string format(std::string_view event, FieldView fields, bool audit) {
  std::string text(event);
  text += audit ? " audit=yes" : "";
  for (const auto& field : fields) {
    text += ' ';
    text += field.key();
    text += '=';
    append_value(text, field.value());
  }
  return text;
}

void write(Level level, std::string_view event, Fields fields) {
  if (enabled(level)) {
    put({.level = level, .event = event, .fields = {fields.begin(), fields.size()}});
  }
  tell_tap(event, fields);
}

void audit(std::string_view event, FieldView fields) {
  if (g_audit) {
    put({.level = Level::info, .event = event, .fields = fields, .audit = true});
  }
  tell_tap(event, fields);
}

void set_audit(bool on) {
  if (g_audit.exchange(on) != on) {
    put({.level = Level::info,
         .event = on ? "audit.on" : "audit.off",
         .fields = {},
         .audit = true});
  }
}

std::unique_ptr<Output> text_output() {
  return std::make_unique<TextOutput>();
}

void set_output(std::unique_ptr<Output> with) {
  output() = with ? std::move(with) : text_output();
}

std::uint64_t lost() {
  return g_lost;
}

void set_tap(Tap* tap) {
  const std::lock_guard lock(g_tap_in_use);
  g_tap = tap;
}

bool tap_is_read() {
  const std::lock_guard lock(g_tap_in_use);
  const auto* const tap = g_tap.load();
  return tap != nullptr && tap->is_read();
}

void tell_tap(std::string_view event, FieldView fields) {
  if (g_tap == nullptr) {
    return;
  }
  const std::lock_guard lock(g_tap_in_use);
  if (auto* const tap = g_tap.load()) {
    tap->message(event, fields);
  }
}

}  // namespace ut::log
