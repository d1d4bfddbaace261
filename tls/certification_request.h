// A new key pair and the request for a certificate of it (PKCS #10, RFC 2986) [UA-7].
#pragma once

#include "base/result.h"
#include "base/secret.h"

#include <string>
#include <string_view>

namespace ut::tls {

struct CertificationRequest {
  SecretBytes key;      // PEM, SEC 1, without encryption: what ClientCertificate takes
  std::string request;  // PEM
};

// ECC P-256, signed with ECDSA and SHA-256. `common_name` becomes the subject; one of more than 63
// octets (RFC 5280 appendix A.1 has room for 64) is left out, and the issuer has to know whom it
// serves. crypto_failed, locked_memory_unavailable.
Result<CertificationRequest> make_certification_request(std::string_view common_name);

}  // namespace ut::tls
