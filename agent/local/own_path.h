// Which requests are for the agent itself and for no NAF.
#pragma once

#include "base/result.h"

#include <optional>
#include <string>
#include <string_view>

namespace ut::local {

// Its host name. One label: parse_target gives no such name to a NAF, so none can be hidden.
inline constexpr std::string_view kOwnHost = "ut-agent";

// The resource that tells where XCAP documents are and whose: for applications that have some.
inline constexpr std::string_view kXcapPath = "/xcap";

// The path with its query of a request whose target or Host names the agent
// ("http://ut-agent/keys", or "/keys" with "Host: ut-agent"; port 80 or none); nullopt for
// everything else. As in parse_target, an absolute form and Host that name two authorities are
// request_host_invalid.
Result<std::optional<std::string>> own_path(std::string_view request_target,
                                            std::optional<std::string_view> host);

// Whether a Host names this machine's loopback by address or as "localhost", with or without a
// port. Any other name may be one that its owner has resolve to it.
bool is_loopback_authority(std::string_view host);

}  // namespace ut::local
