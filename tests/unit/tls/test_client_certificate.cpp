#include "tls/client_certificate.h"

#include "tests/support/catch.h"
#include "tests/support/vectors.h"
#include "tls/context.h"

#include <wolfssl/options.h>
// options.h first: it holds the switches the library was built with.
#include <wolfssl/wolfcrypt/asn.h>
#include <wolfssl/wolfcrypt/asn_public.h>
#include <wolfssl/wolfcrypt/ecc.h>
#include <wolfssl/wolfcrypt/random.h>

#include <algorithm>
#include <functional>
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

// A key that signs by the library, as r || s.
class FarKey final : public ExternalKey {
 public:
  FarKey(std::string_view pem, std::function<void(Bytes&)> spoil) : spoil_(std::move(spoil)) {
    Bytes der(512);
    const int size = wc_KeyPemToDer(reinterpret_cast<const unsigned char*>(pem.data()),
                                    static_cast<int>(pem.size()), der.data(),
                                    static_cast<int>(der.size()), nullptr);
    word32 at = 0;
    REQUIRE(size > 0);
    REQUIRE(wc_ecc_init(&key_) == 0);
    REQUIRE(wc_EccPrivateKeyDecode(der.data(), &at, &key_, static_cast<word32>(size)) == 0);
    REQUIRE(wc_InitRng(&random_) == 0);
  }
  ~FarKey() override {
    wc_FreeRng(&random_);
    wc_ecc_free(&key_);
  }
  FarKey(const FarKey&) = delete;
  FarKey& operator=(const FarKey&) = delete;

  Result<Bytes> sign(const ToSign& what) override {
    REQUIRE(what.kind == SignatureKind::ecdsa);
    REQUIRE(what.octets.size() == 32);
    Bytes der(128);
    auto size = static_cast<word32>(der.size());
    REQUIRE(wc_ecc_sign_hash(what.octets.data(), 32, der.data(), &size, &random_, &key_) == 0);
    Bytes r(32);
    Bytes s(32);
    word32 r_size = 32;
    word32 s_size = 32;
    REQUIRE(wc_ecc_sig_to_rs(der.data(), size, r.data(), &r_size, s.data(), &s_size) == 0);
    Bytes raw(64);
    std::copy_n(r.begin(), r_size, raw.begin() + (32 - r_size));
    std::copy_n(s.begin(), s_size, raw.begin() + 32 + (32 - s_size));
    if (spoil_) {
      spoil_(raw);
    }
    return raw;
  }

 private:
  std::function<void(Bytes&)> spoil_;
  ecc_key key_{};
  WC_RNG random_{};
};

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

TEST_CASE("a key that is elsewhere has to sign before it counts as the certificate's",
          "[UA-7][KEY-4]") {
  const auto with = [](std::string_view pem, std::function<void(Bytes&)> spoil = {}) {
    return ClientCertificate::with_external_key(
        kCertificate, std::make_shared<FarKey>(pem, std::move(spoil)), standard_profile().minimum);
  };
  const auto certificate = with(kKey);
  REQUIRE(certificate);
  CHECK((*certificate)->id() == (*made(kCertificate, kKey))->id());
  CHECK((*certificate)->external_key() != nullptr);
  CHECK((*certificate)->key().empty());
  const std::string wrong = "its private key is another certificate's, or signs wrongly";
  CHECK(detail_of(with(kOtherKey)) == wrong);
  CHECK(detail_of(with(kKey, [](Bytes& raw) { raw.back() ^= 1; })) == wrong);
  CHECK(detail_of(with(kKey, [](Bytes& raw) { raw.clear(); })) == wrong);
  CHECK(detail_of(with(kKey, [](Bytes& raw) { raw.pop_back(); })) == wrong);
  CHECK(detail_of(with(kKey, [](Bytes& raw) { raw.assign(400, 1); })) == wrong);
  CHECK(ClientCertificate::check(kCertificate, standard_profile().minimum));
  CHECK_FALSE(ClientCertificate::check(kKey, standard_profile().minimum));
}

TEST_CASE("the library takes a key that is elsewhere for the contexts of its certificate",
          "[UA-7]") {
  const auto trust = Trust::from_pem(test::source_file("tests/vectors/tls/ca.pem"));
  REQUIRE(trust);
  const auto certificate = ClientCertificate::with_external_key(
      kCertificate, std::make_shared<FarKey>(kKey, nullptr), standard_profile().minimum);
  REQUIRE(certificate);
  const auto context = Context::create(standard_profile(), *trust, nullptr, *certificate);
  REQUIRE(context);
  CHECK((*context)->client() == certificate->get());
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
