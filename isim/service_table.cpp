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

// EF_UST (TS 31.102 clause 4.2.8 of Release 17), by number from 1; empty: reserved.
constexpr std::array<std::string_view, 146> kUsimServices = {
    "Local phone book",
    "Fixed dialling numbers (FDN)",
    "Extension 2",
    "Service dialling numbers (SDN)",
    "Extension 3",
    "Barred dialling numbers (BDN)",
    "Extension 4",
    "Outgoing call information (OCI and OCT)",
    "Incoming call information (ICI and ICT)",
    "Short message storage (SMS)",
    "Short message status reports (SMSR)",
    "Short message service parameters (SMSP)",
    "Advice of charge (AoC)",
    "Capability configuration parameters 2 (CCP2)",
    "Cell broadcast message identifier",
    "Cell broadcast message identifier ranges",
    "Group identifier level 1",
    "Group identifier level 2",
    "Service provider name",
    "User controlled PLMN selector with access technology",
    "MSISDN",
    "Image (IMG)",
    "Support of localised service areas (SoLSA)",
    "Enhanced multi-level precedence and pre-emption (eMLPP)",
    "Automatic answer for eMLPP",
    "",
    "GSM access",
    "Data download via SMS-PP",
    "Data download via SMS-CB",
    "Call control by USIM",
    "MO-SMS control by USIM",
    "RUN AT COMMAND command",
    "always set",
    "Enabled services table",
    "APN control list (ACL)",
    "Depersonalisation control keys",
    "Co-operative network list",
    "GSM security context",
    "CPBCCH information",
    "Investigation scan",
    "MExE",
    "Operator controlled PLMN selector with access technology",
    "HPLMN selector with access technology",
    "Extension 5",
    "PLMN network name",
    "Operator PLMN list",
    "Mailbox dialling numbers",
    "Message waiting indication status",
    "Call forwarding indication status",
    "",
    "Service provider display information",
    "Multimedia messaging service (MMS)",
    "Extension 8",
    "Call control on GPRS by USIM",
    "MMS user connectivity parameters",
    "Network's indication of alerting (NIA)",
    "VGCS group identifier list",
    "VBS group identifier list",
    "Pseudonym",
    "User controlled PLMN selector for I-WLAN access",
    "Operator controlled PLMN selector for I-WLAN access",
    "User controlled WSID list",
    "Operator controlled WSID list",
    "VGCS security",
    "VBS security",
    "WLAN reauthentication identity",
    "Multimedia messages storage",
    "GBA",
    "MBMS security",
    "Data download via USSD and USSD application mode",
    "Equivalent HPLMN",
    "Additional TERMINAL PROFILE after UICC activation",
    "Equivalent HPLMN presentation indication",
    "Last RPLMN selection indication",
    "OMA BCAST smart card profile",
    "GBA-based local key establishment",
    "Terminal applications",
    "Service provider name icon",
    "PLMN network name icon",
    "Connectivity parameters for USIM IP connections",
    "Home I-WLAN specific identifier list",
    "I-WLAN equivalent HPLMN presentation indication",
    "I-WLAN HPLMN priority indication",
    "I-WLAN last registered PLMN",
    "EPS mobility management information",
    "Allowed CSG lists and corresponding indications",
    "Call control on EPS PDN connection by USIM",
    "HPLMN direct access",
    "eCall data",
    "Operator CSG lists and corresponding indications",
    "SM-over-IP",
    "CSG display control",
    "Communication control for IMS by USIM",
    "Extended terminal applications",
    "UICC access to IMS",
    "Non-access stratum configuration by USIM",
    "PWS configuration by USIM",
    "",
    "URI support by UICC",
    "Extended EARFCN support",
    "ProSe",
    "USAT application pairing",
    "Media type support",
    "IMS call disconnection cause",
    "URI support for MO short message control",
    "ePDG configuration information support",
    "ePDG configuration information configured",
    "ACDC support",
    "MCPTT",
    "ePDG configuration information for emergency service support",
    "ePDG configuration information for emergency service configured",
    "eCall data over IMS",
    "URI support for SMS-PP download",
    "From Preferred",
    "IMS config data",
    "TV configuration",
    "3GPP PS data off",
    "3GPP PS data off service list",
    "V2X",
    "XCAP config data",
    "EARFCN list for MTC/NB-IoT UEs",
    "5GS mobility management information",
    "5G security parameters",
    "Subscription identifier privacy support",
    "SUCI calculation by the USIM",
    "UAC access identities support",
    "Steering of roaming expected during initial registration in VPLMN",
    "Call control on PDU session by USIM",
    "5GS operator PLMN list",
    "SUPI of type NSI, GLI or GCI",
    "3GPP PS data off separate home and roaming lists",
    "URSP by USIM",
    "5G security parameters extended",
    "MuD and MiD",
    "Trusted non-3GPP access networks by USIM",
    "Multiple records of NAS security context storage",
    "Pre-configured CAG information list",
    "SOR-CMCI storage in USIM",
    "5G ProSe",
    "Storage of disaster roaming information",
    "Pre-configured eDRX parameters",
    "5G NSWO support",
    "PWS configuration for SNPN in USIM",
    "Multiplier coefficient for higher priority PLMN search via NG-RAN satellite access",
    "K_AUSF derivation configuration",
    "Network identifier for SNPN (NID)",
};
static_assert(kUsimServices[static_cast<std::size_t>(UsimService::gba) - 1] == "GBA");
static_assert(kUsimServices[static_cast<std::size_t>(UsimService::xcap_config_data) - 1] ==
              "XCAP config data");

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

std::string_view isim_service_name(std::size_t number) {
  return number >= 1 && number <= kServices.size() ? name(kServices[number - 1])
                                                   : std::string_view();
}

std::string_view usim_service_name(std::size_t number) {
  return number >= 1 && number <= kUsimServices.size() ? kUsimServices[number - 1]
                                                       : std::string_view();
}

bool ServiceTable::available(std::size_t number) const {
  const std::size_t bit = number - 1;
  return number != 0 && bit / 8 < octets.size() && ((octets[bit / 8] >> (bit % 8)) & 1) != 0;
}

std::vector<std::size_t> ServiceTable::numbers() const {
  std::vector<std::size_t> all;
  for (std::size_t number = 1; number <= octets.size() * 8; ++number) {
    if (available(number)) {
      all.push_back(number);
    }
  }
  return all;
}

}  // namespace ut::isim
