// Text that a card holds: is it text at all?
#pragma once

#include <string_view>

namespace ut::isim {

// Well-formed UTF-8 (RFC 3629).
bool is_utf8(std::string_view text);

// The same without anything that a terminal obeys: no control characters of ASCII (C0), none of
// U+0080 to U+009F (C1), no marks that turn the direction of writing.
bool is_printable_utf8(std::string_view text);

}  // namespace ut::isim
