#include "tls/certification_request.h"

#include "base/bytes.h"
#include "tls/context.h"

#include <wolfssl/options.h>
// options.h first: it holds the switches the library was built with.
#include <wolfssl/wolfcrypt/asn_public.h>
#include <wolfssl/wolfcrypt/ecc.h>
#include <wolfssl/wolfcrypt/random.h>

#include <algorithm>
#include <iterator>
#include <memory>
#include <new>

namespace ut::tls {
namespace {

constexpr int kKeyOctets = 32;  // P-256
constexpr std::size_t kLargestDer = 2048;
constexpr std::size_t kLargestPem = 4096;

std::unexpected<Error> failed(int number) {
  return fail(ErrorCode::crypto_failed, "make a certification request",
              ForeignNumber{ForeignKind::tls, number});
}

// The library's states hold the private key in themselves, so they lie in locked memory.
class KeyPair {
 public:
  KeyPair() : memory_(sizeof(WC_RNG) + sizeof(ecc_key) + alignof(ecc_key)) {
    auto* const begin = memory_.expose_mutable().data();
    rng_ = reinterpret_cast<WC_RNG*>(begin);
    void* at = begin + sizeof(WC_RNG);
    std::size_t room = memory_.size() - sizeof(WC_RNG);
    key_ = static_cast<ecc_key*>(std::align(alignof(ecc_key), sizeof(ecc_key), at, room));
  }
  ~KeyPair() {
    if (made_key_) {
      wc_ecc_free(key_);
    }
    if (made_rng_) {
      wc_FreeRng(rng_);
    }
  }
  KeyPair(const KeyPair&) = delete;
  KeyPair& operator=(const KeyPair&) = delete;

  // 0, or the library's error.
  int make() {
    int result = wc_InitRng(rng_);
    made_rng_ = result == 0;
    if (result == 0) {
      result = wc_ecc_init(key_);
      made_key_ = result == 0;
    }
    return result == 0 ? wc_ecc_make_key_ex(rng_, kKeyOctets, key_, ECC_SECP256R1) : result;
  }
  WC_RNG* rng() { return rng_; }
  ecc_key* key() { return key_; }

 private:
  SecretBytes memory_;
  WC_RNG* rng_ = nullptr;
  ecc_key* key_ = nullptr;
  bool made_rng_ = false;
  bool made_key_ = false;
};

Result<SecretBytes> key_pem(KeyPair& pair) {
  SecretBytes der(kLargestDer);
  const int der_size =
      wc_EccKeyToDer(pair.key(), der.expose_mutable().data(), static_cast<word32>(der.size()));
  if (der_size <= 0) {
    return failed(der_size);
  }
  SecretBytes pem(kLargestPem);
  const int size =
      wc_DerToPem(der.expose().data(), static_cast<word32>(der_size), pem.expose_mutable().data(),
                  static_cast<word32>(pem.size()), ECC_PRIVATEKEY_TYPE);
  if (size <= 0) {
    return failed(size);
  }
  return SecretBytes::copy_of(pem.expose().first(static_cast<std::size_t>(size)));
}

Result<std::string> request_pem(KeyPair& pair, std::string_view common_name) {
  // Some kilobytes, most of them names.
  const auto request = std::make_unique<Cert>();
  int result = wc_InitCert(request.get());
  if (result != 0) {
    return failed(result);
  }
  if (common_name.size() < sizeof(request->subject.commonName)) {
    std::ranges::copy(common_name, std::begin(request->subject.commonName));
  }
  request->sigType = CTC_SHA256wECDSA;
  Bytes der(kLargestDer);
  result = wc_MakeCertReq(request.get(), der.data(), static_cast<word32>(der.size()), nullptr,
                          pair.key());
  if (result <= 0) {
    return failed(result);
  }
  result = wc_SignCert(request->bodySz, request->sigType, der.data(),
                       static_cast<word32>(der.size()), nullptr, pair.key(), pair.rng());
  if (result <= 0) {
    return failed(result);
  }
  std::string pem(kLargestPem, '\0');
  const int size =
      wc_DerToPem(der.data(), static_cast<word32>(result), reinterpret_cast<byte*>(pem.data()),
                  static_cast<word32>(pem.size()), CERTREQ_TYPE);
  if (size <= 0) {
    return failed(size);
  }
  pem.resize(static_cast<std::size_t>(size));
  return pem;
}

}  // namespace

Result<CertificationRequest> make_certification_request(std::string_view common_name) try {
  TRY_VOID(start_library());
  KeyPair pair;
  if (const int result = pair.make(); result != 0) {
    return failed(result);
  }
  CertificationRequest made;
  TRY(made.key, key_pem(pair));
  TRY(made.request, request_pem(pair, common_name));
  return made;
} catch (const std::bad_alloc&) {
  return fail(ErrorCode::locked_memory_unavailable, "make a certification request");
}

}  // namespace ut::tls
