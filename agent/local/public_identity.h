// Public identities (IMPU, XUI) in a form in which equal identities are equal strings.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace ut::local {

// Replaces each %HH by its octet; nullopt when a '%' is not followed by two hexadecimal digits.
std::optional<std::string> percent_decoded(std::string_view text);

// `identity` without percent-encoding. For sip and sips URIs the scheme, the host and the
// parameters are lower case and the user is as it was (RFC 3261 clause 19.1.4); for tel URIs the
// visual separators '-', '.', '(', ')' are gone and all is lower case (RFC 3966 clause 5). Anything
// else is an opaque string (an XUI may be one) and stays as it is.
std::string canonical_identity(std::string_view identity);

}  // namespace ut::local
