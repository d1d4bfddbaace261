// The body of the BSF's 200 (TS 24.109 annex C) [UB-4].
#pragma once

#include "agent/gba/parsed.h"
#include "base/bytes.h"
#include "base/clock.h"

#include <optional>
#include <string>
#include <string_view>

namespace ut::gba {

struct BootstrappingInfo {
  std::string b_tid;                      // as sent; the BSF's to choose [UB-11]
  UtcTime lifetime;                       // when the key ends, by the BSF's clock
  std::optional<UtcTime> current_time{};  // the BSF's clock when it answered
  bool operator==(const BootstrappingInfo&) const = default;
};

constexpr std::size_t kMaxBootstrappingInfo = 65536;
constexpr std::size_t kMaxBTid = 512;

// Reads a BootstrappingInfo document of namespace uri:3gpp-gba, UTF-8, at most
// kMaxBootstrappingInfo octets. Unknown elements and attributes are ignored; a DTD is refused. The
// B-TID is 1 to kMaxBTid printable ASCII characters without space, quote and backslash, so that it
// can be a username in any place that needs one.
Parsed<BootstrappingInfo> parse_bootstrapping_info(ByteView document);

// Whether `text` can be a B-TID, by the rule above.
bool is_b_tid(std::string_view text);

// xs:dateTime in UTC with the trailing Z; a fraction of a second is cut off.
std::optional<UtcTime> parse_utc_date_time(std::string_view text);

}  // namespace ut::gba
