#include "tools/utctl/web/session.h"

#include "base/encoding.h"
#include "tls/crypto/constant_time.h"

#include <algorithm>
#include <array>

namespace ut::utctl::web {
namespace {

constexpr std::size_t kPathOctets = 16;

SecretBytes random_digits(RandomSource& random) {
  SecretBytes octets(Session::kTokenOctets);
  random.fill(octets.expose_mutable());
  return to_hex_secret(octets.expose());
}

std::string random_path(RandomSource& random) {
  std::array<std::uint8_t, kPathOctets> octets{};
  random.fill(octets);
  return "/" + to_hex(octets) + "/";
}

// The value of our cookie; another program at this address may have set some of its own.
std::string_view cookie_of(std::string_view field) {
  while (!field.empty()) {
    const auto end = std::min(field.find(';'), field.size());
    auto pair = field.substr(0, end);
    field.remove_prefix(std::min(end + 1, field.size()));
    pair.remove_prefix(std::min(pair.find_first_not_of(' '), pair.size()));
    if (pair.starts_with(kCookieName) && pair.substr(kCookieName.size()).starts_with('=')) {
      return pair.substr(kCookieName.size() + 1);
    }
  }
  return {};
}

}  // namespace

Session::Session(RandomSource& random)
    : path_(random_path(random)),
      link_token_(random_digits(random)),
      cookie_(random_digits(random)) {}

Session::Exchange Session::exchange(std::string_view link_token) {
  if (!crypto::constant_time_equal(as_bytes(link_token), link_token_.expose())) {
    return Exchange::unknown;
  }
  if (open_) {
    return Exchange::used_before;
  }
  open_ = true;
  return Exchange::opened;
}

bool Session::holds(std::string_view cookie_field) const {
  return open_ && crypto::constant_time_equal(as_bytes(cookie_of(cookie_field)), cookie_.expose());
}

}  // namespace ut::utctl::web
