#include "tls/crypto/aes.h"

#include <nettle/aes.h>

namespace ut::crypto {

Aes128::Aes128(AesBlockView key) : schedule_(sizeof(aes128_ctx)) {
  aes128_set_encrypt_key(reinterpret_cast<aes128_ctx*>(schedule_.expose_mutable().data()),
                         key.data());
}

void Aes128::encrypt(AesBlockView in, AesBlock out) const {
  aes128_encrypt(reinterpret_cast<const aes128_ctx*>(schedule_.expose().data()), in.size(),
                 out.data(), in.data());
}

}  // namespace ut::crypto
