// The ways onto Ut, as data: which methods a NAF may be reached by, in which order they are tried,
// and what is remembered of what it took [UA-6 UT-8].
#pragma once

#include "base/clock.h"
#include "base/error.h"
#include "tls/profile.h"

#include <chrono>
#include <compare>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace ut::ua {

// How terminal and NAF authenticate each other.
enum class Method : std::uint8_t {
  digest,  // HTTP Digest with Ks_NAF in certificate-authenticated TLS (TS 33.222 clause 5.3)
  psk,     // PSK TLS with Ks_NAF (clause 5.4)
  aka,     // HTTP Digest AKA with the ISIM in certificate-authenticated TLS, without BSF (RFC 4169)
  certificate,             // client certificate from a file (clause 5.5)
  subscriber_certificate,  // client certificate that the PKI portal issued (TS 33.221)
};

// "digest", "psk", "aka", "certificate", "subscriber_certificate".
std::string_view name(Method method);
std::optional<Method> method_named(std::string_view name);

// Whether what authenticates the subscriber is the ISIM. A certificate from a file is not [UT-3].
bool is_isim_based(Method method);

// What authenticates the two ends when the channel is made.
enum class Handshake : std::uint8_t {
  certificate,             // the NAF by its certificate; the subscriber in HTTP
  psk,                     // both by the key
  client_certificate,      // both by certificates, ours from a file
  subscriber_certificate,  // both by certificates, ours of the PKI portal
};
Handshake handshake_of(Method method);

// One handshake that is tried. With certificates it takes the TLS version that comes.
struct Way {
  Handshake handshake = Handshake::certificate;
  tls::Version psk_version = tls::Version::tls13;
  auto operator<=>(const Way&) const = default;
};

// "certificate", "psk TLSv1.3", "subscriber certificate",
// "client certificate, not ISIM based".
std::string to_text(const Way& way);

// What is allowed with one NAF, most wanted first; never empty.
struct AllowedWays {
  std::vector<Method> methods{Method::digest};
  std::vector<tls::Version> psk_versions{tls::Version::tls13, tls::Version::tls12};

  bool has(Method method) const;
  bool has_psk(tls::Version version) const;
};

// Whom a channel leads to.
struct NafAddress {
  std::string fqdn;  // lower case, no trailing dot
  std::uint16_t port = 443;
  auto operator<=>(const NafAddress&) const = default;
};

// What a failed way means for the others.
enum class AfterFailure : std::uint8_t {
  give_up,            // it is the answer: who tries on would hide an attack or a refused subscriber
  try_on,             // the NAF does not speak this version: the next way may do
  without_handshake,  // the NAF does not do this handshake: the next other one may do
};
AfterFailure after_failure(const Way& way, const Error& error);

class WayMemory {
 public:
  // After this time the order of the configuration counts again, so that what made a NAF take a
  // less wanted way once does not last.
  static constexpr std::chrono::hours kRemembered{1};

  // The ways to try, each once: the one that `naf` took last, then those of `allowed` in order.
  std::vector<Way> plan(const NafAddress& naf, const AllowedWays& allowed, SteadyTime now) const;

  // `passed_over`: what was tried before and why it did not do, for people.
  void worked(const NafAddress& naf, const Way& way, SteadyTime now,
              std::vector<std::string> passed_over = {});

  // What a failed handshake of PSK with the key of `b_tid` means. A NAF that has done PSK and does
  // not choose it any more does not know this key, as TLS 1.3 has no other sign of that:
  // tls_psk_refused. With another key after that it does not do PSK any more.
  Error judge_psk(const NafAddress& naf, Error error, const std::string& b_tid);

  struct Remembered {
    Way way;
    SteadyTime first;  // when it took this way first
    bool has_done_psk = false;
    std::string unknown_b_tid{};  // whose key it did not choose since
    std::vector<std::string> passed_over{};
  };
  const std::map<NafAddress, Remembered>& all() const { return last_; }
  void forget_all() { last_.clear(); }

 private:
  std::map<NafAddress, Remembered> last_;
};

}  // namespace ut::ua
