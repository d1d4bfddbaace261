// The NAF's side of Ua (TS 33.222 clauses 5.3 and 6, TS 24.109 clause 5): HTTP Digest with Ks_NAF
// inside TLS, or HTTP Digest AKA, in front of the XCAP server or, as an Authentication Proxy, of
// application servers.
#pragma once

#include "base/clock.h"
#include "tools/ut-lab/aka_challenger.h"
#include "tools/ut-lab/digest.h"
#include "tools/ut-lab/faults.h"
#include "tools/ut-lab/gba_keys.h"
#include "tools/ut-lab/hss.h"
#include "tools/ut-lab/http.h"
#include "tools/ut-lab/nonces.h"
#include "tools/ut-lab/secret_journal.h"
#include "tools/ut-lab/stats.h"
#include "tools/ut-lab/xcap_store.h"

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace ut::lab {

struct NafConfig {
  std::string name;  // FQDN, lower case
  // FQDNs of the application servers behind an Authentication Proxy, `name` the first of them;
  // empty where the NAF serves by itself.
  std::vector<std::string> proxy_names{};
  std::uint16_t port = 0;
  // Whole realm alternatives in the order of the challenge; the lab accepts "3GPP-bootstrapping@"
  // name only. Empty: that one alone.
  std::vector<std::string> realms{};
  std::vector<DigestAlgorithm> algorithms{DigestAlgorithm::md5};  // one challenge for each
  std::vector<std::string> qops{"auth", "auth-int"};
  NonceMode nonce_mode = NonceMode::set;
  std::chrono::seconds nonce_lifetime{300};
  bool next_nonce = false;  // every answer carries a nextnonce; always so with one-time nonces
  std::string tls_min = "1.2";
  std::string tls_max = "1.3";
  std::string cipher_list{};   // TLS 1.2, OpenSSL's syntax; empty: the lab's own list
  std::string ciphersuites{};  // TLS 1.3; empty: OpenSSL's default
  bool tls_tickets = true;     // false: sessions are kept at the server and resumed by id
  bool rsa = false;            // RSA 2048 certificate alone; otherwise ECDSA P-256 and RSA
  bool digest = true;          // certificate and HTTP Digest
  bool psk = false;            // PSK TLS
  std::vector<std::string> psk_hints{"3GPP-bootstrapping"};
  bool aka = false;         // certificate and HTTP Digest AKA
  bool aka_before = false;  // its challenges stand before those of GBA
  std::vector<AkaDigest> aka_algorithms{AkaDigest::v2_sha256, AkaDigest::v2_md5};
  std::string aka_realm{};          // empty: the name
  bool client_certificate = false;  // TLS with the subscriber's certificate
  std::string client_ca_file{};     // PEM: CAs beside the lab's own; empty: none
  bool pki_portal = false;          // a PKI portal in place of the XCAP server
  std::chrono::seconds certificate_lifetime{86400};
  std::optional<UaProtocolId> ua_protocol_id{};  // of HTTP Digest; absent: that of the TLS suite

  // Whether the NAF has one.
  bool certificate() const { return digest || aka || client_certificate; }
  bool client_certificate_alone() const { return client_certificate && !digest && !psk && !aka; }
  bool is_proxy() const { return !proxy_names.empty(); }
  // What server_name may say.
  std::vector<std::string> host_names() const {
    return is_proxy() ? proxy_names : std::vector<std::string>{name};
  }
  // Without bootstrapping, whichever way.
  bool aka_alone() const { return aka && !digest && !psk; }
  // A PSK NAF whose fault is to have a certificate takes HTTP Digest too.
  bool gba_digest() const { return digest || !aka; }
  bool plain_http = false;  // no TLS at all
};

// What the NAF knows of the certificate of a TLS client.
struct ClientCertificate {
  std::string common_name{};  // of the subject
  std::string objection{};    // why it counts no more; "": it does
  bool asked = true;          // false: no certificate was asked for, by a fault
};

class Portal;

class Naf {
 public:
  // `store` is shared by all NAFs that serve by themselves. `journal` may be null; with a `portal`
  // the NAF stands before that instead.
  Naf(NafConfig config, Hss& hss, const Associations& associations, XcapStore& store,
      Faults& faults, Stats& stats, const Clock& clock, SecretJournal* journal = nullptr,
      Portal* portal = nullptr);

  // One request that came on a TLS connection with this cipher suite (IANA number), which plain
  // http leaves unread. `psk_b_tid`: whose key authenticated the connection, if PSK TLS did;
  // `certificate`: that of the client, if the handshake accepted one.
  Response answer(const Request& request, std::uint16_t cipher_suite,
                  const std::optional<std::string>& psk_b_tid = std::nullopt,
                  const std::optional<ClientCertificate>& certificate = std::nullopt);

  // The two halves of answer(), for an Authentication Proxy, which asks its application server in
  // between: who is to be served, or what to answer at once.
  struct Admission;
  std::expected<Admission, Response> admit(const Request& request, std::uint16_t cipher_suite,
                                           const std::optional<std::string>& psk_b_tid,
                                           const std::optional<ClientCertificate>& certificate);
  // Adds to the application server's answer what the proxy owes the terminal.
  void finish(Response& response, const Request& request, const Admission& admission);

  const NafConfig& config() const { return config_; }
  void forget_nonces();

 private:
  struct Authenticated {
    std::string impi;
    std::vector<std::string> impus;
    Hash hash;
    SecretBytes ha1;         // of this request: the -sess form where it applies
    std::string next_nonce;  // "": none is to be told
  };
  // What an answer to HTTP Digest is proved with.
  struct Proof {
    DigestCredentials credentials;
    Authenticated authenticated;
  };

  std::expected<Authenticated, Response> authenticate_by_aka(const Request& request,
                                                             const DigestCredentials& credentials);
  std::expected<Authenticated, Response> authenticate(const Request& request,
                                                      const DigestCredentials& credentials,
                                                      std::uint16_t cipher_suite);
  std::expected<Admission, Response> admit_on_psk(const Request& request, std::string_view b_tid);
  std::expected<Admission, Response> admit_on_certificate(const Request& request,
                                                          const ClientCertificate& certificate);
  // The identity to be asserted; status 403 for one that is not the user's.
  std::expected<Admission, Response> admit_user(const Request& request, std::string impi,
                                                std::vector<std::string> impus);
  std::expected<std::string, Response> asserted_identity(const Request& request,
                                                         const std::vector<std::string>& impus);
  Response serve(const Request& request, const Admission& admission);
  // 401 with the challenges of GBA, where the NAF does HTTP Digest with it, and those of AKA for a
  // known `aka_impi`; 403 when there is nobody to challenge.
  Response challenge(std::string_view reason, bool aka_stale, std::string_view aka_impi = {});
  // 401 to who came with a B-TID.
  Response challenge_by_gba(std::string_view reason, bool stale);
  Response unauthorized(std::string_view reason, std::vector<HeaderField> challenges);
  std::vector<HeaderField> gba_challenges(bool stale);
  Response refuse(unsigned status, std::string_view rule);
  bool tells_next_nonce() const;
  void add_authentication_info(Response& response, const Request& request,
                               const DigestCredentials& credentials,
                               const Authenticated& authenticated);
  const SecretBytes& cached_ha1(const Association& association, std::string_view username,
                                std::string_view realm, DigestAlgorithm algorithm,
                                std::uint16_t cipher_suite);

  // HA1 of one B-TID, suite and hash: derived once, as requests come by the thousand.
  struct CachedHa1 {
    Association association;
    SecretBytes ha1;
  };

  NafConfig config_;
  std::string realm_;
  Hss& hss_;
  const Associations& associations_;
  XcapStore& store_;
  Faults& faults_;
  Stats& stats_;
  Nonces nonces_;
  std::string opaque_;
  SecretJournal* journal_;
  Portal* portal_;
  std::unordered_map<std::string, CachedHa1> ha1_cache_;
  std::optional<AkaChallenger> aka_;
};

struct Naf::Admission {
  std::string impi;
  std::vector<std::string> impus;
  std::string asserted_identity;
  std::optional<Proof> proof{};  // nothing where TLS has authenticated
};

// The identities of an X-3GPP-Intended-Identity value: quoted strings or bare URIs, separated by
// commas; nullopt when it is malformed.
std::optional<std::vector<std::string>> parse_identities(std::string_view value);

}  // namespace ut::lab
