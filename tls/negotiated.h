// Whom a TLS connection must reach, and what its handshake settled.
#pragma once

#include "base/clock.h"
#include "base/error.h"
#include "tls/pin.h"
#include "tls/profile.h"
#include "tls/session_cache.h"

#include <boost/system/error_code.hpp>

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace ut::tls {

// Whom the stream must reach: the name that the certificate must carry.
struct Peer {
  std::string host;  // the NAF's FQDN; normalised by Stream::create
  std::uint16_t port = 443;
  std::string b_tid{};  // see SessionKey; with PSK no session is kept without it
  UtcTime psk_end{};    // of the key's life, and of every session made with it
  // In PSK TLS 1.2: TLS 1.3 would be taken too, so a server that says in its random that it could
  // have chosen it was made to choose TLS 1.2 (RFC 8446 section 4.1.3).
  bool takes_tls13 = false;
  // Of which the server's certificate must have a key; none: it may have any that a CA vouches for.
  std::vector<Pin> pins{};
};

// What the handshake settled, compared with the profile before any application data [UT-4 UT-11].
struct Negotiated {
  Version version = Version::tls12;
  std::uint16_t suite = 0;      // IANA number, for the Ua security protocol identifier
  std::string_view suite_name;  // IANA name
  std::string_view group;       // IANA name; empty for a resumed TLS 1.2 session and for DHE
  std::uint16_t dh_bits = 0;    // size of the DHE prime; 0 without DHE
  bool extended_master_secret = false;  // RFC 7627; always so in TLS 1.3
  bool resumed = false;
  std::string alpn;  // "http/1.1", or empty when the server does not do ALPN
  bool psk = false;  // the server proved itself by the pre-shared key, now or before the resumption
  bool client_certificate = false;  // we proved ourselves by ours, now or before the resumption
  CertificateFingerprint peer_certificate{};  // of the full handshake when resumed; none with PSK
  UtcTime peer_certificate_end{};             // with PSK: of the key
};

// Error codes of the stream's operations: an ErrorCode of the family tls, or Asio's own.
// asio::error::eof: the peer ended with close_notify. tls_truncated: without it.
const boost::system::error_category& error_category();
boost::system::error_code make_error_code(ErrorCode code);

}  // namespace ut::tls
