// What the lab counts, and the rules that it saw broken.
#pragma once

#include <nlohmann/json_fwd.hpp>

#include <cstdint>
#include <map>
#include <string>
#include <string_view>

namespace ut::lab {

using Count = std::uint64_t;
using Counts = std::map<std::string, Count, std::less<>>;

struct BsfStats {
  Count connections = 0;
  Count requests = 0;
  Count initial_requests = 0;  // with empty nonce and response
  Count tmpi_requests = 0;     // of these, with a TMPI
  Count challenges = 0;
  Count bootstrapped = 0;  // Ub runs that ended with 200
  Count auts = 0;          // synchronisation failures with a right MAC-S
  Counts refused{};        // by reason
};

struct NafStats {
  Count connections = 0;
  Count open_connections = 0;
  Count full_handshakes = 0;
  Count resumed_handshakes = 0;
  Count failed_handshakes = 0;
  Count psk_handshakes = 0;          // of full and resumed ones, by PSK TLS
  Count psk_unknown_identities = 0;  // that PSK TLS came with
  Count certificate_handshakes = 0;  // of full and resumed ones, with a client certificate
  std::string last_handshake_error{};
  Counts negotiated{};           // "TLSv1.3 TLS_AES_128_GCM_SHA256": handshakes
  Count application_octets = 0;  // decrypted octets that came from clients
  Count requests = 0;            // with a whole header
  Count authenticated = 0;
  // Of requests that carried no Authorization: how many by method, and the octets of their bodies.
  Counts without_authorization{};
  Count body_octets_without_authorization = 0;
  Count aka_challenges = 0;             // 401 with challenges of AKA
  Count aka_authenticated = 0;          // of authenticated
  Count aka_resynchronised = 0;         // synchronisation failures with a right MAC-S
  Count certificate_authenticated = 0;  // of authenticated
  Count certificates_issued = 0;        // by the PKI portal
  Counts challenged{};                  // 401 by reason
  Counts statuses{};                    // "200": answers
};

// Of an application server behind an Authentication Proxy.
struct ApplicationServerStats {
  Count requests = 0;
  Count refused = 0;             // by no proxy, or without an asserted identity
  Counts asserted_identities{};  // whom the proxy vouched for: requests
};

struct Stats {
  BsfStats bsf{};
  std::map<std::string, NafStats, std::less<>> nafs{};
  std::map<std::string, ApplicationServerStats, std::less<>> application_servers{};
  // Rules of HTTP, Digest and GBA that a client broke, with how often; also where the lab was
  // lenient.
  Counts findings{};

  // Counts and logs one broken rule; `where` is "bsf" or the NAF's name.
  void finding(std::string_view where, std::string_view rule);
  void reset();
};

nlohmann::json to_json(const Stats& stats);

}  // namespace ut::lab
