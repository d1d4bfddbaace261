// The further files of the ISIM (TS 31.103 clauses 4.2.8 and 4.2.16 to 4.2.23): pure functions over
// the octets read. Records that hold nothing are nullopt.
#pragma once

#include "base/bytes.h"
#include "base/result.h"

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace ut::isim {

// A record of EF_P-CSCF (clause 4.2.8): 80 L, one octet for the type, the address.
struct PCscfAddress {
  enum class Type : std::uint8_t { fqdn = 0x00, ipv4 = 0x01, ipv6 = 0x02 };
  Type type = Type::fqdn;
  std::string address{};  // a domain name, "192.0.2.1" or "2001:db8::1"
  bool operator==(const PCscfAddress&) const = default;
};
Result<std::optional<PCscfAddress>> decode_p_cscf_record(ByteView record);

// A record of EF_UICCIARI (clause 4.2.16): an IMS application reference identifier.
Result<std::optional<std::string>> decode_uicciari_record(ByteView record);

// A record of EF_WebRTCURI (clause 4.2.20): the URI of a WebRTC web server function.
Result<std::optional<std::string>> decode_webrtc_uri_record(ByteView record);

// EF_FromPreferred (clause 4.2.17): the From header field, and not P-Asserted-Identity, decides who
// a call is shown to come from.
Result<bool> decode_from_preferred(ByteView octets);

// EF_IMSDCI (clause 4.2.23): when the IMS data channel may be set up.
enum class ImsDataChannel : std::uint8_t {
  not_allowed = 0x00,
  after_session = 0x01,
  with_session = 0x02,
};
Result<ImsDataChannel> decode_imsdci(ByteView octets);

// Languages of EF_PL and EF_LI (TS 102 221 clause 13.3, TS 31.102 clause 4.2.1): two letters of ISO
// 639 each, in the order of preference; FFFF is left out.
Result<std::vector<std::string>> decode_languages(ByteView octets);

}  // namespace ut::isim
