// Hexadecimal and base64 (RFC 4648), strict both ways.
#pragma once

#include "base/bytes.h"
#include "base/secret.h"

#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace ut {

// Lower-case hexadecimal digits, two an octet.
std::string to_hex(ByteView octets);

// The same into `to`, which has room for two characters an octet.
void write_hex(ByteView octets, std::span<char> to);

// Reads pairs of hexadecimal digits of either case; nullopt for any other character, a space too,
// and for an odd count.
std::optional<Bytes> from_hex(std::string_view text);

// Standard alphabet with padding (RFC 4648 section 4).
std::string to_base64(ByteView octets);

// The same for a secret: the text stays in locked memory.
SecretBytes to_base64_secret(ByteView octets);
SecretBytes to_hex_secret(ByteView octets);

// Reads the standard alphabet with padding; nullopt for wrong length, foreign characters or padding
// bits that are not zero.
std::optional<Bytes> from_base64(std::string_view text);

}  // namespace ut
