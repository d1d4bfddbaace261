// The service tables of ISIM and USIM, EF_IST and EF_UST (TS 31.103 clause 4.2.7, TS 31.102
// clause 4.2.8).
#pragma once

#include "base/bytes.h"

#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

namespace ut::isim {

// Service numbers of EF_IST.
enum class IsimService : std::uint8_t {
  p_cscf_address = 1,
  gba = 2,
  http_digest = 3,
  gba_local_key_establishment = 4,
  p_cscf_discovery_local_breakout = 5,
  sms = 6,
  smsr = 7,
  sm_over_ip = 8,
  communication_control = 9,
  uicc_access_to_ims = 10,
  uri_support = 11,
  media_type = 12,
  call_disconnection_cause = 13,
  uri_mo_sm = 14,
  mcptt = 15,
  uri_sms_pp = 16,
  from_preferred = 17,
  ims_config_data = 18,
  xcap_config_data = 19,
  webrtc_uri = 20,
  mud_mid = 21,
  ims_data_channel = 22,
};

// "GBA", "XCAP config data": the service's name in EF_IST.
std::string_view name(IsimService service);

// Every service that has a name here, by number.
std::span<const IsimService> isim_services();

// Service numbers of EF_UST that matter here.
enum class UsimService : std::uint8_t {
  gsm_access = 27,
  gsm_security_context = 38,
  gba = 68,
  gba_local_key_establishment = 76,
  xcap_config_data = 120,
};

// The name of a service by its number from 1, "GBA"; empty for numbers that have none here.
std::string_view isim_service_name(std::size_t number);
std::string_view usim_service_name(std::size_t number);

// The octets of EF_IST or EF_UST: service n is bit (n-1) mod 8, counted from the lowest, of
// octet (n-1) / 8. An empty table offers nothing.
struct ServiceTable {
  Bytes octets{};

  bool available(std::size_t number) const;  // from 1
  bool available(IsimService service) const { return available(static_cast<std::size_t>(service)); }
  bool available(UsimService service) const { return available(static_cast<std::size_t>(service)); }
  // The numbers of all available services, in order.
  std::vector<std::size_t> numbers() const;
  bool operator==(const ServiceTable&) const = default;
};

}  // namespace ut::isim
