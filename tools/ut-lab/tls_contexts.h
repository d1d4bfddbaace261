// The TLS side of one port of NAFs: its normal context and those of the TLS faults.
#pragma once

#include "base/clock.h"
#include "tools/ut-lab/certificates.h"
#include "tools/ut-lab/client_certificates.h"
#include "tools/ut-lab/faults.h"
#include "tools/ut-lab/naf.h"
#include "tools/ut-lab/psk.h"
#include "tools/ut-lab/secret_journal.h"

#include <boost/asio/ssl/context.hpp>

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace ut::lab {

class TlsContexts {
 public:
  // Throws std::runtime_error when OpenSSL refuses a setting of the configuration. `psk`,
  // `clients` and `journal` must outlive this; the last may be null.
  TlsContexts(const NafConfig& naf, const CertificateAuthority& ca, const Clock& clock,
              PskServer& psk, ClientCertificates& clients, SecretJournal* journal = nullptr);

  // The context for the next connection; uses up one of the TLS fault that is set, if any. Contexts
  // of faults are made when they are first needed.
  boost::asio::ssl::context& next(Faults& faults);

  // Sessions given out so far cannot be resumed any more.
  void forget_sessions();

 private:
  using Context = boost::asio::ssl::context;
  std::unique_ptr<Context> make(std::optional<Fault> fault) const;

  NafConfig naf_;
  std::vector<std::string> host_names_;
  const CertificateAuthority& ca_;
  const Clock& clock_;
  PskServer& psk_;
  ClientCertificates& clients_;
  SecretJournal* journal_;
  std::unique_ptr<Context> normal_;
  std::map<Fault, std::unique_ptr<Context>> faulty_;
};

}  // namespace ut::lab
