#include "tests/support/catch.h"

#include "tools/ut-lab/certificates.h"

#include <openssl/bio.h>
#include <openssl/pem.h>
#include <openssl/x509_vfy.h>
#include <openssl/x509v3.h>

#include <chrono>
#include <memory>

using namespace ut;
using namespace ut::lab;

namespace {

const UtcTime kNow{std::chrono::sys_days(std::chrono::year(2026) / 11 / 24)};

LeafSpec spec(KeyKind key = KeyKind::ecdsa_p256) {
  return {.host = "xcap.home1.net",
          .key = key,
          .not_before = kNow - std::chrono::days(1),
          .not_after = kNow + std::chrono::days(1)};
}

// OpenSSL's verdict on a chain of this leaf and the CA in `pem`, for TLS servers at `now`.
int verify(const Identity& leaf, const std::string& pem, UtcTime now = kNow) {
  const std::unique_ptr<BIO, decltype(&BIO_free)> in(
      BIO_new_mem_buf(pem.data(), static_cast<int>(pem.size())), BIO_free);
  const Certificate ca(PEM_read_bio_X509(in.get(), nullptr, nullptr, nullptr), X509_free);
  const std::unique_ptr<X509_STORE, decltype(&X509_STORE_free)> store(X509_STORE_new(),
                                                                      X509_STORE_free);
  X509_STORE_add_cert(store.get(), ca.get());
  const std::unique_ptr<X509_STORE_CTX, decltype(&X509_STORE_CTX_free)> context(
      X509_STORE_CTX_new(), X509_STORE_CTX_free);
  X509_STORE_CTX_init(context.get(), store.get(), leaf.certificate.get(), nullptr);
  X509_STORE_CTX_set_purpose(context.get(), X509_PURPOSE_SSL_SERVER);
  X509_STORE_CTX_set_time(context.get(), 0, now.time_since_epoch().count());
  X509_verify_cert(context.get());
  return X509_STORE_CTX_get_error(context.get());
}

}  // namespace

TEST_CASE("a leaf of the lab's CA verifies for its name and no other", "[UT-2]") {
  const CertificateAuthority ca(kNow);
  for (const auto kind : {KeyKind::ecdsa_p256, KeyKind::rsa_2048}) {
    const auto leaf = ca.issue(spec(kind));
    CHECK(verify(leaf, ca.pem()) == X509_V_OK);
    CHECK(X509_check_host(leaf.certificate.get(), "xcap.home1.net", 0, 0, nullptr) == 1);
    CHECK(X509_check_host(leaf.certificate.get(), "xcap.home2.net", 0, 0, nullptr) == 0);
    CHECK(X509_check_private_key(leaf.certificate.get(), leaf.key.get()) == 1);
  }
}

TEST_CASE("a leaf is valid in its time only", "[UT-2]") {
  const CertificateAuthority ca(kNow);
  const auto leaf = ca.issue(spec());
  CHECK(verify(leaf, ca.pem(), kNow + std::chrono::days(2)) == X509_V_ERR_CERT_HAS_EXPIRED);
  CHECK(verify(leaf, ca.pem(), kNow - std::chrono::hours(36)) == X509_V_ERR_CERT_NOT_YET_VALID);
}

TEST_CASE("another run's CA and a self-signed leaf are not trusted", "[UT-2]") {
  const CertificateAuthority ca(kNow);
  const CertificateAuthority other(kNow);
  CHECK(ca.pem() != other.pem());
  CHECK(verify(ca.issue(spec()), other.pem()) != X509_V_OK);
  CHECK(verify(ca.self_signed(spec()), ca.pem()) != X509_V_OK);
}

TEST_CASE("a subscriber certificate may have a name longer than 64 characters", "[UA-7]") {
  const CertificateAuthority ca(kNow, "subscribers");
  const auto key = make_key(KeyKind::ecdsa_p256);
  const std::string impi = std::string(80, '1') + "@ims.mnc015.mcc234.3gppnetwork.org";
  const auto certificate = ca.issue_to_subscriber(
      {.impi = impi, .key = key.get(), .not_before = kNow, .not_after = kNow});
  CHECK(common_name_in(X509_get_subject_name(certificate.get())) == impi);
  CHECK(common_name_in(X509_get_issuer_name(certificate.get())) == "subscribers");
}

TEST_CASE("the common name of a name with none or two of them is nobody's", "[UA-7]") {
  const std::unique_ptr<X509_NAME, decltype(&X509_NAME_free)> name(X509_NAME_new(), X509_NAME_free);
  const auto add = [&](const char* kind, const char* text) {
    X509_NAME_add_entry_by_txt(name.get(), kind, MBSTRING_UTF8,
                               reinterpret_cast<const unsigned char*>(text), -1, -1, 0);
    return common_name_in(name.get());
  };
  CHECK_FALSE(add("O", "home1"));
  CHECK(add("CN", "a") == "a");
  CHECK_FALSE(add("CN", "b"));
}

TEST_CASE("a serial number is written without zeros before it", "[UA-7]") {
  const Certificate certificate(X509_new(), X509_free);
  ASN1_INTEGER_set(X509_get_serialNumber(certificate.get()), 0x0AB0);
  CHECK(serial_of(certificate.get()) == "ab0");
}

TEST_CASE("a key like another is of its kind and size", "[UA-7]") {
  const PrivateKey curve(EVP_EC_gen("P-384"), EVP_PKEY_free);
  const auto rsa = make_key(KeyKind::rsa_1024);
  for (const auto* key : {curve.get(), rsa.get()}) {
    const auto made = make_key_like(key);
    CHECK(EVP_PKEY_get_base_id(made.get()) == EVP_PKEY_get_base_id(key));
    CHECK(EVP_PKEY_get_bits(made.get()) == EVP_PKEY_get_bits(key));
    CHECK(EVP_PKEY_eq(made.get(), key) != 1);
  }
}

TEST_CASE("weak leaves are as weak as they claim", "[UT-4]") {
  const CertificateAuthority ca(kNow);
  const auto small = ca.issue(spec(KeyKind::rsa_1024));
  CHECK(EVP_PKEY_get_bits(X509_get0_pubkey(small.certificate.get())) == 1024);
  auto sha1 = spec();
  sha1.sha1 = true;
  CHECK(X509_get_signature_nid(ca.issue(sha1).certificate.get()) == NID_ecdsa_with_SHA1);
  CHECK(X509_get_signature_nid(ca.issue(spec()).certificate.get()) == NID_ecdsa_with_SHA256);
}

TEST_CASE("a host name longer than a common name may be is still a dNSName", "[UT-2]") {
  const CertificateAuthority ca(kNow);
  auto long_name = spec();
  long_name.host = std::string(40, 'a') + "." + std::string(40, 'b') + ".home1.net";
  const auto leaf = ca.issue(long_name);
  CHECK(X509_check_host(leaf.certificate.get(), long_name.host.c_str(), 0, 0, nullptr) == 1);
}
