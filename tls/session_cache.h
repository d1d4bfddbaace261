// TLS sessions to resume [UT-6]: bounded, at most 24 hours old, never past the end of the
// certificate or of the pre-shared key that authenticated them. wolfSSL's heap, where the secrets
// of a session live, is locked memory.
#pragma once

#include "base/clock.h"
#include "tls/profile.h"

#include <array>
#include <chrono>
#include <compare>
#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <string_view>

struct WOLFSSL_SESSION;

namespace ut::tls {

using CertificateFingerprint = std::array<std::uint8_t, 32>;  // SHA-256 of the DER

struct SessionKey {
  std::string host;  // normalised
  std::uint16_t port = 443;
  std::string trust;    // Trust::id()
  std::string b_tid{};  // set when the keys of the session come from a bootstrapping (PSK TLS)
  auto operator<=>(const SessionKey&) const = default;
};

// A resumption skips the certificate and may not change these, so they are kept beside the session.
struct Session {
  std::shared_ptr<WOLFSSL_SESSION> handle{};
  Version version = Version::tls12;
  std::uint16_t suite = 0;
  bool extended_master_secret = false;
  CertificateFingerprint peer_certificate{};
  UtcTime peer_certificate_end{};  // of a session from PSK TLS: the end of the key's life
  UtcTime authenticated{};         // when the server was authenticated: age counts from here
};

class SessionCache {
 public:
  static constexpr std::chrono::hours kMaximumAge{24};

  // `clock` must outlive the cache. When `capacity` sessions are held the oldest gives way.
  explicit SessionCache(const Clock& clock, std::size_t capacity = 64);

  // Replaces the session of this key; one that may not be resumed any more is not taken.
  void store(SessionKey key, Session session);

  // nullptr when there is none that may be resumed. Valid until the next call that changes the
  // cache.
  const Session* find(const SessionKey& key);

  // After a failed authentication in either direction [UT-12].
  void forget(std::string_view host, std::uint16_t port);
  // The sessions that belong to a bootstrapping which ended [KEY-3].
  void forget_b_tid(std::string_view b_tid);
  void forget_all();

  std::size_t size() const { return sessions_.size(); }

 private:
  bool usable(const Session& session) const;

  const Clock& clock_;
  std::size_t capacity_;
  std::map<SessionKey, Session> sessions_;
};

}  // namespace ut::tls
