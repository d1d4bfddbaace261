// Hashes, HMAC and random octets of the lab, by OpenSSL: none of the agent's cryptography is used
// here, so that agent and lab cannot be wrong together.
#pragma once

#include "base/bytes.h"
#include "base/secret.h"

#include <array>
#include <initializer_list>
#include <string>
#include <string_view>

namespace ut::lab {

enum class Hash : std::uint8_t { md5, sha256 };

// Octets of the hash of all parts, one after the other: 16 for MD5, 32 for SHA-256.
SecretBytes hash(Hash kind, std::initializer_list<ByteView> parts);

// The same in lower-case hexadecimal digits: 32 or 64 characters.
std::string hash_hex(Hash kind, std::initializer_list<ByteView> parts);

// HMAC (RFC 2104): as many octets as the hash has.
SecretBytes hmac(Hash kind, ByteView key, ByteView message);

// Same length and same octets, in a time that does not depend on where they differ.
bool equal_constant_time(std::string_view left, std::string_view right);

// `octets` random octets in lower-case hexadecimal digits.
std::string random_hex(std::size_t octets);

}  // namespace ut::lab
