// Subscriber certificates from the operator's PKI portal (TS 33.221, TS 24.109 clause 6) [UA-7]:
//
//   UE                                       PKI portal
//    | -- POST /enrol?response=single ------> |   HTTP Digest with Ks_NAF in TLS, as to any NAF;
//    |    PKCS #10 of a new key               |   Ua id 0100000000
//    | <------- application/x-x509-user-cert  |
//
// Key and certificate are in memory alone: an agent that starts again enrols again.
#pragma once

#include "agent/flight.h"
#include "agent/ports.h"
#include "base/clock.h"
#include "base/result.h"

#include <boost/asio/any_io_executor.hpp>

#include <chrono>
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>

namespace ut::pki {

class Enrolment final : public ports::CertificateSource {
 public:
  // How long an enrolment that failed is not tried again.
  static constexpr std::chrono::seconds kRest{10};

  // All must outlive the enrolment; `gateway` carries the requests to the portal.
  Enrolment(boost::asio::any_io_executor executor, ports::CardService& cards,
            ports::UtGateway& gateway, const Clock& clock);
  ~Enrolment() override;

  // The present subscriber's certificate of this portal. Enrols when there is none, and anew when a
  // third of its life is left; while one that is being renewed is valid it is given even when the
  // renewal fails. All callers share one run. ua_enrolment_refused, ua_enrolment_malformed, and the
  // errors of card and gateway.
  ports::Task<Result<ports::SubscriberCertificate>> certificate(std::string portal,
                                                                ports::Cause cause = {}) override;

  void refused(const std::string& portal, const ports::SubscriberCertificate& certificate) override;

  // Deletes every certificate and key.
  void forget();

 private:
  using FlightPtr = std::shared_ptr<Flight<ports::SubscriberCertificate>>;
  // Of one portal.
  struct Held {
    ports::SubscriberCertificate certificate{};  // nullptr: none
    std::uint64_t epoch = 0;                     // of the subscriber whose it is
    UtcTime since{};  // its life counts from here, as portals date certificates back
    FlightPtr under_way{};
    std::optional<Error> failure{};
    SteadyTime rest_until{};
  };

  bool is_valid(const Held& held, std::uint64_t epoch) const;
  bool wants_renewal(const Held& held) const;
  ports::Task<Result<ports::SubscriberCertificate>> enrol(std::string portal,
                                                          ports::Subscriber subscriber);
  ports::Task<Result<ports::SubscriberCertificate>> run(std::string portal,
                                                        ports::Subscriber subscriber);

  boost::asio::any_io_executor executor_;
  ports::CardService& cards_;
  ports::UtGateway& gateway_;
  const Clock& clock_;
  std::map<std::string, Held> held_{};
  std::uint64_t generation_ = 0;  // rises when all is forgotten: a run under way is for nothing
  std::shared_ptr<bool> alive_;
};

// The certificate in an answer of the portal, as PEM: it is PEM already, or base64 of DER [M].
// nullopt when it is neither.
std::optional<std::string> certificate_pem(std::string_view body);

}  // namespace ut::pki
