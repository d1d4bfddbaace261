#include "agent/daemon/client_certificates.h"

#include "agent/card/pin_latch.h"
#include "agent/daemon/secret_file.h"
#include "agent/token/token_certificate.h"
#include "agent/token/token_uri.h"
#include "base/log.h"
#include "tls/client_certificate.h"
#include "tls/profile.h"

#include <fstream>
#include <sstream>
#include <string>
#include <utility>

namespace ut::daemon {
namespace {

constexpr std::size_t kLargestKey = 16 * 1024;

Result<std::string> read_text(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  std::ostringstream text;
  if (!file || !(text << file.rdbuf())) {
    return fail(ErrorCode::config_unreadable, "read client certificate", path);
  }
  return std::move(text).str();
}

std::unexpected<Error> of_naf(const std::string& fqdn, Error error) {
  error.detail = fqdn + ": " + error.detail;
  return std::unexpected(std::move(error));
}

Result<void> load(const std::string& fqdn, ua::NafSettings& naf) {
  TRY(const std::string chain, read_text(naf.client_certificate_file));
  TRY(SecretBytes key, read_whole_secret_file(naf.client_key_file, kLargestKey));
  auto certificate =
      tls::ClientCertificate::from_pem(chain, std::move(key), tls::standard_profile().minimum);
  if (!certificate) {
    return of_naf(fqdn, std::move(certificate).error());
  }
  naf.client_certificate = *std::move(certificate);
  log::info("ua.client_certificate",
            {{"naf", fqdn}, {"isim_based", false}, {"sha256", naf.client_certificate->id()}});
  return {};
}

Result<void> load_from_token(const std::string& fqdn, ua::NafSettings& naf,
                             const std::filesystem::path& pin_latch,
                             const std::shared_ptr<token::TokenThread>& thread) {
  token::TokenCertificateSettings settings{.naf = fqdn};
  TRY(settings.key, token::parse_token_uri(naf.client_key_file));
  if (token::is_token_uri(naf.client_certificate_file)) {
    TRY(settings.certificate, token::parse_token_uri(naf.client_certificate_file));
  } else {
    TRY(settings.chain, read_text(naf.client_certificate_file));
    auto sound = tls::ClientCertificate::check(settings.chain, tls::standard_profile().minimum);
    if (!sound) {
      return of_naf(fqdn, std::move(sound).error());
    }
  }
  if (const std::string file = token_pin_file(naf); !file.empty()) {
    settings.pin = {.read = [file] { return read_secret_file(file); },
                    .source = [file] { return card::pin_source_of(file); },
                    .latch_file = pin_latch};
  }
  naf.client_token = std::make_shared<token::TokenCertificate>(std::move(settings), thread);
  return {};
}

}  // namespace

std::string token_pin_file(const ua::NafSettings& naf) {
  if (!token::is_token_uri(naf.client_key_file)) {
    return {};
  }
  const auto uri = token::parse_token_uri(naf.client_key_file);
  return uri && !uri->pin_file.empty() ? uri->pin_file : naf.client_key_pin_file;
}

Result<void> load_client_certificates(ua::UaConfig& config,
                                      const boost::asio::any_io_executor& loop,
                                      const std::filesystem::path& pin_latch) {
  std::shared_ptr<token::TokenThread> thread;
  for (auto& [fqdn, naf] : config.nafs) {
    if (naf.client_certificate_file.empty()) {
      continue;
    }
    if (!token::is_token_uri(naf.client_key_file)) {
      TRY_VOID(load(fqdn, naf));
      continue;
    }
    if (!thread) {
      thread = std::make_shared<token::TokenThread>(loop);
    }
    TRY_VOID(load_from_token(fqdn, naf, pin_latch, thread));
  }
  return {};
}

}  // namespace ut::daemon
