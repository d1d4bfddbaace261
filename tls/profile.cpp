#include "tls/profile.h"

#include "tls/crypto/aes_gcm.h"

#include <algorithm>
#include <cstdio>
#include <tuple>
#include <utility>

namespace ut::tls {
namespace {

using enum Version;
using enum KeyExchange;
using enum Protection;

// Among equals the earlier row is offered first.
constexpr Suite kSuites[] = {
    {0x1301, "TLS_AES_128_GCM_SHA256", "TLS13-AES128-GCM-SHA256", tls13, ephemeral, aes_gcm},
    {0x1302, "TLS_AES_256_GCM_SHA384", "TLS13-AES256-GCM-SHA384", tls13, ephemeral, aes_gcm},
    {0x1303, "TLS_CHACHA20_POLY1305_SHA256", "TLS13-CHACHA20-POLY1305-SHA256", tls13, ephemeral,
     chacha20_poly1305},
    {0xc02b, "TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256", "ECDHE-ECDSA-AES128-GCM-SHA256", tls12,
     ecdhe_ecdsa, aes_gcm},
    {0xc02f, "TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256", "ECDHE-RSA-AES128-GCM-SHA256", tls12,
     ecdhe_rsa, aes_gcm},
    {0xc02c, "TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384", "ECDHE-ECDSA-AES256-GCM-SHA384", tls12,
     ecdhe_ecdsa, aes_gcm},
    {0xc030, "TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384", "ECDHE-RSA-AES256-GCM-SHA384", tls12,
     ecdhe_rsa, aes_gcm},
    {0xcca9, "TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256", "ECDHE-ECDSA-CHACHA20-POLY1305",
     tls12, ecdhe_ecdsa, chacha20_poly1305},
    {0xcca8, "TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305_SHA256", "ECDHE-RSA-CHACHA20-POLY1305", tls12,
     ecdhe_rsa, chacha20_poly1305},
    {0x009e, "TLS_DHE_RSA_WITH_AES_128_GCM_SHA256", "DHE-RSA-AES128-GCM-SHA256", tls12, dhe_rsa,
     aes_gcm},
    {0x009f, "TLS_DHE_RSA_WITH_AES_256_GCM_SHA384", "DHE-RSA-AES256-GCM-SHA384", tls12, dhe_rsa,
     aes_gcm},
    {0xccaa, "TLS_DHE_RSA_WITH_CHACHA20_POLY1305_SHA256", "DHE-RSA-CHACHA20-POLY1305", tls12,
     dhe_rsa, chacha20_poly1305},
    {0xc023, "TLS_ECDHE_ECDSA_WITH_AES_128_CBC_SHA256", "ECDHE-ECDSA-AES128-SHA256", tls12,
     ecdhe_ecdsa, aes_cbc_sha256},
    {0xc027, "TLS_ECDHE_RSA_WITH_AES_128_CBC_SHA256", "ECDHE-RSA-AES128-SHA256", tls12, ecdhe_rsa,
     aes_cbc_sha256},
    {0x0067, "TLS_DHE_RSA_WITH_AES_128_CBC_SHA256", "DHE-RSA-AES128-SHA256", tls12, dhe_rsa,
     aes_cbc_sha256},
    {0x006b, "TLS_DHE_RSA_WITH_AES_256_CBC_SHA256", "DHE-RSA-AES256-SHA256", tls12, dhe_rsa,
     aes_cbc_sha256},
};

// RFC 5487, RFC 5489, RFC 7905, RFC 8442. Those of RFC 4279 have HMAC-SHA-1.
constexpr Suite kPskSuites[] = {
    {0x1301, "TLS_AES_128_GCM_SHA256", "TLS13-AES128-GCM-SHA256", tls13, ephemeral, aes_gcm},
    {0x1303, "TLS_CHACHA20_POLY1305_SHA256", "TLS13-CHACHA20-POLY1305-SHA256", tls13, ephemeral,
     chacha20_poly1305},
    {0xd001, "TLS_ECDHE_PSK_WITH_AES_128_GCM_SHA256", "ECDHE-PSK-AES128-GCM-SHA256", tls12,
     ecdhe_psk, aes_gcm},
    {0xccac, "TLS_ECDHE_PSK_WITH_CHACHA20_POLY1305_SHA256", "ECDHE-PSK-CHACHA20-POLY1305", tls12,
     ecdhe_psk, chacha20_poly1305},
    {0x00aa, "TLS_DHE_PSK_WITH_AES_128_GCM_SHA256", "DHE-PSK-AES128-GCM-SHA256", tls12, dhe_psk,
     aes_gcm},
    {0x00ab, "TLS_DHE_PSK_WITH_AES_256_GCM_SHA384", "DHE-PSK-AES256-GCM-SHA384", tls12, dhe_psk,
     aes_gcm},
    {0xccad, "TLS_DHE_PSK_WITH_CHACHA20_POLY1305_SHA256", "DHE-PSK-CHACHA20-POLY1305", tls12,
     dhe_psk, chacha20_poly1305},
    {0xc037, "TLS_ECDHE_PSK_WITH_AES_128_CBC_SHA256", "ECDHE-PSK-AES128-CBC-SHA256", tls12,
     ecdhe_psk, aes_cbc_sha256},
    {0x00b2, "TLS_DHE_PSK_WITH_AES_128_CBC_SHA256", "DHE-PSK-AES128-CBC-SHA256", tls12, dhe_psk,
     aes_cbc_sha256},
};

// TLS 1.3 sends a key share for the first. X25519 costs half of what P-256 does in this library,
// which also keeps tables of 800 kB for each of up to 15 points of P-256; a server that has P-256
// alone, which 3GPP demands of all (TS 33.210), asks for it with a HelloRetryRequest.
constexpr std::uint16_t kX25519 = 29;
constexpr Group kGroups[] = {{kX25519, "x25519"}, {23, "secp256r1"}, {24, "secp384r1"}};

constexpr SignatureScheme kSignatureSchemes[] = {
    {0x0403, "ecdsa_secp256r1_sha256", "ECDSA+SHA256"},
    {0x0503, "ecdsa_secp384r1_sha384", "ECDSA+SHA384"},
    {0x0804, "rsa_pss_rsae_sha256", "RSA-PSS+SHA256"},
    {0x0809, "rsa_pss_pss_sha256", ""},
    {0x0805, "rsa_pss_rsae_sha384", "RSA-PSS+SHA384"},
    {0x080a, "rsa_pss_pss_sha384", ""},
    {0x0806, "rsa_pss_rsae_sha512", "RSA-PSS+SHA512"},
    {0x080b, "rsa_pss_pss_sha512", ""},
    {0x0401, "rsa_pkcs1_sha256", "RSA+SHA256"},
    {0x0501, "rsa_pkcs1_sha384", "RSA+SHA384"},
    {0x0601, "rsa_pkcs1_sha512", "RSA+SHA512"},
};

// Newest version first; then AEAD before CBC, elliptic curves before finite fields, the faster
// bulk cipher before the slower.
auto rank(const Suite& suite, Preference preference) {
  const Protection fast = preference == Preference::chacha20_first ? chacha20_poly1305 : aes_gcm;
  return std::tuple(suite.version != tls13, suite.protection == aes_cbc_sha256,
                    suite.key_exchange == dhe_rsa || suite.key_exchange == dhe_psk,
                    suite.protection != fast);
}

Profile make(std::span<const Suite> suites, Preference preference) {
  Profile profile;
  profile.versions = {tls13, tls12};
  const auto rank_of = [preference](const Suite& suite) { return rank(suite, preference); };
  for (const Suite& suite : suites) {
    profile.suites.insert(std::ranges::upper_bound(profile.suites, rank_of(suite), {}, rank_of),
                          suite);
  }
  profile.groups.assign(std::begin(kGroups), std::end(kGroups));
  profile.signature_schemes.assign(std::begin(kSignatureSchemes), std::end(kSignatureSchemes));
  return profile;
}

template <class Rows>
auto* find_number(Rows& rows, std::uint16_t number) {
  const auto at = std::ranges::find(rows, number, [](const auto& row) { return row.number; });
  return at == rows.end() ? nullptr : &*at;
}

std::string hex4(std::uint16_t number) {
  char text[8];
  std::snprintf(text, sizeof text, "0x%04x", static_cast<unsigned>(number));
  return text;
}

}  // namespace

std::string_view version_name(Version version) {
  switch (version) {
    case tls12:
      return "TLSv1.2";
    case tls13:
      return "TLSv1.3";
  }
  return "";
}

const Suite* Profile::suite(std::uint16_t number) const {
  return find_number(suites, number);
}

const Group* Profile::group(std::uint16_t number) const {
  return find_number(groups, number);
}

const SignatureScheme* Profile::signature_scheme(std::uint16_t number) const {
  return find_number(signature_schemes, number);
}

bool Profile::has(Version version) const {
  return std::ranges::find(versions, version) != versions.end();
}

Preference machine_preference() {
  return crypto::has_aes_instructions() ? Preference::aes_gcm_first : Preference::chacha20_first;
}

Profile standard_profile(Preference preference) {
  return make(kSuites, preference);
}

Profile psk_profile(Version version, Preference preference) {
  Profile profile = restrict_versions(make(kPskSuites, preference), std::span(&version, 1));
  profile.authentication = Authentication::psk;
  if (version == tls12) {
    // wolfSSL 5.5.4 ends ECDHE_PSK with X25519 as "bad peer key" (-352).
    std::erase_if(profile.groups, [](const Group& group) { return group.number == kX25519; });
  }
  return profile;
}

Profile restrict_versions(Profile profile, std::span<const Version> versions) {
  const auto absent = [versions](Version version) {
    return std::ranges::find(versions, version) == versions.end();
  };
  std::erase_if(profile.versions, absent);
  std::erase_if(profile.suites, [&](const Suite& suite) { return absent(suite.version); });
  return profile;
}

bool is_anonymous_suite(std::uint16_t number) {
  // https://www.iana.org/assignments/tls-parameters: all whose name has "_anon_", and
  // NULL_WITH_NULL.
  static constexpr std::uint16_t kAnonymous[] = {
      0x0000, 0x0017, 0x0018, 0x0019, 0x001a, 0x001b, 0x0034, 0x003a, 0x0046, 0x006c,
      0x006d, 0x0089, 0x009b, 0x00a6, 0x00a7, 0x00bf, 0x00c5, 0xc015, 0xc016, 0xc017,
      0xc018, 0xc019, 0xc046, 0xc047, 0xc05a, 0xc05b, 0xc084, 0xc085};
  return std::ranges::find(kAnonymous, number) != std::end(kAnonymous);
}

std::string print(const Profile& profile) {
  std::string text;
  const auto line = [&text](std::string_view kind, std::string_view value) {
    text.append(kind).append(" ").append(value).append("\n");
  };
  const auto numbered = [&](std::string_view kind, std::uint16_t number, std::string_view name) {
    line(kind, hex4(number).append(" ").append(name));
  };
  const bool by_certificate = profile.authentication == Authentication::certificate;
  line("authentication", by_certificate ? "certificate" : "psk");
  for (const Version version : profile.versions) {
    line("version", version_name(version));
  }
  for (const Suite& suite : profile.suites) {
    numbered("suite", suite.number, suite.name);
  }
  for (const Group& group : profile.groups) {
    numbered("group", group.number, group.name);
  }
  if (by_certificate) {
    for (const SignatureScheme& scheme : profile.signature_schemes) {
      numbered("signature", scheme.number, scheme.name);
    }
    line("minimum", "RSA " + std::to_string(profile.minimum.rsa));
  }
  line("minimum", "DH " + std::to_string(profile.minimum.dh));
  line("minimum", "ECC " + std::to_string(profile.minimum.ecc));
  line("extended_master_secret", profile.require_extended_master_secret ? "required" : "offered");
  line("alpn", kAlpn);
  line("compression", "none");
  line("renegotiation", "refused");
  line("early_data", "never");
  return text;
}

std::string print_all(Preference preference) {
  return print(standard_profile(preference)) + print(psk_profile(tls13, preference)) +
         print(psk_profile(tls12, preference));
}

}  // namespace ut::tls
