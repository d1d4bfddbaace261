// What the server chose, read off the wire before the library acts on it, so that the library's
// word is not the only one [UT-4].
#pragma once

#include "base/bytes.h"
#include "base/result.h"
#include "tls/profile.h"

#include <cstdint>
#include <optional>
#include <string>

namespace ut::tls {

struct ServerChoice {
  std::optional<Version> version;
  std::uint16_t suite = 0;
  std::uint16_t group = 0;             // IANA number; 0 without one on the wire
  std::uint16_t dh_bits = 0;           // size of the DHE prime
  std::uint16_t signature_scheme = 0;  // of a TLS 1.2 ServerKeyExchange; 0 without one
  bool extended_master_secret = false;
  bool psk = false;        // TLS 1.3: a pre-shared key was chosen, of a ticket or an external one
  std::string psk_hint{};  // of a TLS 1.2 ServerKeyExchange; empty without one
  bool key_exchange = false;  // a TLS 1.2 ServerKeyExchange came
  bool abbreviated = false;   // TLS 1.2: ChangeCipherSpec without a ServerHelloDone before it
};

// Reads the part of the server's first flight that is in the clear: ServerHello in TLS 1.3;
// ServerHello and ServerKeyExchange in TLS 1.2 (RFC 8446 section 4.1.3, RFC 5246 section 7.4, RFC
// 4279, RFC 5489).
class ServerFlight {
 public:
  // `profile` must outlive the object. `offers_tls13`, `offers_session`: the ClientHello did, a
  // session of TLS 1.2.
  ServerFlight(const Profile& profile, bool offers_tls13, bool offers_session = false)
      : profile_(profile), offers_tls13_(offers_tls13), offers_session_(offers_session) {}

  // Takes octets in the order in which they came, in pieces of any size. Takes nothing more after
  // an error and when done.
  //   tls_version_refused   an older version than the profile has
  //   tls_peer_anonymous    a suite without authentication of the server
  //   tls_psk_not_chosen    a certificate or nothing, where the profile wants a pre-shared key
  //   tls_key_too_small     a DHE prime below the profile's minimum
  //   tls_profile_violated  anything else that is not in the profile, a downgrade, or keys that
  //                         change before they can have been agreed upon (CVE-2026-93304)
  //   tls_handshake_failed  octets that are no TLS
  Result<void> take(ByteView octets);

  // Nothing more can be read in the clear.
  bool done() const { return done_; }
  const ServerChoice& choice() const { return choice_; }

 private:
  Result<void> take_record(std::uint8_t type, ByteView payload);
  Result<void> take_change_cipher_spec();
  Result<void> take_message(std::uint8_t type, ByteView body);
  Result<void> take_server_hello(ByteView body);
  Result<void> take_extension(std::uint16_t type, ByteView body, bool retry);
  Result<void> take_key_exchange(ByteView body);
  bool wants_psk() const { return profile_.authentication == Authentication::psk; }
  Result<void> judge_hello(std::uint16_t version, bool downgraded);

  const Profile& profile_;
  bool offers_tls13_;
  bool offers_session_;
  bool done_ = false;
  bool hello_done_ = false;  // by ServerHelloDone
  bool retry_seen_ = false;
  Bytes record_;          // the record that is not whole yet
  Bytes message_;         // the message that is not whole yet
  std::size_t skip_ = 0;  // octets of a message that is not looked at
  std::uint16_t selected_version_ = 0;
  ServerChoice choice_;
};

}  // namespace ut::tls
