// EF_XCAPConfigData (TS 31.103 clause 4.2.19, the same in the USIM): how XCAP documents are
// reached, as the management object of TS 24.424 would say it [XC-1].
#pragma once

#include "base/bytes.h"
#include "base/result.h"
#include "base/secret.h"

#include <optional>
#include <string>
#include <vector>

namespace ut::isim {

// One part of the policy: how to connect and authenticate. Texts are printable UTF-8, empty where
// the card gives none; personal data [KEY-6].
struct XcapConnection {
  Bytes access{};                    // 81: the access, as octets
  std::string application_name{};    // 82
  std::string provider_id{};         // 83
  std::string uri{};                 // 84: the XCAP root
  std::string user_name{};           // 85: for XCAP authentication
  SecretBytes password{};            // 86
  std::string authentication{};      // 87: type of XCAP authentication
  std::string address_type{};        // 88
  std::string address{};             // 89
  std::string pdp_authentication{};  // 8A
  std::string pdp_name{};            // 8B
  SecretBytes pdp_secret{};          // 8C
};

struct XcapConfig {
  Bytes access{};                             // 81: the access for XCAP, as octets
  std::optional<unsigned> announced{};        // 82: how many parts there should be
  std::vector<XcapConnection> connections{};  // A1, in their order

  // The XCAP root: the first URI of a connection; empty when there is none.
  std::string root() const;
};

// The policy A0, or the data object 80 of the BER-TLV file that it stands in.
Result<XcapConfig> decode_xcap_config(ByteView object);

}  // namespace ut::isim
