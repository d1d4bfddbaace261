// A certification request (PKCS#10, RFC 2986) as the PKI portal takes it.
#pragma once

#include "tools/ut-lab/certificates.h"

#include <expected>
#include <string>
#include <string_view>

namespace ut::lab {

struct CertificationRequest {
  PrivateKey key;           // the public key that is to be certified
  std::string common_name;  // "": the subject is empty
};

// Reads PEM, or base64 of the DER alone (TS 24.109 clause 6.2). The request must be signed by its
// own key, which must be EC P-256 or P-384, or RSA of 2048 bits or more; the error says which rule
// is broken.
std::expected<CertificationRequest, std::string> read_pkcs10(std::string_view body);

}  // namespace ut::lab
