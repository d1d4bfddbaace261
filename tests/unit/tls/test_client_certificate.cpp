#include "tls/client_certificate.h"

#include "tests/support/catch.h"
#include "tests/support/vectors.h"
#include "tls/context.h"

#include <string>

using namespace ut;
using namespace ut::tls;

namespace {

// Made with `openssl ecparam -name prime256v1 -genkey` and `openssl req -x509`; of no other use.
constexpr std::string_view kKey =
    "-----BEGIN EC PRIVATE KEY-----\n"
    "MHcCAQEEIMTEfh5BvdLwKWz9sRZEp1HGhPDbqXisxTlzB9TGEH2UoAoGCCqGSM49\n"
    "AwEHoUQDQgAEwjIJCQZTlldPo+BW/V61JlEISyTmfi39Ylce6XwWZfKFgA0TP5OR\n"
    "eVaQ1ZI6Sqhq3k3+71VMtptlFYBstCd9hA==\n"
    "-----END EC PRIVATE KEY-----\n";
constexpr std::string_view kOtherKey =
    "-----BEGIN EC PRIVATE KEY-----\n"
    "MHcCAQEEIDv+OSdmO0EkbAeExSikPW5nx/PJ6YFwO0nguuBc9l7ioAoGCCqGSM49\n"
    "AwEHoUQDQgAEAzTff5y2mL37Ateuq07wbsoAZ4eTAUv4KcVNHWxzxbJSRLqzg6fD\n"
    "qMfkBbOiib2AtvK+LC/QUaLnaUSANJMbnQ==\n"
    "-----END EC PRIVATE KEY-----\n";
constexpr std::string_view kCertificate =
    "-----BEGIN CERTIFICATE-----\n"
    "MIIBijCCAS+gAwIBAgIUP0i6Ojxiv9fn6Q6cJLxM36DVvQIwCgYIKoZIzj0EAwIw\n"
    "GTEXMBUGA1UEAwwOdXNlckBob21lMS5uZXQwIBcNMjYxMTI2MjIxMzMwWhgPMjEy\n"
    "NjExMDIyMjEzMzBaMBkxFzAVBgNVBAMMDnVzZXJAaG9tZTEubmV0MFkwEwYHKoZI\n"
    "zj0CAQYIKoZIzj0DAQcDQgAEwjIJCQZTlldPo+BW/V61JlEISyTmfi39Ylce6XwW\n"
    "ZfKFgA0TP5OReVaQ1ZI6Sqhq3k3+71VMtptlFYBstCd9hKNTMFEwHQYDVR0OBBYE\n"
    "FERxOJ2ou2+4TADCgGbeop+M+ABHMB8GA1UdIwQYMBaAFERxOJ2ou2+4TADCgGbe\n"
    "op+M+ABHMA8GA1UdEwEB/wQFMAMBAf8wCgYIKoZIzj0EAwIDSQAwRgIhAJ9Bnwa/\n"
    "YLGGHm+3FqANVvruMyb6rfXWxyj9V/gBlP91AiEA+UC+qJscS636Jy8DGFu/G0me\n"
    "RyH3Uil4mH92N4uNDTg=\n"
    "-----END CERTIFICATE-----\n";

Result<std::shared_ptr<const ClientCertificate>> made(std::string_view chain,
                                                      std::string_view key) {
  return ClientCertificate::from_pem(chain, SecretBytes::copy_of(as_bytes(key)),
                                     standard_profile().minimum);
}

std::string detail_of(const Result<std::shared_ptr<const ClientCertificate>>& result) {
  REQUIRE_FALSE(result);
  CHECK(result.error().code == ErrorCode::tls_client_certificate_unusable);
  return result.error().detail;
}

}  // namespace

TEST_CASE("a certificate and its key make a client certificate with a name and an end", "[UA-7]") {
  const auto certificate = made(kCertificate, kKey);
  REQUIRE(certificate);
  CHECK((*certificate)->id() == "ef89e51038e75983763b1cc69f3a9262a4dc2a26db8df4034db17274e8adbb6f");
  CHECK((*certificate)->begin() < (*certificate)->end());
  CHECK((*certificate)->end() - (*certificate)->begin() == std::chrono::days(36500));
}

TEST_CASE("what cannot be a client certificate is told", "[UA-7]") {
  CHECK(detail_of(made("", kKey)).find("no PEM") != std::string::npos);
  CHECK(detail_of(made("-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n", kKey)) !=
        "");
  const std::string wrong = "the private key cannot be read, or is another certificate's";
  CHECK(detail_of(made(kCertificate, kOtherKey)) == wrong);
  CHECK(detail_of(made(kCertificate, "")) == wrong);
  CHECK(detail_of(made(kCertificate, "no key")) == wrong);
  CHECK(detail_of(made(kCertificate, kCertificate)) == wrong);
}

TEST_CASE("a context with a client certificate resumes its own sessions alone", "[UA-7][UT-6]") {
  const auto trust = Trust::from_pem(test::source_file("tests/vectors/tls/ca.pem"));
  REQUIRE(trust);
  const auto certificate = made(kCertificate, kKey);
  REQUIRE(certificate);
  const auto without = Context::create(standard_profile(), *trust, nullptr);
  const auto with = Context::create(standard_profile(), *trust, nullptr, *certificate);
  REQUIRE(without);
  REQUIRE(with);
  CHECK((*without)->session_scope() == trust->id());
  CHECK((*with)->session_scope() == trust->id() + " " + (*certificate)->id());
}
