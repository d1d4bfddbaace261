// The PKI portal (TS 33.221, TS 24.109 clause 6) as the application server behind a NAF: it enrols
// subscriber certificates for who was authenticated, and gives the CA's.
#pragma once

#include "base/clock.h"
#include "tools/ut-lab/certificates.h"
#include "tools/ut-lab/faults.h"
#include "tools/ut-lab/http.h"
#include "tools/ut-lab/pkcs10.h"
#include "tools/ut-lab/stats.h"
#include "tools/ut-lab/subscriber_certificates.h"

#include <chrono>
#include <string>
#include <string_view>

namespace ut::lab {

class Portal {
 public:
  // `naf`: the name of the NAF that it stands behind.
  Portal(std::string naf, std::chrono::seconds lifetime, const CertificateAuthority& ca,
         SubscriberCertificates& certificates, Faults& faults, Stats& stats, const Clock& clock);

  // POST /enrol, GET /certificates/SERIAL and GET /ca; `impi`: whom the NAF authenticated.
  Response answer(const Request& request, const std::string& impi);

 private:
  enum class Form : std::uint8_t { single, chain, pointer };

  Response enrol(const Request& request, std::string_view query, const std::string& impi);
  SubscriberCertificates::Issued issue(const CertificationRequest& request,
                                       const std::string& impi);
  // Status 400 for a rule that is broken, which is counted.
  Response malformed(std::string_view rule);

  std::string naf_;
  std::chrono::seconds lifetime_;
  const CertificateAuthority& ca_;
  SubscriberCertificates& certificates_;
  Faults& faults_;
  Stats& stats_;
  const Clock& clock_;
};

}  // namespace ut::lab
