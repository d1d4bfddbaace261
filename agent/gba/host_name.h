// Host names as NAF_Id, Host, SNI and realm compare them.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace ut::gba {

// `name` in lower case without one trailing dot. nullopt unless it is a DNS name of letter-digit-
// hyphen labels of 1 to 63 octets, 253 octets in all, whose last label is not all digits: an IP
// address is no host name (TS 23.003 clause 16.2, RFC 1123).
std::optional<std::string> normal_host_name(std::string_view name);

}  // namespace ut::gba
