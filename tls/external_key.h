// A private key that is not in this process: one that a token keeps to itself [UA-7].
#pragma once

#include "base/bytes.h"
#include "base/result.h"

#include <cstdint>

namespace ut::tls {

enum class SignatureKind : std::uint8_t {
  ecdsa,      // over a digest; the signature is r || s, each half of it (PKCS #11 clause 6.3.1)
  rsa_pkcs1,  // over a DigestInfo (RFC 8017 section 9.2)
  rsa_pss     // over a digest, MGF1 with the same hash, salt as long as the digest (RFC 8446
              // section 4.2.3)
};

// A digest is of SHA-256, SHA-384 or SHA-512, which its size tells.
struct ToSign {
  SignatureKind kind;
  ByteView octets;
};

class ExternalKey {
 public:
  virtual ~ExternalKey() = default;
  // Called on the loop thread, which waits for it, so it must have a bound. Who calls it verifies
  // the signature. tls_client_certificate_unusable.
  virtual Result<Bytes> sign(const ToSign& what) = 0;
};

}  // namespace ut::tls
