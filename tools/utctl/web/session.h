// The one-time link of the status page and the session that it is exchanged for. Pure.
#pragma once

#include "base/random.h"
#include "base/secret.h"

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace ut::utctl::web {

// The name of the session's cookie.
inline constexpr std::string_view kCookieName = "ut_status";

class Session {
 public:
  static constexpr std::size_t kTokenOctets = 32;

  // Link, cookie and path are all random, and independent of each other.
  explicit Session(RandomSource& random);

  // "/<32 hexadecimal digits>/": where page, status and events are. A browser sends a cookie to all
  // ports of its host; nobody else knows the path, so the cookie goes nowhere else.
  const std::string& path() const { return path_; }

  // Hexadecimal digits: what the link carries, and what the cookie holds.
  const SecretBytes& link_token() const { return link_token_; }
  const SecretBytes& cookie() const { return cookie_; }

  enum class Exchange : std::uint8_t { opened, used_before, unknown };
  // A link opens the session once. Compared in constant time.
  Exchange exchange(std::string_view link_token);

  // Whether the link was exchanged.
  bool is_open() const { return open_; }

  // Whether a request with this field Cookie (RFC 6265 clause 4.2.1) is of the session; no request
  // is before the link was exchanged. Compared in constant time.
  bool holds(std::string_view cookie_field) const;

 private:
  std::string path_;
  SecretBytes link_token_;
  SecretBytes cookie_;
  bool open_ = false;
};

}  // namespace ut::utctl::web
