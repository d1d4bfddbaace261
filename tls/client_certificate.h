// A certificate of our own, for servers that ask the client for one (RFC 5246 section 7.4.6,
// RFC 8446 section 4.4.2, TS 33.222 clause 5.5) [UA-7].
#pragma once

#include "base/bytes.h"
#include "base/clock.h"
#include "base/result.h"
#include "base/secret.h"
#include "tls/external_key.h"
#include "tls/profile.h"

#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace ut::tls {

class ClientCertificate {
 public:
  // `chain`: PEM, our certificate first, then those of its issuers. `key`: its private key, PEM
  // without encryption (PKCS#8, SEC 1 or PKCS#1). tls_client_certificate_unusable when one of them
  // cannot be read, the key is another certificate's, the key is smaller than `minimum` asks for,
  // or the signature is weaker than RSA or ECDSA on SHA-256.
  static Result<std::shared_ptr<const ClientCertificate>> from_pem(std::string_view chain,
                                                                   SecretBytes key,
                                                                   const MinimumSizes& minimum);

  // The same with a key that is elsewhere, which has to sign once to show that it is the
  // certificate's; also the errors of `key`.
  static Result<std::shared_ptr<const ClientCertificate>> with_external_key(
      std::string_view chain, std::shared_ptr<ExternalKey> key, const MinimumSizes& minimum);

  // What both say of `chain` alone.
  static Result<void> check(std::string_view chain, const MinimumSizes& minimum);

  // SHA-256 of our certificate in hexadecimal digits: no secret, but it tells who we are.
  const std::string& id() const { return id_; }
  const std::string& common_name() const { return common_name_; }  // of the subject
  UtcTime begin() const { return begin_; }
  UtcTime end() const { return end_; }  // notAfter
  const std::string& chain() const { return chain_; }
  ByteView leaf() const { return leaf_; }         // our certificate, DER
  ByteView key() const { return key_.expose(); }  // empty when there is an external one
  ExternalKey* external_key() const { return external_key_.get(); }

 private:
  ClientCertificate() = default;
  static Result<std::shared_ptr<ClientCertificate>> without_key(std::string_view chain,
                                                                const MinimumSizes& minimum);

  std::string id_;
  std::string common_name_;
  UtcTime begin_{};
  UtcTime end_{};
  std::string chain_;
  Bytes leaf_;
  SecretBytes key_;
  std::shared_ptr<ExternalKey> external_key_{};
};

}  // namespace ut::tls
