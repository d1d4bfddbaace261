// The form that most files of the ISIM share: one data object with text, then padding.
#pragma once

#include "base/bytes.h"
#include "base/result.h"

#include <string>
#include <string_view>

namespace ut::isim {

// FF throughout; true for no octets.
bool is_padding(ByteView octets);

// UTF-8 that may be pasted into protocol headers and URIs: no spaces, control characters, quotes,
// backslashes and angle brackets.
bool is_identity_text(std::string_view text);

// The value of the data object 80 that `octets` start with, 1 to 1024 octets of identity text; FF
// may follow it. card_file_malformed, naming `file`, for anything else.
Result<std::string> decode_text_object(ByteView octets, std::string_view file);

// A domain name in text: labels that are not empty, no '@', '/' or ':'.
bool is_domain_name(std::string_view name);

// A record that holds nothing: FF throughout, or the data object 80 of no octets and padding.
bool is_empty_record(ByteView record);

}  // namespace ut::isim
