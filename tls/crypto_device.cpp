#include "tls/crypto_device.h"

#include "tls/crypto/aes_gcm.h"
#include "tls/crypto/ecdsa.h"

#include <wolfssl/options.h>
// options.h first: it holds the switches the library was built with.
#include <wolfssl/wolfcrypt/cryptocb.h>
#include <wolfssl/wolfcrypt/ecc.h>
#include <wolfssl/wolfcrypt/error-crypt.h>

#include <array>
#include <new>
#include <optional>
#include <unordered_map>

namespace ut::tls {
namespace {

// Any number but INVALID_DEVID; this one reads "UTae" in a debugger.
constexpr int kDevice = 0x55546165;

constexpr word32 kSmallestHash = 32;

// Else wc_CryptoInfo has another layout here than in the library.
static_assert(HAVE_ANONYMOUS_INLINE_AGGREGATES == 1);

ByteView view(const byte* octets, word32 size) {
  return {octets, size};
}

// The key schedules of the connections there are, by the library's state that the key is in. That
// state may get another key, so the key is compared each time.
using KeySchedules = std::unordered_map<const Aes*, crypto::AesGcm>;
constexpr std::size_t kMostKeySchedules = 256;

KeySchedules& key_schedules() {
  thread_local KeySchedules schedules;
  return schedules;
}

// The raw key lies in the library's own state, which is in locked memory as all of its heap, and
// which the library wipes with the connection.
crypto::AesGcm& schedule_of(const Aes& aes) {
  const ByteView key =
      view(reinterpret_cast<const byte*>(aes.devKey), static_cast<word32>(aes.keylen));
  auto& schedules = key_schedules();
  const auto found = schedules.find(&aes);
  if (found != schedules.end() && found->second.has_key(key)) {
    return found->second;
  }
  if (found == schedules.end() && schedules.size() >= kMostKeySchedules) {
    schedules.clear();
  }
  return schedules.insert_or_assign(&aes, crypto::AesGcm(key)).first->second;
}

template <class Parameters>
crypto::GcmMessage message_of(const Parameters& of) {
  return {.nonce = std::span<const std::uint8_t, crypto::kGcmNonceSize>(of.iv, of.ivSz),
          .additional = view(of.authIn, of.authInSz)};
}

template <class Parameters>
bool is_for_us(const Parameters& of) {
  return (of.aes->keylen == 16 || of.aes->keylen == 32) && of.ivSz == crypto::kGcmNonceSize &&
         of.authTagSz == crypto::kGcmTagSize;
}

int encrypt(const decltype(wc_CryptoInfo::cipher.aesgcm_enc)& of) {
  schedule_of(*of.aes).encrypt(
      message_of(of), view(of.in, of.sz), {of.out, of.sz},
      std::span<std::uint8_t, crypto::kGcmTagSize>(of.authTag, of.authTagSz));
  return 0;
}

int decrypt(const decltype(wc_CryptoInfo::cipher.aesgcm_dec)& of) {
  const std::span<const std::uint8_t, crypto::kGcmTagSize> tag(of.authTag, of.authTagSz);
  const bool whole =
      schedule_of(*of.aes).decrypt(message_of(of), view(of.in, of.sz), {of.out, of.sz}, tag);
  return whole ? 0 : AES_GCM_AUTH_E;
}

// AES-GCM as TLS uses it, where the processor makes it fast.
int aes_gcm(const wc_CryptoInfo& info) {
  if (!crypto::has_aes_instructions()) {
    return CRYPTOCB_UNAVAILABLE;
  }
  if (info.cipher.enc != 0) {
    const auto& of = info.cipher.aesgcm_enc;
    return is_for_us(of) ? encrypt(of) : CRYPTOCB_UNAVAILABLE;
  }
  const auto& of = info.cipher.aesgcm_dec;
  return is_for_us(of) ? decrypt(of) : CRYPTOCB_UNAVAILABLE;
}

std::optional<crypto::Curve> curve_of(const ecc_key& key) {
  switch (key.dp != nullptr ? key.dp->id : ECC_CURVE_INVALID) {
    case ECC_SECP256R1:
      return crypto::Curve::p256;
    case ECC_SECP384R1:
      return crypto::Curve::p384;
    case ECC_SECP521R1:
      return crypto::Curve::p521;
    default:
      return std::nullopt;
  }
}

// A coordinate as the library writes it.
struct Coordinate {
  std::array<byte, MAX_ECC_BYTES> octets;
  word32 size = MAX_ECC_BYTES;
};

int verify(const decltype(wc_CryptoInfo::pk.eccverify)& of) {
  const auto curve = curve_of(*of.key);
  if (!curve) {
    return CRYPTOCB_UNAVAILABLE;
  }
  *of.res = 0;
  // No hash of the profile is shorter (CVE-2026-5194).
  if (of.hashlen < kSmallestHash) {
    return BAD_LENGTH_E;
  }
  Coordinate x;
  Coordinate y;
  if (const int error =
          wc_ecc_export_public_raw(of.key, x.octets.data(), &x.size, y.octets.data(), &y.size);
      error != 0) {
    return error;
  }
  const crypto::EcdsaPublicKey key{*curve, view(x.octets.data(), x.size),
                                   view(y.octets.data(), y.size)};
  const bool good = crypto::verify_ecdsa(key, view(of.hash, of.hashlen), view(of.sig, of.siglen));
  *of.res = good ? 1 : 0;
  return 0;
}

// Everything else is left to the library.
int on_operation(int, wc_CryptoInfo* info, void*) try {
  if (info->algo_type == WC_ALGO_TYPE_CIPHER && info->cipher.type == WC_CIPHER_AES_GCM) {
    return aes_gcm(*info);
  }
  if (info->algo_type == WC_ALGO_TYPE_PK && info->pk.type == WC_PK_TYPE_ECDSA_VERIFY) {
    return verify(info->pk.eccverify);
  }
  return CRYPTOCB_UNAVAILABLE;
} catch (const std::bad_alloc&) {
  return MEMORY_E;
}

}  // namespace

Result<void> register_crypto_device() {
  if (wc_CryptoCb_RegisterDevice(kDevice, on_operation, nullptr) != 0) {
    return fail(ErrorCode::crypto_failed, "register_crypto_device");
  }
  return {};
}

int crypto_device() {
  return kDevice;
}

void forget_key_schedules() {
  key_schedules().clear();
}

}  // namespace ut::tls
