// TLS client certificates at a NAF (TS 33.222 clause 5.5): what is asked for, what is accepted, and
// whom an accepted one names, for TLS 1.2 and TLS 1.3.
#pragma once

#include "base/clock.h"
#include "tools/ut-lab/certificates.h"
#include "tools/ut-lab/naf.h"
#include "tools/ut-lab/subscriber_certificates.h"

#include <openssl/types.h>

#include <optional>
#include <string>

struct ssl_session_st;

namespace ut::lab {

class ClientCertificates {
 public:
  // What is given must outlive this, and this the contexts that listen.
  ClientCertificates(const NafConfig& naf, const CertificateAuthority& ca,
                     const SubscriberCertificates& certificates, const Clock& clock);
  ClientCertificates(const ClientCertificates&) = delete;
  ClientCertificates& operator=(const ClientCertificates&) = delete;

  // Connections of `context` are asked for a certificate, where the NAF knows this method; it is
  // demanded where it knows no other. Throws std::runtime_error when `client_ca_file` cannot be
  // read.
  void listen(SSL_CTX* context);
  // Connections of `context` are not asked, and yet count as authenticated.
  void pass(SSL_CTX* context);

  // Whom the certificate of a connection names after its handshake, also when its session was
  // resumed; nullopt: there is none.
  std::optional<ClientCertificate> of(const SSL* ssl) const;

 private:
  static int on_certificate(int right, X509_STORE_CTX* chain);
  static int on_ticket(SSL* ssl, void*);

  // "": the certificate counts.
  std::string objection(const X509* certificate) const;
  // A session ends with the certificate that it stands on.
  void limit(ssl_session_st* session, const X509* certificate) const;

  bool wanted_;
  bool demanded_;
  std::string ca_file_;
  const CertificateAuthority& ca_;
  const SubscriberCertificates& certificates_;
  const Clock& clock_;
};

}  // namespace ut::lab
