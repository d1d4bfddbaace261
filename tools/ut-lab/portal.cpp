#include "tools/ut-lab/portal.h"

#include <optional>
#include <utility>

namespace ut::lab {
namespace {

constexpr std::string_view kRequestType = "application/x-pkcs10";
constexpr std::string_view kCertificateType = "application/x-x509-user-cert";
constexpr std::string_view kCaType = "application/x-x509-ca-cert";
constexpr std::string_view kCertificates = "/certificates/";
constexpr std::string_view kSomebodyElse = "somebody.else@evil.example";
// The terminal's clock may be behind that of the portal.
constexpr std::chrono::minutes kBefore{1};
constexpr std::chrono::seconds kShortLifetime{5};

Response typed(std::string_view type, std::string body) {
  return {200, {{"Content-Type", std::string(type)}}, std::move(body)};
}

bool has_media_type(const Request& request, std::string_view type) {
  const auto* field = find_header(request.headers, "Content-Type");
  if (field == nullptr) {
    return false;
  }
  const auto end = field->find_first_of("; \t");
  return equal_ignoring_case(std::string_view(*field).substr(0, end), type);
}

}  // namespace

Portal::Portal(std::string naf, std::chrono::seconds lifetime, const CertificateAuthority& ca,
               SubscriberCertificates& certificates, Faults& faults, Stats& stats,
               const Clock& clock)
    : naf_(std::move(naf)),
      lifetime_(lifetime),
      ca_(ca),
      certificates_(certificates),
      faults_(faults),
      stats_(stats),
      clock_(clock) {}

Response Portal::answer(const Request& request, const std::string& impi) {
  const std::string_view target = request.target;
  const auto question = target.find('?');
  const auto path = target.substr(0, question);
  if (path == "/enrol") {
    return request.method == "POST"
               ? enrol(request,
                       question == std::string_view::npos ? "" : target.substr(question + 1), impi)
               : plain(405, "certificates are enrolled by POST");
  }
  if (path == "/ca" || path.starts_with(kCertificates)) {
    if (request.method != "GET" && request.method != "HEAD") {
      return plain(405, "certificates are read by GET");
    }
    if (path == "/ca") {
      return typed(kCaType, ca_.pem());
    }
    const auto* issued = certificates_.find(path.substr(kCertificates.size()));
    if (issued != nullptr && issued->impi == impi) {
      return typed(kCertificateType, issued->pem);
    }
  }
  return plain(404, "no such resource at the PKI portal");
}

Response Portal::enrol(const Request& request, std::string_view query, const std::string& impi) {
  Form form = Form::single;
  if (query == "response=chain") {
    form = Form::chain;
  } else if (query == "response=pointer") {
    form = Form::pointer;
  } else if (query != "response=single") {
    return malformed("the query is none of response=single, response=chain, response=pointer");
  }
  if (!has_media_type(request, kRequestType)) {
    stats_.finding(naf_, "an enrolment is not application/x-pkcs10");
    return plain(415, "an enrolment is application/x-pkcs10");
  }
  const auto wanted = read_pkcs10(request.body);
  if (!wanted) {
    return malformed(wanted.error());
  }
  if (!wanted->common_name.empty() && wanted->common_name != impi) {
    return plain(403, "the subject is another than the authenticated IMPI");
  }
  if (faults_.take(Fault::portal_not_pem, naf_)) {
    return typed(kCertificateType, "ut-lab gives no certificate, on command\n");
  }
  const auto issued = issue(*wanted, impi);
  auto response = typed(kCertificateType, issued.pem);
  if (form == Form::chain) {
    response.body += ca_.pem();
  } else if (form == Form::pointer) {
    // A NAF answers only requests whose Host names it, with the port that the terminal knows.
    const auto* host = find_header(request.headers, "Host");
    response = plain(200, "https://" + (host == nullptr ? naf_ : *host) +
                              std::string(kCertificates) + issued.serial);
  }
  if (faults_.take(Fault::portal_wrong_type, naf_)) {
    response.headers.front().value = "text/html";
  }
  certificates_.add(issued);
  ++stats_.nafs[naf_].certificates_issued;
  return response;
}

SubscriberCertificates::Issued Portal::issue(const CertificationRequest& request,
                                             const std::string& impi) {
  const auto now = clock_.utc();
  PrivateKey other(nullptr, EVP_PKEY_free);
  SubscriberSpec spec{.impi = impi,
                      .key = request.key.get(),
                      .not_before = now - kBefore,
                      .not_after = now + lifetime_};
  if (faults_.take(Fault::portal_wrong_key, naf_)) {
    other = make_key_like(request.key.get());
    spec.key = other.get();
  }
  if (faults_.take(Fault::portal_wrong_name, naf_)) {
    spec.impi = kSomebodyElse;
  }
  if (faults_.take(Fault::portal_short, naf_)) {
    spec.not_after = now + kShortLifetime;
  }
  if (faults_.take(Fault::portal_expired, naf_)) {
    spec.not_before = now - std::chrono::days(2);
    spec.not_after = now - std::chrono::days(1);
  }
  spec.sha1 = faults_.take(Fault::portal_weak, naf_).has_value();
  const auto certificate = ca_.issue_to_subscriber(spec);
  return {impi, serial_of(certificate.get()), spec.not_after, to_pem(certificate.get())};
}

Response Portal::malformed(std::string_view rule) {
  stats_.finding(naf_, rule);
  return plain(400, rule);
}

}  // namespace ut::lab
