#include "isim/service_table.h"

#include <array>
#include <cstddef>

namespace ut::isim {
namespace {

constexpr auto kServices = [] {
  std::array<IsimService, 22> all{};
  for (std::size_t i = 0; i < all.size(); ++i) {
    all[i] = static_cast<IsimService>(i + 1);
  }
  return all;
}();
static_assert(kServices.back() == IsimService::ims_data_channel);

}  // namespace

std::string_view name(IsimService service) {
  switch (service) {
    case IsimService::p_cscf_address:
      return "P-CSCF address";
    case IsimService::gba:
      return "GBA";
    case IsimService::http_digest:
      return "HTTP Digest";
    case IsimService::gba_local_key_establishment:
      return "GBA-based local key establishment";
    case IsimService::p_cscf_discovery_local_breakout:
      return "P-CSCF discovery for local breakout";
    case IsimService::sms:
      return "SMS";
    case IsimService::smsr:
      return "SMSR";
    case IsimService::sm_over_ip:
      return "SM-over-IP";
    case IsimService::communication_control:
      return "communication control";
    case IsimService::uicc_access_to_ims:
      return "UICC access to IMS";
    case IsimService::uri_support:
      return "URI support";
    case IsimService::media_type:
      return "media type";
    case IsimService::call_disconnection_cause:
      return "call disconnection cause";
    case IsimService::uri_mo_sm:
      return "URI MO-SM";
    case IsimService::mcptt:
      return "MCPTT";
    case IsimService::uri_sms_pp:
      return "URI SMS-PP";
    case IsimService::from_preferred:
      return "From Preferred";
    case IsimService::ims_config_data:
      return "IMS config data";
    case IsimService::xcap_config_data:
      return "XCAP config data";
    case IsimService::webrtc_uri:
      return "WebRTC URI";
    case IsimService::mud_mid:
      return "MuD and MiD";
    case IsimService::ims_data_channel:
      return "IMS data channel";
  }
  return "unknown";
}

std::span<const IsimService> isim_services() {
  return kServices;
}

bool ServiceTable::available(IsimService service) const {
  const std::size_t bit = static_cast<std::size_t>(service) - 1;
  return bit / 8 < octets.size() && ((octets[bit / 8] >> (bit % 8)) & 1) != 0;
}

}  // namespace ut::isim
