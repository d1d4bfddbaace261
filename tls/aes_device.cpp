#include "tls/aes_device.h"

#include "tls/crypto/aes_gcm.h"

#include <wolfssl/options.h>
// options.h first: it holds the switches the library was built with.
#include <wolfssl/wolfcrypt/cryptocb.h>
#include <wolfssl/wolfcrypt/error-crypt.h>

#include <new>

namespace ut::tls {
namespace {

// Any number but INVALID_DEVID; this one reads "UTae" in a debugger.
constexpr int kDevice = 0x55546165;

// Else wc_CryptoInfo has another layout here than in the library.
static_assert(HAVE_ANONYMOUS_INLINE_AGGREGATES == 1);

ByteView view(const byte* octets, word32 size) {
  return {octets, size};
}

// The raw key lies in the library's own state, which is in locked memory as all of its heap, and
// which the library wipes with the connection.
template <class Parameters>
crypto::GcmMessage message_of(const Parameters& of) {
  return {.key = view(reinterpret_cast<const byte*>(of.aes->devKey),
                      static_cast<word32>(of.aes->keylen)),
          .nonce = std::span<const std::uint8_t, crypto::kGcmNonceSize>(of.iv, of.ivSz),
          .additional = view(of.authIn, of.authInSz)};
}

template <class Parameters>
bool is_for_us(const Parameters& of) {
  return (of.aes->keylen == 16 || of.aes->keylen == 32) && of.ivSz == crypto::kGcmNonceSize &&
         of.authTagSz == crypto::kGcmTagSize;
}

int encrypt(const decltype(wc_CryptoInfo::cipher.aesgcm_enc)& of) {
  crypto::aes_gcm_encrypt(message_of(of), view(of.in, of.sz), {of.out, of.sz},
                          std::span<std::uint8_t, crypto::kGcmTagSize>(of.authTag, of.authTagSz));
  return 0;
}

int decrypt(const decltype(wc_CryptoInfo::cipher.aesgcm_dec)& of) {
  const std::span<const std::uint8_t, crypto::kGcmTagSize> tag(of.authTag, of.authTagSz);
  const bool whole =
      crypto::aes_gcm_decrypt(message_of(of), view(of.in, of.sz), {of.out, of.sz}, tag);
  return whole ? 0 : AES_GCM_AUTH_E;
}

// Everything but AES-GCM as TLS uses it is left to the library.
int on_operation(int, wc_CryptoInfo* info, void*) try {
  if (info->algo_type != WC_ALGO_TYPE_CIPHER || info->cipher.type != WC_CIPHER_AES_GCM) {
    return CRYPTOCB_UNAVAILABLE;
  }
  if (info->cipher.enc != 0) {
    const auto& of = info->cipher.aesgcm_enc;
    return is_for_us(of) ? encrypt(of) : CRYPTOCB_UNAVAILABLE;
  }
  const auto& of = info->cipher.aesgcm_dec;
  return is_for_us(of) ? decrypt(of) : CRYPTOCB_UNAVAILABLE;
} catch (const std::bad_alloc&) {
  return MEMORY_E;
}

}  // namespace

Result<void> register_aes_device() {
  if (wc_CryptoCb_RegisterDevice(kDevice, on_operation, nullptr) != 0) {
    return fail(ErrorCode::crypto_failed, "register_aes_device");
  }
  return {};
}

int aes_device() {
  return crypto::has_aes_instructions() ? kDevice : INVALID_DEVID;
}

}  // namespace ut::tls
