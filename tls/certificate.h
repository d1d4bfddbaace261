// The checks of a server's certificates that wolfSSL leaves to its user [UT-2 UT-4].
#pragma once

#include "base/bytes.h"
#include "base/clock.h"
#include "base/result.h"
#include "tls/profile.h"
#include "tls/session_cache.h"

#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace ut::tls {

struct CertificateSummary {
  CertificateFingerprint fingerprint{};
  UtcTime begin{};  // notBefore
  UtcTime end{};    // notAfter
};

// Of a certificate (DER). tls_certificate_untrusted when it cannot be read.
Result<CertificateSummary> summary_of(ByteView der);

// Whether a certificate (DER) is signed with RSA or ECDSA on SHA-256 or better.
bool has_strong_signature(ByteView der);

// The commonName of who issued a certificate (DER), for people: a stranger may have written it, so
// it is cut short and has no octets that are none of a plain text's. Empty when there is none.
std::string issuer_for_people(ByteView der);

// The last commonName of a certificate's (DER) subject; empty when there is none.
std::string common_name_of(ByteView der);

// Whether the key of a certificate (DER) is RSA or ECC and as large as `minimum` asks for.
bool has_large_key(ByteView der, const MinimumSizes& minimum);

// `chain` is what the server sent, DER, its own certificate first; the library has already built
// and verified a path to a trusted authority. `trusted` are the trusted authorities' certificates,
// whose own signatures mean nothing.
//   tls_name_mismatch     no dNSName of the leaf speaks for `host`; the CN is never looked at. A
//                         wildcard does not speak below a CA with name constraints, which the
//                         library does not apply to wildcards (CVE-2026-10592)
//   tls_key_too_small     a key below the profile's minimum
//   tls_signature_weak    signed otherwise than with RSA or ECDSA on SHA-256 or better
//   tls_certificate_untrusted  a certificate that cannot be read, or that carries the signature of
//   a
//                         trusted authority's own certificate (CVE-2026-93302)
Result<CertificateSummary> check_certificates(std::span<const ByteView> chain,
                                              std::span<const Bytes> trusted, std::string_view host,
                                              const Profile& profile);

}  // namespace ut::tls
