#include "agent/pki/enrolment.h"

#include "base/encoding.h"
#include "base/log.h"
#include "isim/identity.h"
#include "tls/certification_request.h"
#include "tls/client_certificate.h"
#include "tls/profile.h"

#include <algorithm>
#include <utility>

namespace ut::pki {
namespace {

// Target and type of the request as in TS 24.109 annex E.3; the type of the answer is [M].
constexpr std::string_view kTarget = "/enrol?response=single";
constexpr std::string_view kRequestType = "application/x-pkcs10";
constexpr std::string_view kCertificateType = "application/x-x509-user-cert";
constexpr std::string_view kBegin = "-----BEGIN CERTIFICATE-----";
constexpr std::size_t kLargestAnswer = 64 * 1024;

// What the portal answered, whole.
class Answer final : public ports::ResponseSink {
 public:
  Result<void> header(ports::UtResponseHeader header) override {
    head_ = std::move(header);
    return {};
  }
  ports::Task<Result<void>> body(ByteView octets) override {
    if (body_.size() + octets.size() > kLargestAnswer) {
      co_return fail(ErrorCode::limit_body, "read the portal's answer");
    }
    body_ += as_text(octets);
    co_return Result<void>{};
  }

  unsigned status() const { return head_.status; }
  const std::string& text() const { return body_; }
  bool is_certificate() const {
    return std::ranges::any_of(head_.headers, [](const auto& field) {
      return equal(field.name, "content-type") && equal(media_type(field.value), kCertificateType);
    });
  }

 private:
  static bool equal(std::string_view a, std::string_view b) {
    const auto lower = [](char c) {
      return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
    };
    return std::ranges::equal(a, b, {}, lower, lower);
  }
  static std::string_view media_type(std::string_view value) {
    value = value.substr(0, value.find(';'));
    const auto last = value.find_last_not_of(" \t");
    return last == std::string_view::npos ? std::string_view() : value.substr(0, last + 1);
  }

  ports::UtResponseHeader head_{};
  std::string body_;
};

std::unexpected<Error> malformed(std::string what) {
  return fail(ErrorCode::ua_enrolment_malformed, "enrol", std::move(what));
}

// What was issued must be for our key and our name: another one would have us act as somebody else.
Result<ports::SubscriberCertificate> judge(const Answer& answer, SecretBytes key,
                                           const std::string& impi, UtcTime now) {
  if (answer.status() != 200) {
    return fail(ErrorCode::ua_enrolment_refused, "enrol",
                ForeignNumber{ForeignKind::http, static_cast<int>(answer.status())});
  }
  if (!answer.is_certificate()) {
    return malformed("the Content-Type is not " + std::string(kCertificateType));
  }
  const auto pem = certificate_pem(answer.text());
  if (!pem) {
    return malformed("it is neither PEM nor base64");
  }
  auto certificate =
      tls::ClientCertificate::from_pem(*pem, std::move(key), tls::standard_profile().minimum);
  if (!certificate) {
    return malformed(std::move(certificate).error().detail);
  }
  if ((*certificate)->common_name() != impi) {
    return malformed("it is for another subscriber");
  }
  if (now >= (*certificate)->end()) {
    return malformed("it has expired");
  }
  return *std::move(certificate);
}

}  // namespace

std::optional<std::string> certificate_pem(std::string_view body) {
  if (body.find(kBegin) != std::string_view::npos) {
    return std::string(body);
  }
  std::string digits;
  std::ranges::copy_if(body, std::back_inserter(digits),
                       [](char c) { return c != '\r' && c != '\n' && c != ' ' && c != '\t'; });
  if (digits.empty() || !from_base64(digits)) {
    return std::nullopt;
  }
  return std::string(kBegin) + "\n" + digits + "\n-----END CERTIFICATE-----\n";
}

Enrolment::Enrolment(boost::asio::any_io_executor executor, ports::CardService& cards,
                     ports::UtGateway& gateway, const Clock& clock)
    : executor_(std::move(executor)),
      cards_(cards),
      gateway_(gateway),
      clock_(clock),
      alive_(std::make_shared<bool>(true)) {
  cards.on_subscriber_gone([this, weak = std::weak_ptr(alive_)](std::uint64_t) {
    if (!weak.expired()) {
      forget();
    }
  });
}

Enrolment::~Enrolment() = default;

void Enrolment::forget() {
  ++generation_;
  for (auto& [portal, held] : held_) {
    held.certificate.reset();
    held.failure.reset();
  }
}

void Enrolment::refused(const std::string& portal,
                        const ports::SubscriberCertificate& certificate) {
  auto& held = held_[portal];
  if (held.certificate == certificate) {
    held.certificate.reset();
    held.failure = Error{ErrorCode::tls_client_certificate_refused, "connect to the NAF"};
    held.rest_until = clock_.steady() + kRest;
  }
}

bool Enrolment::is_valid(const Held& held, std::uint64_t epoch) const {
  return held.certificate && held.epoch == epoch && clock_.utc() < held.certificate->end();
}

bool Enrolment::wants_renewal(const Held& held) const {
  const UtcTime end = held.certificate->end();
  return clock_.utc() >= end - (end - held.since) / 3;
}

ports::Task<Result<ports::SubscriberCertificate>> Enrolment::certificate(std::string portal,
                                                                         ports::Cause cause) {
  CO_TRY(ports::Subscriber subscriber, co_await cards_.subscriber());
  subscriber.cause = std::move(cause);
  auto& held = held_[portal];
  const bool valid = is_valid(held, subscriber.epoch);
  if (valid && (!wants_renewal(held) || clock_.steady() < held.rest_until)) {
    co_return held.certificate;
  }
  if (!valid && held.failure && clock_.steady() < held.rest_until) {
    co_return std::unexpected(*held.failure);
  }
  const ports::SubscriberCertificate old = valid ? held.certificate : nullptr;
  auto made = co_await enrol(std::move(portal), std::move(subscriber));
  if (!made && old && clock_.utc() < old->end()) {
    co_return old;
  }
  co_return made;
}

// Joins the run that is under way, or begins one.
ports::Task<Result<ports::SubscriberCertificate>> Enrolment::enrol(std::string portal,
                                                                   ports::Subscriber subscriber) {
  auto& held = held_[portal];
  if (held.under_way && !held.under_way->landed()) {
    co_return co_await Flight<ports::SubscriberCertificate>::wait(held.under_way, "enrol");
  }
  const auto flight = std::make_shared<Flight<ports::SubscriberCertificate>>(executor_);
  held.under_way = flight;
  const std::uint64_t generation = generation_;
  const std::uint64_t epoch = subscriber.epoch;
  auto made = co_await run(portal, std::move(subscriber));
  if (generation != generation_) {
    made = fail(ErrorCode::card_identity_changed, "enrol");
  } else if (made) {
    held.certificate = *made;
    held.epoch = epoch;
    held.since = clock_.utc();
    held.failure.reset();
  } else {
    held.failure = made.error();
    held.rest_until = clock_.steady() + kRest;
  }
  flight->land(made);
  co_return made;
}

ports::Task<Result<ports::SubscriberCertificate>> Enrolment::run(std::string portal,
                                                                 ports::Subscriber subscriber) {
  const std::string& impi = subscriber.identity->impi;
  CO_TRY(tls::CertificationRequest made, tls::make_certification_request(impi));
  ports::UtRequest request;
  request.method = "POST";
  request.naf = portal;
  request.target = kTarget;
  request.headers = {{"Content-Type", kRequestType}, {"Accept", "*/*"}};
  request.body = std::move(made.request);
  request.application = "enrolment";
  request.cause = subscriber.cause;
  Answer answer;
  CO_TRY(const ports::UtReport report, co_await gateway_.exchange(std::move(request), answer));
  static_cast<void>(report);
  CO_TRY(ports::SubscriberCertificate issued,
         judge(answer, std::move(made.key), impi, clock_.utc()));
  log::info("ua.enrolled", {{"request_id", subscriber.cause.id.view()},
                            {"portal", portal},
                            {"sha256", log::personal("certificate", issued->id())},
                            {"ends_in_s", (issued->end() - clock_.utc()).count()}});
  co_return issued;
}

}  // namespace ut::pki
