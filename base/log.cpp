#include "base/log.h"

#include "base/encoding.h"
#include "base/log_tap.h"
#include "base/random.h"

#include <spdlog/sinks/ansicolor_sink.h>
#include <spdlog/sinks/stdout_sinks.h>
#include <spdlog/spdlog.h>

#include <array>
#include <atomic>
#include <bit>
#include <cstring>
#include <mutex>

namespace ut::log {
namespace {

std::atomic<bool> g_show_personal{false};
std::atomic<Tap*> g_tap{nullptr};
std::mutex g_tap_in_use;

spdlog::logger& logger() {
  static const auto instance = [] {
    auto made =
        std::make_shared<spdlog::logger>("ut", std::make_shared<spdlog::sinks::stderr_sink_mt>());
    made->set_pattern("%Y-%m-%dT%H:%M:%S.%e%z %l %v");
    made->set_level(spdlog::level::info);
    made->flush_on(spdlog::level::trace);
    return made;
  }();
  return *instance;
}

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

std::string_view spelled(Level level) {
  const auto view = spdlog::level::to_string_view(to_spdlog(level));
  return {view.data(), view.size()};
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

std::optional<Level> level_named(std::string_view name) {
  for (const auto level : {Level::trace, Level::debug, Level::info, Level::warning, Level::error}) {
    if (name == spelled(level)) {
      return level;
    }
  }
  return std::nullopt;
}

void set_level(Level level) {
  logger().set_level(to_spdlog(level));
}

bool enabled(Level level) {
  return logger().should_log(to_spdlog(level));
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

std::string format(std::string_view event, Fields fields) {
  std::string text(event);
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
    logger().log(to_spdlog(level), "{}", format(event, fields));
  }
  tell_tap(event, fields);
}

void set_tap(Tap* tap) {
  const std::lock_guard lock(g_tap_in_use);
  g_tap = tap;
}

bool tapped() {
  return g_tap != nullptr;
}

void tell_tap(std::string_view event, Fields fields) {
  if (!tapped()) {
    return;
  }
  const std::lock_guard lock(g_tap_in_use);
  if (auto* const tap = g_tap.load()) {
    tap->message(event, fields);
  }
}

}  // namespace ut::log
