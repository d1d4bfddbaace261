// Keys of TS 33.220 as the network side makes them.
#pragma once

#include "base/bytes.h"
#include "base/clock.h"
#include "base/secret.h"

#include <array>
#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace ut::lab {

// What the BSF keeps of one bootstrapping run (TS 33.220 clause 4.5.2).
struct SecurityAssociation {
  std::string b_tid;
  std::string impi;
  std::vector<std::string> impus;  // the user security settings: identities this IMPI may use
  Bytes rand;                      // 16 octets
  SecretBytes ks;                  // CK || IK, 32 octets
  UtcTime expires;
};
using Association = std::shared_ptr<const SecurityAssociation>;

// NAF_Id of HTTP Digest in TLS: FQDN || 01 00 01 yy zz, yy zz being the cipher suite of the very
// connection (TS 33.220 annex H.3).
Bytes naf_id(std::string_view fqdn, std::uint16_t cipher_suite);

// NAF_Id of another Ua security protocol (TS 33.220 annex H), by its identifier.
using UaProtocolId = std::array<std::uint8_t, 5>;
Bytes naf_id(std::string_view fqdn, const UaProtocolId& ua_protocol);

// NAF_Id of PSK TLS 1.3: FQDN || 01 00 00 00 07. That of PSK TLS 1.2 is as that of HTTP Digest.
Bytes naf_id_of_psk_tls13(std::string_view fqdn);

// Ks_NAF (TS 33.220 annex B.3): 32 octets.
// HMAC-SHA-256(Ks, 01 || "gba-me" 0006 || RAND 0010 || IMPI L2 || NAF_Id L3)
SecretBytes ks_naf(ByteView ks, ByteView rand, std::string_view impi, ByteView naf_id);

// TMPI (TS 33.220 annex B.4): base64 of the first 24 octets of the key that Ks gives for the BSF's
// name || 01 00 00 01 00, before this domain.
constexpr std::string_view kTmpiDomain = "@tmpi.bsf.3gppnetwork.org";
std::string tmpi(const SecurityAssociation& association, std::string_view bsf);

// The live associations, by B-TID: what Zn gives to NAFs.
class Associations {
 public:
  explicit Associations(const Clock& clock) : clock_(clock) {}

  // Replaces the association that the same IMPI had before.
  void put(Association association);
  // nullptr when it is unknown; an expired one is returned, as a NAF tells the two apart.
  Association find(std::string_view b_tid) const;
  bool expired(const SecurityAssociation& association) const {
    return association.expires <= clock_.utc();
  }
  void forget_all();
  std::size_t size() const { return by_b_tid_.size(); }

 private:
  const Clock& clock_;
  std::map<std::string, Association, std::less<>> by_b_tid_;
};

}  // namespace ut::lab
