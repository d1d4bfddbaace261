#include "tools/ut-lab/certificates.h"

#include "base/encoding.h"

#include <openssl/bio.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/rand.h>
#include <openssl/rsa.h>
#include <openssl/x509v3.h>

#include <algorithm>
#include <array>
#include <stdexcept>
#include <utility>

namespace ut::lab {
namespace {

constexpr std::chrono::days kCaValidity{365};

void require(bool done, const char* what) {
  if (!done) {
    throw std::runtime_error(std::string(what) + ": " + openssl_error());
  }
}

void add_extension(X509* certificate, X509* issuer, int nid, const std::string& value) {
  X509V3_CTX context;
  X509V3_set_ctx(&context, issuer, certificate, nullptr, nullptr, 0);
  X509_EXTENSION* extension = X509V3_EXT_conf_nid(nullptr, &context, nid, value.c_str());
  require(extension != nullptr, "cannot make a certificate extension");
  const bool added = X509_add_ext(certificate, extension, -1) == 1;
  X509_EXTENSION_free(extension);
  require(added, "cannot add a certificate extension");
}

// A certificate with everything but extensions and signature.
Certificate unsigned_certificate(const std::string& common_name, EVP_PKEY* key, UtcTime not_before,
                                 UtcTime not_after) {
  Certificate certificate(X509_new(), X509_free);
  require(certificate != nullptr, "cannot make a certificate");
  X509* x = certificate.get();
  require(X509_set_version(x, X509_VERSION_3) == 1, "cannot set the version");
  std::array<unsigned char, 16> serial{};
  require(RAND_bytes(serial.data(), static_cast<int>(serial.size())) == 1, "no random octets");
  serial.front() = static_cast<unsigned char>((serial.front() & 0x3F) | 0x40);
  BIGNUM* number = BN_bin2bn(serial.data(), static_cast<int>(serial.size()), nullptr);
  const bool set = number != nullptr && BN_to_ASN1_INTEGER(number, X509_get_serialNumber(x));
  BN_free(number);
  require(set, "cannot set the serial number");
  X509_NAME* name = X509_get_subject_name(x);
  // An IMPI may be longer than the 64 characters that OpenSSL would see to with MBSTRING_UTF8.
  require(X509_NAME_add_entry_by_txt(name, "CN", V_ASN1_UTF8STRING,
                                     reinterpret_cast<const unsigned char*>(common_name.data()),
                                     static_cast<int>(common_name.size()), -1, 0) == 1,
          "cannot set the name");
  require(ASN1_TIME_set(X509_getm_notBefore(x), not_before.time_since_epoch().count()) != nullptr &&
              ASN1_TIME_set(X509_getm_notAfter(x), not_after.time_since_epoch().count()) != nullptr,
          "cannot set the validity");
  require(X509_set_pubkey(x, key) == 1, "cannot set the public key");
  return certificate;
}

// CN holds at most 64 characters (RFC 5280 appendix A.1); the dNSName counts, not the CN.
std::string common_name_of(const std::string& host) {
  return host.size() <= 64 ? host : "NAF of ut-lab";
}

void sign(X509* certificate, EVP_PKEY* key, bool sha1) {
  require(X509_sign(certificate, key, sha1 ? EVP_sha1() : EVP_sha256()) > 0,
          "cannot sign a certificate");
}

Identity make_leaf(const LeafSpec& spec, X509* issuer, EVP_PKEY* issuer_key) {
  auto key = make_key(spec.key);
  auto certificate =
      unsigned_certificate(common_name_of(spec.host), key.get(), spec.not_before, spec.not_after);
  X509* x = certificate.get();
  X509* signer = issuer == nullptr ? x : issuer;
  require(X509_set_issuer_name(x, X509_get_subject_name(signer)) == 1, "cannot set the issuer");
  add_extension(x, signer, NID_basic_constraints, "critical,CA:FALSE");
  add_extension(x, signer, NID_key_usage, "critical,digitalSignature");
  add_extension(x, signer, NID_ext_key_usage, "serverAuth");
  std::string names = "DNS:" + spec.host;
  for (const auto& host : spec.other_hosts) {
    names += ",DNS:" + host;
  }
  add_extension(x, signer, NID_subject_alt_name, names);
  add_extension(x, signer, NID_subject_key_identifier, "hash");
  add_extension(x, signer, NID_authority_key_identifier, "keyid:always");
  sign(x, issuer_key == nullptr ? key.get() : issuer_key, spec.sha1);
  return {std::move(key), std::move(certificate)};
}

}  // namespace

PrivateKey make_key(KeyKind kind) {
  EVP_PKEY* key = nullptr;
  switch (kind) {
    case KeyKind::ecdsa_p256:
      key = EVP_EC_gen("P-256");
      break;
    case KeyKind::rsa_2048:
      key = EVP_RSA_gen(2048);
      break;
    case KeyKind::rsa_1024:
      key = EVP_RSA_gen(1024);
      break;
  }
  require(key != nullptr, "cannot make a key");
  return {key, EVP_PKEY_free};
}

PrivateKey make_key_like(const EVP_PKEY* key) {
  EVP_PKEY* made = nullptr;
  std::array<char, 64> group{};
  if (EVP_PKEY_get_base_id(key) == EVP_PKEY_RSA) {
    made = EVP_RSA_gen(static_cast<std::size_t>(EVP_PKEY_get_bits(key)));
  } else if (EVP_PKEY_get_group_name(key, group.data(), group.size(), nullptr) == 1) {
    made = EVP_EC_gen(group.data());
  }
  require(made != nullptr, "cannot make a key");
  return {made, EVP_PKEY_free};
}

std::string to_pem(X509* certificate) {
  const std::unique_ptr<BIO, decltype(&BIO_free)> out(BIO_new(BIO_s_mem()), BIO_free);
  require(out && PEM_write_bio_X509(out.get(), certificate) == 1, "cannot write a certificate");
  char* data = nullptr;
  const long size = BIO_get_mem_data(out.get(), &data);
  return {data, static_cast<std::size_t>(size)};
}

std::string serial_of(const X509* certificate) {
  const ASN1_INTEGER* serial = X509_get0_serialNumber(certificate);
  const std::string digits =
      to_hex({ASN1_STRING_get0_data(serial), static_cast<std::size_t>(ASN1_STRING_length(serial))});
  return digits.substr(std::min(digits.find_first_not_of('0'), digits.size()));
}

std::optional<std::string> common_name_in(const X509_NAME* name) {
  const int at = X509_NAME_get_index_by_NID(name, NID_commonName, -1);
  if (at < 0 || X509_NAME_get_index_by_NID(name, NID_commonName, at) >= 0) {
    return std::nullopt;
  }
  unsigned char* text = nullptr;
  const int size =
      ASN1_STRING_to_UTF8(&text, X509_NAME_ENTRY_get_data(X509_NAME_get_entry(name, at)));
  if (size < 0) {
    ERR_clear_error();
    return std::nullopt;
  }
  std::string value(reinterpret_cast<const char*>(text), static_cast<std::size_t>(size));
  OPENSSL_free(text);
  return value;
}

std::string openssl_error() {
  const auto code = ERR_get_error();
  ERR_clear_error();
  if (code == 0) {
    return "no reason given";
  }
  std::array<char, 256> text{};
  ERR_error_string_n(code, text.data(), text.size());
  return text.data();
}

CertificateAuthority::CertificateAuthority(UtcTime now, const std::string& name)
    : root_{make_key(KeyKind::ecdsa_p256), Certificate(nullptr, X509_free)} {
  root_.certificate =
      unsigned_certificate(name, root_.key.get(), now - std::chrono::days(2), now + kCaValidity);
  X509* x = root_.certificate.get();
  require(X509_set_issuer_name(x, X509_get_subject_name(x)) == 1, "cannot set the issuer");
  add_extension(x, x, NID_basic_constraints, "critical,CA:TRUE,pathlen:0");
  add_extension(x, x, NID_key_usage, "critical,keyCertSign,cRLSign");
  add_extension(x, x, NID_subject_key_identifier, "hash");
  sign(x, root_.key.get(), false);
}

Identity CertificateAuthority::issue(const LeafSpec& spec) const {
  return make_leaf(spec, root_.certificate.get(), root_.key.get());
}

Identity CertificateAuthority::self_signed(const LeafSpec& spec) const {
  return make_leaf(spec, nullptr, nullptr);
}

Certificate CertificateAuthority::issue_to_subscriber(const SubscriberSpec& spec) const {
  auto certificate = unsigned_certificate(spec.impi, spec.key, spec.not_before, spec.not_after);
  X509* x = certificate.get();
  X509* signer = root_.certificate.get();
  require(X509_set_issuer_name(x, X509_get_subject_name(signer)) == 1, "cannot set the issuer");
  add_extension(x, signer, NID_basic_constraints, "critical,CA:FALSE");
  add_extension(x, signer, NID_key_usage, "critical,digitalSignature");
  add_extension(x, signer, NID_ext_key_usage, "clientAuth");
  add_extension(x, signer, NID_subject_key_identifier, "hash");
  add_extension(x, signer, NID_authority_key_identifier, "keyid:always");
  sign(x, root_.key.get(), spec.sha1);
  return certificate;
}

std::string CertificateAuthority::pem() const {
  return to_pem(root_.certificate.get());
}

}  // namespace ut::lab
