#include "tls/trust.h"

#include "base/encoding.h"
#include "tls/crypto/hash.h"
#include "tls/der_set.h"

#include <wolfssl/options.h>
// options.h first: it holds the switches the library was built with.
#include <wolfssl/wolfcrypt/asn_public.h>

#include <algorithm>
#include <fstream>
#include <sstream>
#include <utility>

namespace ut::tls {
namespace {

constexpr std::string_view kBegin = "-----BEGIN CERTIFICATE-----";
constexpr std::string_view kEnd = "-----END CERTIFICATE-----";

char lower(char c) {
  return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
}

bool is_ldh(char c) {
  return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-';
}

bool is_digit(char c) {
  return c >= '0' && c <= '9';
}

// RFC 1123 section 2.1; `label` is lower case.
bool valid_label(std::string_view label) {
  return !label.empty() && label.size() <= 63 && label.front() != '-' && label.back() != '-' &&
         std::ranges::all_of(label, is_ldh);
}

std::string lower_case(std::string_view text) {
  std::string lowered(text);
  std::ranges::transform(lowered, lowered.begin(), lower);
  return lowered;
}

}  // namespace

Result<Trust> Trust::from_pem(std::string_view pem) {
  Trust trust;
  for (std::size_t begin = pem.find(kBegin); begin != std::string_view::npos;
       begin = pem.find(kBegin)) {
    const std::size_t end = pem.find(kEnd, begin);
    if (end == std::string_view::npos) {
      return fail(ErrorCode::tls_trust_unusable, "Trust::from_pem", "a certificate has no end");
    }
    const std::string_view block = pem.substr(begin, end + kEnd.size() - begin);
    Bytes der(block.size());
    const int size = wc_CertPemToDer(reinterpret_cast<const unsigned char*>(block.data()),
                                     static_cast<int>(block.size()), der.data(),
                                     static_cast<int>(der.size()), CA_TYPE);
    if (size <= 0) {
      return fail(ErrorCode::tls_trust_unusable, "Trust::from_pem",
                  ForeignNumber{ForeignKind::tls, size});
    }
    der.resize(static_cast<std::size_t>(size));
    trust.certificates_.push_back(std::move(der));
    pem.remove_prefix(end + kEnd.size());
  }
  if (trust.certificates_.empty()) {
    return fail(ErrorCode::tls_trust_unusable, "Trust::from_pem", "it holds no certificate");
  }
  trust.id_ = make_set(trust.certificates_);
  return trust;
}

Result<Trust> Trust::from_file(const std::string& path) {
  std::ifstream in(path, std::ios::binary);
  std::ostringstream pem;
  pem << in.rdbuf();
  auto trust = from_pem(pem.str());
  if (!trust) {
    trust.error().detail = path;
  }
  return trust;
}

void Trust::add_crls(CrlSet crls) {
  id_ = to_hex(crypto::hash(crypto::HashKind::sha256, as_bytes(id_ + crls.id())));
  crls_ = std::move(crls);
}

Result<std::string> normalise_name(std::string_view fqdn) {
  const auto refuse = [fqdn] {
    return fail(ErrorCode::tls_name_invalid, "normalise_name", std::string(fqdn.substr(0, 255)));
  };
  std::string name = lower_case(fqdn);
  if (name.ends_with('.')) {
    name.pop_back();
  }
  if (name.empty() || name.size() > 253) {
    return refuse();
  }
  std::string_view rest = name;
  std::string_view label;
  for (;;) {
    const std::size_t dot = rest.find('.');
    label = rest.substr(0, dot);
    if (!valid_label(label)) {
      return refuse();
    }
    if (dot == std::string_view::npos) {
      break;
    }
    rest.remove_prefix(dot + 1);
  }
  // No top-level domain is numeric, and inet_aton(3) takes "10.1" and "0x7f.1" for addresses.
  if (std::ranges::all_of(label, is_digit) ||
      (label.starts_with("0x") && label.find_first_not_of("0123456789abcdef", 2) == label.npos)) {
    return refuse();
  }
  return name;
}

bool name_matches(std::string_view dns_name, std::string_view fqdn) {
  std::string pattern = lower_case(dns_name);
  if (pattern.ends_with('.')) {
    pattern.pop_back();
  }
  if (!pattern.starts_with("*.")) {
    return !pattern.empty() && pattern == fqdn;
  }
  const std::string_view parent = std::string_view(pattern).substr(2);
  const std::size_t dot = fqdn.find('.');
  return parent.find('.') != std::string_view::npos && parent.find('*') == std::string_view::npos &&
         dot != std::string_view::npos && dot > 0 && fqdn.substr(dot + 1) == parent;
}

}  // namespace ut::tls
