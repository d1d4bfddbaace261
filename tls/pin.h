// Public keys that a NAF's certificate may have, beside what the CAs say [UT-2].
#pragma once

#include "base/bytes.h"
#include "base/result.h"

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace ut::tls {

// SHA-256 of a SubjectPublicKeyInfo (RFC 7469 section 2.4).
using Pin = std::array<std::uint8_t, 32>;

// "sha256//" and 44 characters of base64, as curl's --pinnedpubkey has it; nullopt for all else.
std::optional<Pin> pin_from_text(std::string_view text);
std::string pin_text(const Pin& pin);

// Of the key of a certificate (DER). tls_certificate_untrusted when it cannot be read.
Result<Pin> pin_of(ByteView der);

}  // namespace ut::tls
