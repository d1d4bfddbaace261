#include "agent/daemon/client_certificates.h"

#include "agent/daemon/secret_file.h"
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

Result<void> load(const std::string& fqdn, ua::NafSettings& naf) {
  TRY(const std::string chain, read_text(naf.client_certificate_file));
  TRY(SecretBytes key, read_whole_secret_file(naf.client_key_file, kLargestKey));
  auto certificate =
      tls::ClientCertificate::from_pem(chain, std::move(key), tls::standard_profile().minimum);
  if (!certificate) {
    Error error = std::move(certificate).error();
    error.detail = fqdn + ": " + error.detail;
    return std::unexpected(std::move(error));
  }
  naf.client_certificate = *std::move(certificate);
  log::info("ua.client_certificate",
            {{"naf", fqdn}, {"isim_based", false}, {"sha256", naf.client_certificate->id()}});
  return {};
}

}  // namespace

Result<void> load_client_certificates(ua::UaConfig& config) {
  for (auto& [fqdn, naf] : config.nafs) {
    if (!naf.client_certificate_file.empty()) {
      TRY_VOID(load(fqdn, naf));
    }
  }
  return {};
}

}  // namespace ut::daemon
