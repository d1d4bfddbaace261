// A client certificate whose key is in a PKCS #11 token [UA-7 UT-3].
#pragma once

#include "agent/token/token.h"
#include "agent/token/token_thread.h"
#include "agent/ua/client_certificate_source.h"
#include "tls/profile.h"

#include <memory>
#include <optional>
#include <string>

namespace ut::token {

struct TokenCertificateSettings {
  std::string naf{};  // for the log
  TokenUri key{};
  std::optional<TokenUri> certificate{};  // in the token
  std::string chain{};                    // PEM, where it is not
  PinPlace pin{};
};

class TokenCertificate final : public ua::ClientCertificateSource {
 public:
  TokenCertificate(TokenCertificateSettings settings, std::shared_ptr<TokenThread> thread);
  ports::Task<Result<std::shared_ptr<const tls::ClientCertificate>>> ready() override;

 private:
  std::string naf_;
  std::string chain_;
  std::shared_ptr<Token> token_;  // of the thread
  std::shared_ptr<TokenThread> thread_;
  std::shared_ptr<const tls::ClientCertificate> made_{};
};

}  // namespace ut::token
