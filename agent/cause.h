// On whose behalf something is done: told in the log beside what was done, and by which all lines
// of one request are found.
#pragma once

#include "base/random.h"

#include <sys/types.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

namespace ut::ports {

// Of one request of an application. Never allocates, as each request has one.
class RequestId {
 public:
  static constexpr std::size_t kLongest = 36;  // the text of a UUID

  // Of what no application asked for.
  RequestId() = default;

  // One that no other request of this or another process has: 16 hexadecimal digits.
  static RequestId next() {
    static const std::uint32_t process = [] {
      std::array<std::uint8_t, 4> octets{};
      SystemRandom().fill(octets);
      return static_cast<std::uint32_t>(octets[0]) << 24 |
             static_cast<std::uint32_t>(octets[1]) << 16 |
             static_cast<std::uint32_t>(octets[2]) << 8 | octets[3];
    }();
    static std::atomic<std::uint32_t> count{0};
    constexpr std::string_view kDigits = "0123456789abcdef";
    const std::uint64_t number = std::uint64_t{process} << 32 | ++count;
    RequestId id;
    for (; id.size_ < 16; ++id.size_) {
      id.text_[id.size_] = kDigits[number >> (60 - 4 * id.size_) & 0xf];
    }
    return id;
  }

  // The one that an application chose; nullopt unless it is 1 to 36 letters, digits, '-', '_' and
  // '.', which no log takes for anything else.
  static std::optional<RequestId> from(std::string_view text) {
    const auto harmless = [](char c) {
      return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
             c == '-' || c == '_' || c == '.';
    };
    if (text.empty() || text.size() > kLongest || !std::ranges::all_of(text, harmless)) {
      return std::nullopt;
    }
    RequestId id;
    std::ranges::copy(text, id.text_.begin());
    id.size_ = static_cast<std::uint8_t>(text.size());
    return id;
  }

  bool empty() const { return size_ == 0; }
  // Valid as long as this; "-" when empty.
  std::string_view view() const {
    return empty() ? std::string_view("-") : std::string_view(text_.data(), size_);
  }

 private:
  std::array<char, kLongest> text_{};
  std::uint8_t size_ = 0;
};

// Who asks, as the kernel and the policy know him.
struct Asker {
  std::string application;     // by its name in the configuration
  std::optional<uid_t> uid{};  // nullopt: over TCP, where nobody tells
  pid_t pid = 0;
  std::string executable{};  // absolute path; empty when it could not be read
  std::string unit{};        // of systemd; likewise
};

struct Cause {
  RequestId id{};
  std::shared_ptr<const Asker> asker{};  // nullptr: the agent itself
};

}  // namespace ut::ports
