// The XCAP root URI of a subscriber (RFC 4825 clause 6.1, TS 24.623 clause 5.2) [XC-1].
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace ut::gba {

// `uri` with its host in lower case and one '/' at its end. nullopt unless it is http or https, of
// a host name with or without port, and a path of plain segments without query and fragment.
std::optional<std::string> normal_xcap_root(std::string_view uri);

enum class XcapRootSource : std::uint8_t { configuration, card, ts_23_003 };
// "configuration", "card", "TS 23.003"
std::string_view to_text(XcapRootSource source);

struct XcapRoot {
  std::string uri;  // as normal_xcap_root() gives it
  XcapRootSource source = XcapRootSource::ts_23_003;
};

// The first that is a root: what the configuration says, what EF_XCAPConfigData says, and
// http://xcap.DOMAIN/ by TS 23.003 clause 13.9. nullopt when `impi` has no domain either.
std::optional<XcapRoot> xcap_root(std::string_view configured, std::string_view of_card,
                                  std::string_view impi);

}  // namespace ut::gba
