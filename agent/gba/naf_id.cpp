#include "agent/gba/naf_id.h"

#include "agent/gba/host_name.h"
#include "base/encoding.h"

namespace ut::gba {

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
