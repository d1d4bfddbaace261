// Certification requests for the tests of the PKI portal.
#pragma once

#include "tools/ut-lab/certificates.h"

#include <openssl/bio.h>
#include <openssl/pem.h>

#include <memory>
#include <string>

namespace ut::test {

// A request of `key` in PEM; CN `name` unless it is empty. `signer`: another key in place of its
// own.
inline std::string pkcs10(EVP_PKEY* key, const std::string& name, EVP_PKEY* signer = nullptr) {
  const std::unique_ptr<X509_REQ, decltype(&X509_REQ_free)> request(X509_REQ_new(), X509_REQ_free);
  X509_REQ_set_pubkey(request.get(), key);
  if (!name.empty()) {
    X509_NAME_add_entry_by_txt(X509_REQ_get_subject_name(request.get()), "CN", MBSTRING_UTF8,
                               reinterpret_cast<const unsigned char*>(name.data()),
                               static_cast<int>(name.size()), -1, 0);
  }
  X509_REQ_sign(request.get(), signer == nullptr ? key : signer, EVP_sha256());
  const std::unique_ptr<BIO, decltype(&BIO_free)> out(BIO_new(BIO_s_mem()), BIO_free);
  PEM_write_bio_X509_REQ(out.get(), request.get());
  char* data = nullptr;
  const long size = BIO_get_mem_data(out.get(), &data);
  return {data, static_cast<std::size_t>(size)};
}

inline lab::Certificate certificate_in(const std::string& pem) {
  const std::unique_ptr<BIO, decltype(&BIO_free)> in(
      BIO_new_mem_buf(pem.data(), static_cast<int>(pem.size())), BIO_free);
  return {PEM_read_bio_X509(in.get(), nullptr, nullptr, nullptr), X509_free};
}

}  // namespace ut::test
