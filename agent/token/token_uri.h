// PKCS #11 URIs (RFC 7512) as far as a setting may hold one: an object in a token, and what the
// module and the file of the PIN are [UA-7].
#pragma once

#include "base/bytes.h"
#include "base/result.h"

#include <span>
#include <string>
#include <string_view>

namespace ut::token {

// Empty text: any. Of module_path and pin_file: none was given.
struct TokenUri {
  std::string token{};  // its label
  std::string manufacturer{};
  std::string model{};
  std::string serial{};
  std::string object{};  // its label, CKA_LABEL
  Bytes id{};            // CKA_ID
  std::string type{};    // "private" or "cert"
  std::string module_path{};
  std::string pin_file{};  // of pin-source

  bool names_token() const {
    return !token.empty() || !manufacturer.empty() || !model.empty() || !serial.empty();
  }
  bool names_object() const { return !object.empty() || !id.empty(); }
  bool operator==(const TokenUri&) const = default;
};

// The text of a field of CK_TOKEN_INFO: up to the first zero, without the blanks that pad it.
std::string field_text(std::span<const unsigned char> field);

bool is_token_uri(std::string_view text);

// config_invalid with what is wrong with it and never with its text, as it may hold a PIN. Refused
// are pin-value, a pin-source that is no file, slots, libraries, and attributes that nobody knows.
Result<TokenUri> parse_token_uri(std::string_view text);

// What is wrong with the two settings of a NAF, "" when nothing is. `certificate` may be a path;
// `pin_file` is client_key_pin_file.
std::string problem_of_key(std::string_view key, std::string_view pin_file);
std::string problem_of_certificate(std::string_view certificate, std::string_view key);

}  // namespace ut::token
