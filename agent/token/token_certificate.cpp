#include "agent/token/token_certificate.h"

#include "base/encoding.h"
#include "base/log.h"

#include <algorithm>
#include <utility>

namespace ut::token {
namespace {

class TokenKey final : public tls::ExternalKey {
 public:
  TokenKey(std::shared_ptr<Token> token, std::shared_ptr<TokenThread> thread)
      : token_(std::move(token)), thread_(std::move(thread)) {}

  Result<Bytes> sign(const tls::ToSign& what) override {
    return thread_->sign(
        [token = token_, kind = what.kind, octets = Bytes(what.octets.begin(), what.octets.end())] {
          return token->sign({.kind = kind, .octets = octets});
        });
  }

 private:
  std::shared_ptr<Token> token_;
  std::shared_ptr<TokenThread> thread_;
};

std::string pem_of(ByteView certificate) {
  constexpr std::size_t kLine = 64;
  const std::string text = to_base64(certificate);
  std::string pem = "-----BEGIN CERTIFICATE-----\n";
  for (std::size_t at = 0; at < text.size(); at += kLine) {
    pem += text.substr(at, kLine) + "\n";
  }
  return pem + "-----END CERTIFICATE-----\n";
}

}  // namespace

TokenCertificate::TokenCertificate(TokenCertificateSettings settings,
                                   std::shared_ptr<TokenThread> thread)
    : naf_(std::move(settings.naf)),
      chain_(std::move(settings.chain)),
      token_(std::make_shared<Token>(std::move(settings.key), std::move(settings.certificate),
                                     std::move(settings.pin))),
      thread_(std::move(thread)) {}

ports::Task<Result<std::shared_ptr<const tls::ClientCertificate>>> TokenCertificate::ready() {
  TokenThread::Job open = [token = token_]() -> Result<Bytes> {
    TRY_VOID(token->open());
    return token->certificate();
  };
  CO_TRY(const Bytes in_token, co_await thread_->open(std::move(open)));
  if (made_ && (in_token.empty() || std::ranges::equal(made_->leaf(), in_token))) {
    co_return made_;
  }
  CO_TRY(made_, tls::ClientCertificate::with_external_key(
                    in_token.empty() ? chain_ : pem_of(in_token),
                    std::make_shared<TokenKey>(token_, thread_), tls::standard_profile().minimum));
  log::info("ua.client_certificate",
            {{"naf", naf_}, {"isim_based", false}, {"key", "token"}, {"sha256", made_->id()}});
  co_return made_;
}

}  // namespace ut::token
