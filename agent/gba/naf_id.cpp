#include "agent/gba/naf_id.h"

#include "agent/gba/host_name.h"
#include "base/encoding.h"

#include <algorithm>

namespace ut::gba {

std::optional<UaProtocolId> UaProtocolId::from_text(std::string_view text) {
  const auto octets = from_hex(text);
  if (!octets || octets->size() != size) {
    return std::nullopt;
  }
  std::array<std::uint8_t, size> id{};
  std::ranges::copy(*octets, id.begin());
  return from(id);
}

std::string UaProtocolId::to_text() const {
  return to_hex(octets_);
}

std::optional<NafId> NafId::make(std::string_view fqdn, UaProtocolId ua) {
  auto normal = normal_host_name(fqdn);
  if (!normal) {
    return std::nullopt;
  }
  return NafId(*std::move(normal), ua);
}

Bytes NafId::octets() const {
  Bytes octets = to_bytes(as_bytes(fqdn_));
  append(octets, ua_.octets());
  return octets;
}

}  // namespace ut::gba
