// The lab's own CAs and the certificates they issue, made anew for every run. Private keys never
// leave the process.
#pragma once

#include "base/clock.h"

#include <openssl/evp.h>
#include <openssl/x509.h>

#include <chrono>
#include <memory>
#include <optional>
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
  std::string host;                        // dNSName, and CN
  std::vector<std::string> other_hosts{};  // dNSNames too
  KeyKind key = KeyKind::ecdsa_p256;
  bool sha1 = false;  // signature with SHA-1 instead of SHA-256
  UtcTime not_before;
  UtcTime not_after;
};

// A subscriber certificate (TS 33.221), whose key pair is the terminal's.
struct SubscriberSpec {
  std::string impi;  // CN
  EVP_PKEY* key = nullptr;
  bool sha1 = false;
  UtcTime not_before;
  UtcTime not_after;
};

// All functions throw std::runtime_error with OpenSSL's reason when OpenSSL refuses.
class CertificateAuthority {
 public:
  // A fresh ECDSA P-256 key and a self-signed certificate of this name, valid for a year around
  // `now`.
  explicit CertificateAuthority(UtcTime now, const std::string& name = "ut-lab CA");

  Identity issue(const LeafSpec& spec) const;
  // For TLS clients, with a random serial number; the key is certified as it is.
  Certificate issue_to_subscriber(const SubscriberSpec& spec) const;
  // Signed by its own key instead of the CA's.
  Identity self_signed(const LeafSpec& spec) const;

  // The CA certificate, and the same in PEM.
  X509* certificate() const { return root_.certificate.get(); }
  std::string pem() const;

 private:
  Identity root_;
};

PrivateKey make_key(KeyKind kind);
// A new key of the same kind and size.
PrivateKey make_key_like(const EVP_PKEY* key);

std::string to_pem(X509* certificate);
// The serial number in lower-case hexadecimal digits without zeros before it.
std::string serial_of(const X509* certificate);
// The one CN of a name; nullopt when there is none, or more than one.
std::optional<std::string> common_name_in(const X509_NAME* name);

// The text of OpenSSL's oldest queued error; empties the queue.
std::string openssl_error();

}  // namespace ut::lab
