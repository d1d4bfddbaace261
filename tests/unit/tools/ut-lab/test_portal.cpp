#include "tests/support/catch.h"

#include "tests/unit/tools/ut-lab/pki.h"
#include "tools/ut-lab/portal.h"

#include <nlohmann/json.hpp>

#include <openssl/x509v3.h>

#include <chrono>
#include <string>

using namespace ut;
using namespace ut::lab;
using test::certificate_in;
using test::pkcs10;

namespace {

const std::string kNaf = "pki.home1.net";
const std::string kImpi = "user1_private@home1.net";

class FixedClock final : public Clock {
 public:
  UtcTime utc() const override { return now; }
  SteadyTime steady() const override { return SteadyTime(); }
  UtcTime now{std::chrono::sys_days(std::chrono::year(2026) / 11 / 24)};
};

struct Bench {
  Response ask(const std::string& method, const std::string& target, const std::string& body = {},
               const std::string& type = "application/x-pkcs10") {
    return portal.answer({method, target, {{"Host", kNaf + ":8443"}, {"Content-Type", type}}, body},
                         kImpi);
  }
  Response enrol(const std::string& how = "single") {
    return ask("POST", "/enrol?response=" + how, pkcs10(key.get(), kImpi));
  }
  // What a fault makes of the certificate.
  Certificate faulty(Fault fault) {
    faults.set({.fault = fault, .remaining = 1, .naf = kNaf});
    auto certificate = certificate_in(enrol().body);
    REQUIRE(certificate);
    return certificate;
  }

  FixedClock clock{};
  CertificateAuthority ca{clock.now, "subscribers"};
  SubscriberCertificates certificates{};
  Faults faults{};
  Stats stats{};
  PrivateKey key = make_key(KeyKind::ecdsa_p256);
  Portal portal{kNaf, std::chrono::hours(1), ca, certificates, faults, stats, clock};
};

std::string content_type(const Response& response) {
  const auto* field = find_header(response.headers, "Content-Type");
  return field == nullptr ? std::string() : *field;
}

std::string name_of(const Certificate& certificate) {
  return common_name_in(X509_get_subject_name(certificate.get())).value_or("");
}

bool is(const ASN1_TIME* time, UtcTime wanted) {
  return ASN1_TIME_cmp_time_t(time, wanted.time_since_epoch().count()) == 0;
}

}  // namespace

TEST_CASE("the portal certifies the key of the request for the user", "[UA-7]") {
  Bench bench;
  const auto answer = bench.enrol();
  CHECK(answer.status == 200);
  CHECK(content_type(answer) == "application/x-x509-user-cert");
  const auto certificate = certificate_in(answer.body);
  REQUIRE(certificate);
  X509* x = certificate.get();
  CHECK(name_of(certificate) == kImpi);
  CHECK(EVP_PKEY_eq(X509_get0_pubkey(x), bench.key.get()) == 1);
  CHECK(X509_verify(x, X509_get0_pubkey(bench.ca.certificate())) == 1);
  CHECK(X509_get_signature_nid(x) == NID_ecdsa_with_SHA256);
  CHECK(X509_get_key_usage(x) == KU_DIGITAL_SIGNATURE);
  CHECK(X509_get_extended_key_usage(x) == XKU_SSL_CLIENT);
  CHECK(X509_check_ca(x) == 0);
  CHECK(is(X509_get0_notBefore(x), bench.clock.now - std::chrono::minutes(1)));
  CHECK(is(X509_get0_notAfter(x), bench.clock.now + std::chrono::hours(1)));
  CHECK(bench.stats.nafs[kNaf].certificates_issued == 1);
  CHECK(nlohmann::json::parse(bench.certificates.json()) ==
        nlohmann::json::array(
            {{{"impi", kImpi}, {"serial", serial_of(x)}, {"not_after", "2026-11-24T01:00:00Z"}}}));
  CHECK(bench.stats.findings.empty());
}

TEST_CASE("the portal answers in the form that is asked for", "[UA-7]") {
  Bench bench;
  CHECK(bench.enrol("chain").body.ends_with(bench.ca.pem()));
  const auto pointer = bench.enrol("pointer").body;
  const std::string place = "https://pki.home1.net:8443";
  REQUIRE(pointer.starts_with(place + "/certificates/"));
  const auto path = pointer.substr(place.size(), pointer.find('\n') - place.size());
  const auto fetched = bench.ask("GET", path);
  CHECK(fetched.status == 200);
  REQUIRE(certificate_in(fetched.body));
  CHECK(path.ends_with(serial_of(certificate_in(fetched.body).get())));
  CHECK(bench.portal.answer({"GET", path, {}, {}}, "user2_private@home1.net").status == 404);
  CHECK(bench.ask("GET", "/ca?in=x").body == bench.ca.pem());
  CHECK(content_type(bench.ask("GET", "/ca")) == "application/x-x509-ca-cert");
}

TEST_CASE("the portal says what is wrong with an enrolment", "[UA-7]") {
  Bench bench;
  const auto right = pkcs10(bench.key.get(), kImpi);
  CHECK(bench.ask("POST", "/enrol?response=single", "x").status == 400);
  CHECK(bench.ask("POST", "/enrol?response=all", right).status == 400);
  CHECK(bench.ask("POST", "/enrol", right).status == 400);
  CHECK(bench.ask("POST", "/enrol?response=single", right, "text/plain").status == 415);
  CHECK(bench.stats.findings.size() == 3);
  CHECK(bench.ask("POST", "/enrol?response=single", pkcs10(bench.key.get(), "user2@home1.net"))
            .status == 403);
  CHECK(bench.ask("GET", "/enrol?response=single").status == 405);
  CHECK(bench.ask("POST", "/ca").status == 405);
  CHECK(bench.ask("GET", "/certificates/").status == 404);
  CHECK(bench.ask("GET", "/other").status == 404);
  CHECK(bench.stats.nafs[kNaf].certificates_issued == 0);
  CHECK(bench.ask("POST", "/enrol?response=single", right, "Application/X-PKCS10; a=b").status ==
        200);
}

TEST_CASE("a request without a name gets that of the user", "[UA-7]") {
  Bench bench;
  const auto answer = bench.ask("POST", "/enrol?response=single", pkcs10(bench.key.get(), ""));
  CHECK(name_of(certificate_in(answer.body)) == kImpi);
}

TEST_CASE("the faults of the portal are what they claim to be", "[UA-7]") {
  Bench bench;
  const auto key_is_right = [&](const Certificate& certificate) {
    return EVP_PKEY_eq(X509_get0_pubkey(certificate.get()), bench.key.get()) == 1;
  };
  const auto other = bench.faulty(Fault::portal_wrong_key);
  CHECK_FALSE(key_is_right(other));
  CHECK(name_of(other) == kImpi);
  const auto somebody = bench.faulty(Fault::portal_wrong_name);
  CHECK(key_is_right(somebody));
  CHECK(name_of(somebody) == "somebody.else@evil.example");
  CHECK(is(X509_get0_notAfter(bench.faulty(Fault::portal_expired).get()),
           bench.clock.now - std::chrono::days(1)));
  CHECK(is(X509_get0_notAfter(bench.faulty(Fault::portal_short).get()),
           bench.clock.now + std::chrono::seconds(5)));
  CHECK(X509_get_signature_nid(bench.faulty(Fault::portal_weak).get()) == NID_ecdsa_with_SHA1);

  bench.faults.set({.fault = Fault::portal_not_pem, .remaining = 1});
  const auto garbage = bench.enrol();
  CHECK(content_type(garbage) == "application/x-x509-user-cert");
  CHECK_FALSE(certificate_in(garbage.body));
  bench.faults.set({.fault = Fault::portal_wrong_type, .remaining = 1});
  const auto html = bench.enrol();
  CHECK(content_type(html) == "text/html");
  CHECK(certificate_in(html.body));
  CHECK(content_type(bench.enrol()) == "application/x-x509-user-cert");
}

TEST_CASE("a serial number is read in either case and without zeros before it", "[UA-7]") {
  CHECK(serial_number("00AbC0") == "abc0");
  CHECK(serial_number("1") == "1");
  for (const auto* wrong : {"", "0", "0x1", "1 ", "12:34", "g"}) {
    INFO(wrong);
    CHECK_FALSE(serial_number(wrong));
  }
}

TEST_CASE("what was revoked stays so until all is forgotten", "[UA-7]") {
  Bench bench;
  const auto serial = serial_of(certificate_in(bench.enrol().body).get());
  CHECK_FALSE(bench.certificates.revoked(serial));
  bench.certificates.revoke(serial);
  CHECK(bench.certificates.revoked(serial));
  REQUIRE(bench.certificates.find(serial) != nullptr);
  CHECK(bench.certificates.find(serial)->impi == kImpi);
  bench.certificates.forget_all();
  CHECK_FALSE(bench.certificates.revoked(serial));
  CHECK(bench.certificates.find(serial) == nullptr);
  CHECK(bench.certificates.json() == "[]");
}
