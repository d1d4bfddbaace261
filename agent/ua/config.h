// The settings of the gateway; agent/daemon fills them from the configuration file.
#pragma once

#include "agent/gba/digest.h"
#include "agent/gba/naf_id.h"
#include "agent/ua/client_certificate_source.h"
#include "agent/ua/method.h"
#include "tls/client_certificate.h"
#include "tls/pin.h"
#include "tls/profile.h"

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace ut::ua {

// Which quality of protection is taken when a NAF offers both. Inside TLS the channel gives
// integrity, so auth suffices (TS 24.109 clause 5.2.6).
enum class QopPreference : std::uint8_t { auth, auth_int };

// What is special about one NAF.
struct NafSettings {
  // Where to connect instead of what DNS says, for labs: host name or IP address; empty: the FQDN.
  // Name, key and certificate stay those of the FQDN.
  std::string address{};
  std::uint16_t address_port = 0;  // 0: the port of the request
  // A 2xx without any challenge is passed on [UT-1]: the NAF asks for no authentication.
  bool allow_unauthenticated = false;
  // A 2xx must prove that the NAF knows the key [UA-3].
  bool require_rspauth = true;
  QopPreference qop = QopPreference::auth;
  // Digest alone unless the configuration says more: PSK sends the B-TID in the clear, to whoever
  // answers at the NAF's address.
  AllowedWays ways{};
  std::string psk_separator = ";";  // between name space and B-TID in the PSK identity
  // AKA on Ut, most wanted first. AKAv1 is there only if asked for: its RES is also what the card
  // answers elsewhere, so who passes a challenge on could use it here (RFC 4169) [UT-7].
  std::vector<gba::DigestAlgorithm> aka_algorithms{gba::DigestAlgorithm::akav2_sha256,
                                                   gba::DigestAlgorithm::akav2_md5};
  std::vector<std::string> aka_realms{};  // that the NAF may name; none: its FQDN alone
  // For the method certificate: files or PKCS #11 URIs as configured, and what was made of them: a
  // certificate with its key, or who asks the token for it. nullptr: none.
  std::string client_certificate_file{};
  std::string client_key_file{};
  std::string client_key_pin_file{};
  std::shared_ptr<const tls::ClientCertificate> client_certificate{};
  std::shared_ptr<ClientCertificateSource> client_token{};
  // For the method subscriber_certificate: FQDN of the PKI portal.
  std::string pki_portal{};
  // What the Ks_NAF of HTTP Digest in TLS is for; nullopt: 010001yyzz of the suite.
  std::optional<gba::UaProtocolId> ua_protocol_id{};
  // Of which its certificate must have a key; none: any that a CA vouches for.
  std::vector<tls::Pin> pins{};
  // Reached without TLS [UA-10]. Only a build for conformance tests lets a configuration say so.
  bool plain_http = false;
};

struct UaConfig {
  std::map<std::string, NafSettings, std::less<>> nafs{};  // by FQDN, lower case

  tls::Revocation ocsp_stapling = tls::Revocation::soft;
  tls::Revocation crls = tls::Revocation::soft;

  std::string user_agent = "ut-agent";  // for applications that name nothing

  bool log_exchanges = true;  // one line "ut.exchange" a request

  std::size_t channels_per_naf = 32;
  std::size_t waiting_per_naf = 1024;  // requests that wait for a channel: limit_queue beyond

  // Times are kept by a sweep, so they end up to `sweep_period` late.
  std::chrono::milliseconds connect_timeout{10'000};  // resolve, connect and TLS together
  std::chrono::milliseconds send_timeout{15'000};
  std::chrono::milliseconds answer_timeout{30'000};  // from the request to the whole header
  std::chrono::milliseconds body_timeout{15'000};    // between two pieces of the body
  std::chrono::milliseconds idle_timeout{30'000};    // of an unused channel
  std::chrono::milliseconds sweep_period{1'000};

  std::size_t header_limit = 16 * 1024;          // octets of a NAF's header
  std::uint64_t body_limit = 64 * 1024 * 1024;   // octets of a NAF's body
  std::size_t drain_limit = 64 * 1024;           // of the body of a 401, else the channel is closed
  std::size_t auth_int_limit = 4 * 1024 * 1024;  // of a body that is held to check auth-int

  // A NAF that refused a fresh key rests this long, twice as long after each further time [UA-4].
  std::chrono::seconds first_back_off{5};
  std::chrono::seconds longest_back_off{300};
};

// The realm that AKA on Ut begins with, of the NAF with this FQDN.
inline const std::string& first_aka_realm(const NafSettings& settings, const std::string& fqdn) {
  return settings.aka_realms.empty() ? fqdn : settings.aka_realms.front();
}

// `naf` where the configuration has it, else "other": a name of which there are so many and no
// more.
inline std::string_view bounded_name(const UaConfig& config, std::string_view naf) {
  return config.nafs.contains(naf) ? naf : "other";
}

// The settings of `naf`, or those of a NAF that nothing is configured for.
inline const NafSettings& settings_of(const UaConfig& config, const std::string& naf) {
  static const NafSettings kNone;
  const auto found = config.nafs.find(naf);
  return found == config.nafs.end() ? kNone : found->second;
}

// The port of a request that names none, which `Host` does not name either. agent/local gives such
// requests the port of https.
inline constexpr std::uint16_t kTlsPort = 443;
inline constexpr std::uint16_t kPlainHttpPort = 80;
inline std::uint16_t default_port(const NafSettings& naf) {
  return naf.plain_http ? kPlainHttpPort : kTlsPort;
}

}  // namespace ut::ua
