#include "tests/support/catch.h"

#include "tests/unit/tools/ut-lab/pki.h"
#include "tools/ut-lab/pkcs10.h"

#include <algorithm>
#include <string>

using namespace ut;
using namespace ut::lab;
using test::pkcs10;

namespace {

const std::string kImpi = "user1_private@home1.net";

PrivateKey key_of_curve(const char* curve) {
  return {EVP_EC_gen(curve), EVP_PKEY_free};
}

// The base64 between the lines of a PEM text.
std::string bare(const std::string& pem) {
  const auto begin = pem.find('\n') + 1;
  return pem.substr(begin, pem.find("-----END") - begin);
}

// The rule that a body breaks; "": none.
std::string broken(const std::string& body) {
  const auto read = read_pkcs10(body);
  return read ? std::string() : read.error();
}

}  // namespace

TEST_CASE("a certification request tells its key and its name", "[UA-7]") {
  const auto key = make_key(KeyKind::ecdsa_p256);
  const auto pem = pkcs10(key.get(), kImpi);
  auto without_lines = bare(pem);
  std::erase(without_lines, '\n');
  for (const auto& body : {pem, bare(pem), without_lines, "\r\n " + without_lines + "\r\n"}) {
    INFO(body);
    const auto read = read_pkcs10(body);
    REQUIRE(read);
    CHECK(EVP_PKEY_eq(read->key.get(), key.get()) == 1);
    CHECK(read->common_name == kImpi);
  }
  const auto nameless = read_pkcs10(pkcs10(key.get(), ""));
  REQUIRE(nameless);
  CHECK(nameless->common_name.empty());
}

TEST_CASE("what is no certification request is refused", "[UA-7]") {
  const auto pem = pkcs10(make_key(KeyKind::ecdsa_p256).get(), kImpi);
  const auto digits = bare(pem);
  for (const auto& body :
       {std::string(), std::string("garbage"), pem.substr(0, 100), digits.substr(0, 64),
        "AAAA" + digits, std::string("-----BEGIN CERTIFICATE-----\n"),
        CertificateAuthority(UtcTime(std::chrono::days(20'000))).pem()}) {
    INFO(body);
    CHECK(broken(body) == "the body is no certification request");
  }
}

TEST_CASE("a certification request proves that its key is there", "[UA-7]") {
  const auto key = make_key(KeyKind::ecdsa_p256);
  const auto other = make_key(KeyKind::ecdsa_p256);
  CHECK(broken(pkcs10(key.get(), kImpi, other.get())).find("not signed") != std::string::npos);
}

TEST_CASE("only strong keys are certified", "[UA-7]") {
  for (const auto* curve : {"P-256", "P-384"}) {
    INFO(curve);
    CHECK(broken(pkcs10(key_of_curve(curve).get(), kImpi)).empty());
  }
  CHECK(broken(pkcs10(make_key(KeyKind::rsa_2048).get(), kImpi)).empty());
  for (const auto* curve : {"P-224", "P-521", "secp256k1"}) {
    INFO(curve);
    CHECK(broken(pkcs10(key_of_curve(curve).get(), kImpi)).find("the key is") == 0);
  }
  CHECK(broken(pkcs10(make_key(KeyKind::rsa_1024).get(), kImpi)).find("the key is") == 0);
}
