// AES-GCM (NIST SP 800-38D) in one call a message: what TLS records are protected with.
#pragma once

#include "base/bytes.h"

#include <cstddef>
#include <cstdint>
#include <span>

namespace ut::crypto {

inline constexpr std::size_t kGcmNonceSize = 12;
inline constexpr std::size_t kGcmTagSize = 16;

// Whether the processor has instructions for AES and for carry-less multiplication, with which
// AES-GCM is faster than ChaCha20-Poly1305 and its time does not depend on the key. Without them
// the functions below work too, by tables.
bool has_aes_instructions();

// What belongs to one message beside its text. The key has 16 or 32 octets: AES-128 or AES-256.
struct GcmMessage {
  ByteView key;
  std::span<const std::uint8_t, kGcmNonceSize> nonce;
  ByteView additional;
};

// `cipher` has the size of `plain` and may be the same memory. The key schedule exists during the
// call only, in locked memory. Throws std::bad_alloc when there is none left.
void aes_gcm_encrypt(const GcmMessage& message, ByteView plain, std::span<std::uint8_t> cipher,
                     std::span<std::uint8_t, kGcmTagSize> tag);

// The same backwards. False when the tag is wrong: then `plain` holds zeros.
bool aes_gcm_decrypt(const GcmMessage& message, ByteView cipher, std::span<std::uint8_t> plain,
                     std::span<const std::uint8_t, kGcmTagSize> tag);

}  // namespace ut::crypto
