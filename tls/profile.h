// What TLS may negotiate, as data [UT-4 UT-9]. docs/tls-profile.md argues every row,
// tests/golden/tls-profile-*.txt pins what print() shows of it.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace ut::tls {

// The one application protocol that is offered (RFC 7301).
inline constexpr std::string_view kAlpn = "http/1.1";

// The wire value of a protocol version.
enum class Version : std::uint16_t { tls12 = 0x0303, tls13 = 0x0304 };

// "TLSv1.2", "TLSv1.3".
std::string_view version_name(Version version);

// How the shared secret is made; all have forward secrecy. TLS 1.3 suites do not say more than
// `ephemeral`.
enum class KeyExchange : std::uint8_t {
  ephemeral,
  dhe_rsa,
  ecdhe_rsa,
  ecdhe_ecdsa,
  dhe_psk,
  ecdhe_psk
};

// What the server proves itself by; never both in one profile, so that one is not taken for the
// other [UT-2].
enum class Authentication : std::uint8_t { certificate, psk };

// The kinds of bulk protection that are allowed; each has an effective key of 128 bits or more.
enum class Protection : std::uint8_t { chacha20_poly1305, aes_gcm, aes_cbc_sha256 };

struct Suite {
  std::uint16_t number;           // IANA number, 0xc02b
  std::string_view name;          // IANA name, "TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256"
  std::string_view library_name;  // what wolfSSL calls it
  Version version;
  KeyExchange key_exchange;
  Protection protection;
};

struct Group {
  std::uint16_t number;   // IANA number of the supported group
  std::string_view name;  // IANA name, "secp256r1"
};

struct SignatureScheme {
  std::uint16_t number;           // RFC 8446 section 4.2.3
  std::string_view name;          // "ecdsa_secp256r1_sha256"
  std::string_view library_name;  // what wolfSSL calls it; empty: offered with the row before
};

// Sizes in bits, counted for the server's ephemeral and certificate keys, CA certificates included.
struct MinimumSizes {
  std::uint16_t rsa = 2048;
  std::uint16_t dh = 2048;
  std::uint16_t ecc = 256;
};

// Whether it must be shown that a server's certificate was not revoked.
enum class Revocation : std::uint8_t {
  off,   // nobody asks
  soft,  // what is shown must be good, but nothing need be shown
  hard,  // it must
};

struct Profile {
  std::vector<Version> versions;
  std::vector<Suite> suites;  // most wanted first
  std::vector<Group> groups;  // most wanted first
  std::vector<SignatureScheme> signature_schemes;
  MinimumSizes minimum;
  Authentication authentication = Authentication::certificate;
  // Refuse a TLS 1.2 server without the extended master secret (RFC 7627). Off: such NAFs exist.
  bool require_extended_master_secret = false;

  // What is asked for as OCSP status of the server's certificate (RFC 6066 section 8).
  Revocation stapling = Revocation::soft;
  // What the CRLs that come with the trust must tell of each certificate below the trusted one.
  Revocation crls = Revocation::soft;

  // nullptr when this is not in the profile.
  const Suite* suite(std::uint16_t number) const;
  const Group* group(std::uint16_t number) const;
  const SignatureScheme* signature_scheme(std::uint16_t number) const;
  bool has(Version version) const;
};

// Which bulk cipher is faster on the machine at hand decides which stands first.
enum class Preference : std::uint8_t { chacha20_first, aes_gcm_first };

// The preference of this machine: AES-GCM first where the processor has AES instructions, elsewhere
// ChaCha20, at half the cost of AES by tables.
Preference machine_preference();

// The profile of the agent: TLS 1.2 and 1.3, ephemeral key exchange, AEAD or AES-CBC with SHA-256.
Profile standard_profile(Preference preference = machine_preference());

// The profile of PSK TLS in one version: a client of this library that has a PSK for TLS 1.3 takes
// no TLS 1.2. Suites of TLS 1.3 are those with SHA-256, the hash of an external PSK (RFC 8446
// section 4.2.11) [UA-6].
Profile psk_profile(Version version, Preference preference = machine_preference());

// The same with other versions, e.g. {Version::tls12}; suites of absent versions are left out.
Profile restrict_versions(Profile profile, std::span<const Version> versions);

// Whether the suite of this IANA number leaves the server unauthenticated (DH_anon, ECDH_anon, NULL
// key exchange). None of them is ever offered.
bool is_anonymous_suite(std::uint16_t number);

// The profile as text, one item a line, in the order in which it is offered.
std::string print(const Profile& profile);

// All profiles of the agent, one after the other; each begins with its "authentication".
std::string print_all(Preference preference = machine_preference());

}  // namespace ut::tls
