// A client certificate whose key somebody else keeps, such as a token, and which may be there or
// not [UA-7].
#pragma once

#include "agent/ports.h"
#include "base/result.h"
#include "tls/client_certificate.h"

#include <memory>

namespace ut::ua {

class ClientCertificateSource {
 public:
  virtual ~ClientCertificateSource() = default;
  // Asked before each connection, resumed ones too, so that a token that was pulled speaks for
  // nobody. tls_client_certificate_unusable with the cause.
  virtual ports::Task<Result<std::shared_ptr<const tls::ClientCertificate>>> ready() = 0;
};

}  // namespace ut::ua
