#include "tls/certificate.h"

#include "tls/crypto/hash.h"
#include "tls/trust.h"

#include <wolfssl/options.h>
// options.h first: it holds the switches the library was built with.
#include <wolfssl/openssl/evp.h>
#include <wolfssl/openssl/x509v3.h>
#include <wolfssl/ssl.h>
#include <wolfssl/wolfcrypt/asn.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <climits>
#include <ctime>
#include <memory>
#include <ranges>
#include <string>
#include <vector>

namespace ut::tls {
namespace {

struct FreeX509 {
  void operator()(WOLFSSL_X509* x509) const { wolfSSL_X509_free(x509); }
};
struct FreeKey {
  void operator()(WOLFSSL_EVP_PKEY* key) const { wolfSSL_EVP_PKEY_free(key); }
};
struct FreeNames {
  void operator()(WOLFSSL_STACK* names) const {
    wolfSSL_sk_GENERAL_NAME_pop_free(names, wolfSSL_GENERAL_NAME_free);
  }
};
using X509 = std::unique_ptr<WOLFSSL_X509, FreeX509>;

Result<X509> parse(ByteView der) {
  X509 x509(wolfSSL_X509_d2i(nullptr, der.data(), static_cast<int>(der.size())));
  if (!x509) {
    return fail(ErrorCode::tls_certificate_untrusted, "check_certificates",
                "a certificate cannot be read");
  }
  return x509;
}

bool strong_signature(const WOLFSSL_X509& x509) {
  switch (wolfSSL_X509_get_signature_nid(&x509)) {
    case NID_sha256WithRSAEncryption:
    case NID_sha384WithRSAEncryption:
    case NID_sha512WithRSAEncryption:
    case NID_ecdsa_with_SHA256:
    case NID_ecdsa_with_SHA384:
    case NID_ecdsa_with_SHA512:
      return true;
    default:
      return false;
  }
}

struct KeySize {
  std::string_view kind = "neither RSA nor ECC";
  int bits = 0;
  int minimum = INT_MAX;

  bool large() const { return bits >= minimum; }
};

KeySize key_size(WOLFSSL_X509& x509, const MinimumSizes& minimum) {
  const std::unique_ptr<WOLFSSL_EVP_PKEY, FreeKey> key(wolfSSL_X509_get_pubkey(&x509));
  if (!key) {
    return {};
  }
  const int bits = wolfSSL_EVP_PKEY_bits(key.get());
  switch (wolfSSL_EVP_PKEY_base_id(key.get())) {
    case EVP_PKEY_RSA:
      return {"RSA", bits, minimum.rsa};
    case EVP_PKEY_EC:
      return {"ECC", bits, minimum.ecc};
    default:
      return {};
  }
}

std::vector<std::string> dns_names(const WOLFSSL_X509& x509) {
  std::vector<std::string> found;
  const std::unique_ptr<WOLFSSL_STACK, FreeNames> names(static_cast<WOLFSSL_STACK*>(
      wolfSSL_X509_get_ext_d2i(&x509, NID_subject_alt_name, nullptr, nullptr)));
  if (!names) {
    return found;
  }
  for (int i = 0; i < wolfSSL_sk_GENERAL_NAME_num(names.get()); ++i) {
    const WOLFSSL_GENERAL_NAME* name = wolfSSL_sk_GENERAL_NAME_value(names.get(), i);
    if (name == nullptr || name->type != GEN_DNS) {
      continue;
    }
    const auto* text =
        reinterpret_cast<const char*>(wolfSSL_ASN1_STRING_get0_data(name->d.dNSName));
    const int size = wolfSSL_ASN1_STRING_length(name->d.dNSName);
    if (text != nullptr && size > 0) {
      found.emplace_back(text, static_cast<std::size_t>(size));
    }
  }
  return found;
}

bool speaks_for(const WOLFSSL_X509& x509, std::string_view host, bool wildcards) {
  return std::ranges::any_of(dns_names(x509), [&](const std::string& dns_name) {
    return name_matches(dns_name, host) && (wildcards || !dns_name.starts_with('*'));
  });
}

// What a stranger wrote, for people: not as much as he likes, and no octets that do harm to a log.
std::string harmless(std::string_view text) {
  constexpr std::size_t kLongest = 64;
  constexpr std::string_view kPlain =
      "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-._* ";
  std::string plain(text.substr(0, kLongest));
  for (char& c : plain) {
    if (!kPlain.contains(c)) {
      c = '?';
    }
  }
  return plain;
}

std::string names_text(const WOLFSSL_X509& x509) {
  constexpr std::size_t kShown = 4;
  const auto names = dns_names(x509);
  if (names.empty()) {
    return "the certificate has no dNSName";
  }
  std::string text = "the certificate is for";
  for (const auto& name : names | std::views::take(kShown)) {
    text += ' ' + harmless(name);
  }
  return text + (names.size() > kShown ? " and more" : "");
}

std::string common_name(WOLFSSL_X509_NAME* of) {
  std::array<char, 256> name{};
  const int size = wolfSSL_X509_NAME_get_text_by_NID(of, NID_commonName, name.data(),
                                                     static_cast<int>(name.size()));
  return size <= 0 ? std::string() : std::string(name.data(), static_cast<std::size_t>(size));
}

// wolfSSL_X509_ext_isSet_by_NID does not know this extension.
bool has_name_constraints(ByteView der) {
  DecodedCert decoded;
  wc_InitDecodedCert(&decoded, der.data(), static_cast<word32>(der.size()), nullptr);
  const bool set =
      wc_ParseCert(&decoded, CERT_TYPE, NO_VERIFY, nullptr) != 0 || decoded.extNameConstraintSet;
  wc_FreeDecodedCert(&decoded);
  return set;
}

// Of a certificate they are octets of its signature, whatever key of the profile made that.
constexpr std::size_t kTail = 64;

bool same_tail(ByteView a, ByteView b) {
  return a.size() >= kTail && b.size() >= kTail && std::ranges::equal(a.last(kTail), b.last(kTail));
}

Result<UtcTime> time_of(const WOLFSSL_ASN1_TIME* time) {
  std::tm broken_down{};
  if (time == nullptr || wolfSSL_ASN1_TIME_to_tm(time, &broken_down) != WOLFSSL_SUCCESS) {
    return fail(ErrorCode::tls_certificate_untrusted, "check_certificates",
                "its validity cannot be read");
  }
  // Not by system_clock, whose nanoseconds end in 2262: a certificate may say 9999 (RFC 5280 clause
  // 4.1.2.5).
  return UtcTime(std::chrono::seconds(::timegm(&broken_down)));
}

}  // namespace

Result<CertificateSummary> summary_of(ByteView der) {
  TRY(const X509 x509, parse(der));
  CertificateSummary summary;
  TRY(summary.begin, time_of(wolfSSL_X509_get_notBefore(x509.get())));
  TRY(summary.end, time_of(wolfSSL_X509_get_notAfter(x509.get())));
  const Bytes fingerprint = crypto::hash(crypto::HashKind::sha256, der);
  std::ranges::copy(fingerprint, summary.fingerprint.begin());
  return summary;
}

bool has_strong_signature(ByteView der) {
  const auto x509 = parse(der);
  return x509 && strong_signature(**x509);
}

std::string common_name_of(ByteView der) {
  const auto x509 = parse(der);
  return x509 ? common_name(wolfSSL_X509_get_subject_name(x509->get())) : std::string();
}

std::string issuer_for_people(ByteView der) {
  const auto x509 = parse(der);
  return x509 ? harmless(common_name(wolfSSL_X509_get_issuer_name(x509->get()))) : std::string();
}

bool has_large_key(ByteView der, const MinimumSizes& minimum) {
  const auto x509 = parse(der);
  return x509 && key_size(**x509, minimum).large();
}

Result<CertificateSummary> check_certificates(std::span<const ByteView> chain,
                                              std::span<const Bytes> trusted, std::string_view host,
                                              const Profile& profile) {
  if (chain.empty()) {
    return fail(ErrorCode::tls_peer_anonymous, "check_certificates");
  }
  TRY(const X509 leaf, parse(chain.front()));
  bool constrained = false;
  for (const ByteView der : chain) {
    TRY(const X509 x509, parse(der));
    const std::string whose =
        der.data() == chain.front().data() ? "the NAF's certificate" : "a CA's certificate";
    if (const KeySize size = key_size(*x509, profile.minimum); !size.large()) {
      return fail(
          ErrorCode::tls_key_too_small, "check_certificates",
          whose + ": " + std::string(size.kind) + " of " + std::to_string(size.bits) + " bits");
    }
    const bool anchor = std::ranges::any_of(
        trusted, [der](const Bytes& known) { return std::ranges::equal(known, der); });
    if (!anchor && !strong_signature(*x509)) {
      return fail(ErrorCode::tls_signature_weak, "check_certificates", whose);
    }
    const bool borrowed =
        std::ranges::any_of(trusted, [der](const Bytes& known) { return same_tail(known, der); });
    if (!anchor && borrowed) {
      return fail(ErrorCode::tls_certificate_untrusted, "check_certificates",
                  "its signature is that of a trusted CA's own certificate");
    }
    constrained = constrained || has_name_constraints(der);
  }
  if (!speaks_for(*leaf, host, !constrained)) {
    return fail(ErrorCode::tls_name_mismatch, "check_certificates",
                "asked for " + std::string(host) + ", " + names_text(*leaf));
  }
  return summary_of(chain.front());
}

}  // namespace ut::tls
