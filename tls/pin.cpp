#include "tls/pin.h"

#include "base/encoding.h"
#include "tls/crypto/hash.h"

#include <algorithm>
#include <cstddef>

namespace ut::tls {
namespace {

constexpr std::string_view kPrefix = "sha256//";

// The first element of `der`, header and contents, which is taken away from it; of tags and lengths
// those that a certificate can have. nullopt: there is no whole one.
struct Element {
  ByteView whole;
  ByteView contents;
};
std::optional<Element> take_element(ByteView& der) {
  constexpr std::size_t kLengthOctets = 3;
  if (der.size() < 2) {
    return std::nullopt;
  }
  std::size_t header = 2;
  std::size_t length = der[1];
  if (length >= 0x80) {
    const std::size_t octets = length & 0x7f;
    if (octets == 0 || octets > kLengthOctets || der.size() < header + octets) {
      return std::nullopt;
    }
    length = 0;
    for (const std::uint8_t octet : der.subspan(header, octets)) {
      length = length << 8 | octet;
    }
    header += octets;
  }
  if (der.size() - header < length) {
    return std::nullopt;
  }
  const Element element{.whole = der.first(header + length),
                        .contents = der.subspan(header, length)};
  der = der.subspan(header + length);
  return element;
}

// As it stands in a certificate (RFC 5280 clause 4.1); the library's own way to it leaves the
// algorithm of an RSA key out.
std::optional<ByteView> subject_public_key_info(ByteView der) {
  constexpr std::uint8_t kVersionTag = 0xa0;
  constexpr int kBefore = 5;  // serial number, signature, issuer, validity, subject
  const auto certificate = take_element(der);
  auto rest = certificate ? certificate->contents : ByteView();
  const auto to_be_signed = take_element(rest);
  rest = to_be_signed ? to_be_signed->contents : ByteView();
  if (!rest.empty() && rest.front() == kVersionTag) {
    take_element(rest);
  }
  for (int i = 0; i < kBefore; ++i) {
    take_element(rest);
  }
  const auto info = take_element(rest);
  return info ? std::optional(info->whole) : std::nullopt;
}

}  // namespace

std::optional<Pin> pin_from_text(std::string_view text) {
  Pin pin{};
  if (!text.starts_with(kPrefix)) {
    return std::nullopt;
  }
  const auto octets = from_base64(text.substr(kPrefix.size()));
  if (!octets || octets->size() != pin.size()) {
    return std::nullopt;
  }
  std::ranges::copy(*octets, pin.begin());
  return pin;
}

std::string pin_text(const Pin& pin) {
  return std::string(kPrefix) + to_base64(pin);
}

Result<Pin> pin_of(ByteView der) {
  const auto info = subject_public_key_info(der);
  if (!info) {
    return fail(ErrorCode::tls_certificate_untrusted, "pin_of", "its key cannot be read");
  }
  Pin pin{};
  std::ranges::copy(crypto::hash(crypto::HashKind::sha256, *info), pin.begin());
  return pin;
}

}  // namespace ut::tls
