#include "tls/crypto/aes.h"

#include <wolfssl/options.h>
// options.h first: it holds the switches the library was built with.
#include <wolfssl/wolfcrypt/aes.h>

#include <cstdlib>

namespace ut::crypto {

Aes128::Aes128(AesBlockView key) : schedule_(sizeof(Aes)) {
  auto* aes = reinterpret_cast<Aes*>(schedule_.expose_mutable().data());
  if (wc_AesInit(aes, nullptr, INVALID_DEVID) != 0 ||
      wc_AesSetKeyDirect(aes, key.data(), 16, nullptr, AES_ENCRYPTION) != 0) {
    std::abort();
  }
}

void Aes128::encrypt(AesBlockView in, AesBlock out) const {
  auto* aes = reinterpret_cast<Aes*>(const_cast<std::uint8_t*>(schedule_.expose().data()));
  if (wc_AesEncryptDirect(aes, out.data(), in.data()) != 0) {
    std::abort();
  }
}

}  // namespace ut::crypto
