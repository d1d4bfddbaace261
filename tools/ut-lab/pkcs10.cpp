#include "tools/ut-lab/pkcs10.h"

#include "base/encoding.h"

#include <openssl/err.h>
#include <openssl/pem.h>

#include <algorithm>
#include <array>
#include <optional>
#include <utility>

namespace ut::lab {
namespace {

using Pkcs10 = std::unique_ptr<X509_REQ, decltype(&X509_REQ_free)>;

constexpr int kLeastRsaBits = 2048;

Pkcs10 from_pem(std::string_view text) {
  const std::unique_ptr<BIO, decltype(&BIO_free)> in(
      BIO_new_mem_buf(text.data(), static_cast<int>(text.size())), BIO_free);
  return {PEM_read_bio_X509_REQ(in.get(), nullptr, nullptr, nullptr), X509_REQ_free};
}

Pkcs10 from_bare_base64(std::string_view text) {
  std::string digits;
  std::ranges::copy_if(text, std::back_inserter(digits), [](char c) {
    return std::string_view(" \t\r\n").find(c) == std::string_view::npos;
  });
  const auto der = from_base64(digits);
  if (!der) {
    return {nullptr, X509_REQ_free};
  }
  const unsigned char* at = der->data();
  Pkcs10 request(d2i_X509_REQ(nullptr, &at, static_cast<long>(der->size())), X509_REQ_free);
  return at == der->data() + der->size() ? std::move(request) : Pkcs10(nullptr, X509_REQ_free);
}

bool strong_enough(const EVP_PKEY* key) {
  if (EVP_PKEY_get_base_id(key) == EVP_PKEY_RSA) {
    return EVP_PKEY_get_bits(key) >= kLeastRsaBits;
  }
  std::array<char, 64> group{};
  if (EVP_PKEY_get_base_id(key) != EVP_PKEY_EC ||
      EVP_PKEY_get_group_name(key, group.data(), group.size(), nullptr) != 1) {
    return false;
  }
  const std::string_view curve = group.data();
  return curve == "prime256v1" || curve == "secp384r1";
}

}  // namespace

std::expected<CertificationRequest, std::string> read_pkcs10(std::string_view body) {
  const auto refused = [](std::string_view rule) {
    ERR_clear_error();
    return std::unexpected(std::string(rule));
  };
  const auto request =
      body.find("-----BEGIN ") != std::string_view::npos ? from_pem(body) : from_bare_base64(body);
  if (!request) {
    return refused("the body is no certification request");
  }
  CertificationRequest read{{X509_REQ_get_pubkey(request.get()), EVP_PKEY_free}, {}};
  if (!read.key || X509_REQ_verify(request.get(), read.key.get()) != 1) {
    return refused("the certification request is not signed by its key");
  }
  if (!strong_enough(read.key.get())) {
    return refused("the key is none of EC P-256, EC P-384 and RSA of 2048 bits or more");
  }
  const X509_NAME* subject = X509_REQ_get_subject_name(request.get());
  if (X509_NAME_entry_count(subject) != 0) {
    auto name = common_name_in(subject);
    if (!name || name->empty()) {
      return refused("the subject has not one common name");
    }
    read.common_name = std::move(*name);
  }
  return read;
}

}  // namespace ut::lab
