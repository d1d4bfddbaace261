// The lab's own CA and the certificates it issues, made anew for every run. Private keys never
// leave the process.
#pragma once

#include "base/clock.h"

#include <openssl/evp.h>
#include <openssl/x509.h>

#include <chrono>
#include <memory>
#include <string>
#include <vector>

namespace ut::lab {

using PrivateKey = std::unique_ptr<EVP_PKEY, decltype(&EVP_PKEY_free)>;
using Certificate = std::unique_ptr<X509, decltype(&X509_free)>;

enum class KeyKind : std::uint8_t { ecdsa_p256, rsa_2048, rsa_1024 };

struct Identity {
  PrivateKey key;
  Certificate certificate;
};

struct LeafSpec {
  std::string host;  // dNSName, and CN
  KeyKind key = KeyKind::ecdsa_p256;
  bool sha1 = false;  // signature with SHA-1 instead of SHA-256
  UtcTime not_before;
  UtcTime not_after;
};

// All functions throw std::runtime_error with OpenSSL's reason when OpenSSL refuses.
class CertificateAuthority {
 public:
  // A fresh ECDSA P-256 key and a self-signed certificate, valid for a year around `now`.
  explicit CertificateAuthority(UtcTime now);

  Identity issue(const LeafSpec& spec) const;
  // Signed by its own key instead of the CA's.
  Identity self_signed(const LeafSpec& spec) const;

  // The CA certificate in PEM.
  std::string pem() const;

 private:
  Identity root_;
};

// The text of OpenSSL's oldest queued error; empties the queue.
std::string openssl_error();

}  // namespace ut::lab
