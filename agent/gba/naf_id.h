// NAF_Id and the Ua security protocol identifiers (TS 33.220 annexes B.3 and H).
#pragma once

#include "base/bytes.h"

#include <array>
#include <compare>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace ut::gba {

// The five octets that say which protocol a Ks_NAF is for [KEY-2].
class UaProtocolId {
 public:
  static constexpr std::size_t size = 5;

  // 01 00 01 yy zz: HTTP Digest in TLS (TS 33.222 clause 5.3) and PSK TLS up to 1.2 (clause 5.4);
  // `suite` is the IANA number yy zz of the cipher suite that this very connection negotiated.
  static constexpr UaProtocolId tls(std::uint16_t suite) {
    return UaProtocolId({0x01, 0x00, 0x01, static_cast<std::uint8_t>(suite >> 8),
                         static_cast<std::uint8_t>(suite & 0xff)});
  }
  // 01 00 00 00 00: enrolment of subscriber certificates (TS 33.221).
  static constexpr UaProtocolId subscriber_certificates() {
    return UaProtocolId({0x01, 0x00, 0x00, 0x00, 0x00});
  }
  // 01 00 00 00 02: HTTP Digest over plain http (TS 24.109).
  static constexpr UaProtocolId http_digest() {
    return UaProtocolId({0x01, 0x00, 0x00, 0x00, 0x02});
  }
  // 01 00 00 00 07: PSK TLS 1.3 (TS 33.222 clause 5.4.0.2).
  static constexpr UaProtocolId psk_tls13() { return UaProtocolId({0x01, 0x00, 0x00, 0x00, 0x07}); }
  // 01 00 00 01 00: no protocol, but what a TMPI is made with (annex B.4).
  static constexpr UaProtocolId tmpi() { return UaProtocolId({0x01, 0x00, 0x00, 0x01, 0x00}); }
  static constexpr UaProtocolId from(const std::array<std::uint8_t, size>& octets) {
    return UaProtocolId(octets);
  }

  // Ten hexadecimal digits of either case; nullopt for anything else.
  static std::optional<UaProtocolId> from_text(std::string_view text);

  const std::array<std::uint8_t, size>& octets() const { return octets_; }
  // Ten lower-case hexadecimal digits.
  std::string to_text() const;
  auto operator<=>(const UaProtocolId&) const = default;

 private:
  explicit constexpr UaProtocolId(const std::array<std::uint8_t, size>& octets) : octets_(octets) {}
  std::array<std::uint8_t, size> octets_;
};

// FQDN || Ua security protocol identifier [KEY-1].
class NafId {
 public:
  // nullopt when `fqdn` is not a host name (normal_host_name): there is no key for an IP address.
  static std::optional<NafId> make(std::string_view fqdn, UaProtocolId ua);

  // Lower case, no trailing dot.
  const std::string& fqdn() const { return fqdn_; }
  UaProtocolId ua() const { return ua_; }
  // The octets that enter the KDF.
  Bytes octets() const;
  auto operator<=>(const NafId&) const = default;

 private:
  NafId(std::string fqdn, UaProtocolId ua) : fqdn_(std::move(fqdn)), ua_(ua) {}
  std::string fqdn_;
  UaProtocolId ua_;
};

}  // namespace ut::gba
