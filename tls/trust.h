// Who may vouch for a NAF, and which names a certificate speaks for [UT-2].
#pragma once

#include "base/bytes.h"
#include "base/result.h"
#include "tls/crls.h"

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace ut::tls {

// A set of CA certificates, and what is known of certificates that CAs took back.
class Trust {
 public:
  // The CA certificates of a PEM bundle. tls_trust_unusable when the file cannot be read or holds
  // no certificate.
  static Result<Trust> from_file(const std::string& path);
  static Result<Trust> from_pem(std::string_view pem);

  // From now on with these CRLs.
  void add_crls(CrlSet crls);

  // Names this set: equal for equal sets of certificates and CRLs. A session is resumed only under
  // the trust it was made in.
  const std::string& id() const { return id_; }
  // DER, one certificate each.
  const std::vector<Bytes>& certificates() const { return certificates_; }
  const std::optional<CrlSet>& crls() const { return crls_; }

 private:
  std::vector<Bytes> certificates_;
  std::optional<CrlSet> crls_;
  std::string id_;
};

// The form of a NAF's FQDN that all of tls/ uses: lower case, without a trailing dot.
// tls_name_invalid for IP literals and for what is no host name of LDH labels (RFC 1123, RFC 5890
// A-labels included), 253 octets at most.
Result<std::string> normalise_name(std::string_view fqdn);

// Whether a dNSName of a certificate speaks for `fqdn`, which is normalised: equal without regard
// to case, or a wildcard that is the whole left-most label and stands for exactly one label
// (RFC 6125 section 6.4.3), with at least two labels after it.
bool name_matches(std::string_view dns_name, std::string_view fqdn);

}  // namespace ut::tls
