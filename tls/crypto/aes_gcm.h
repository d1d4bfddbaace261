// AES-GCM (NIST SP 800-38D) in one call a message: what TLS records are protected with.
#pragma once

#include "base/bytes.h"
#include "base/secret.h"

#include <cstddef>
#include <cstdint>
#include <span>

namespace ut::crypto {

inline constexpr std::size_t kGcmNonceSize = 12;
inline constexpr std::size_t kGcmTagSize = 16;

// Whether the processor has instructions for AES and for carry-less multiplication, with which
// AES-GCM is faster than ChaCha20-Poly1305 and its time does not depend on the key. Without them
// the class below works too, by tables.
bool has_aes_instructions();

// What belongs to one message beside its text.
struct GcmMessage {
  std::span<const std::uint8_t, kGcmNonceSize> nonce;
  ByteView additional;
};

// A key with its schedule, in locked memory, for as many messages as it is kept.
class AesGcm {
 public:
  // 16 or 32 octets: AES-128 or AES-256. Throws std::bad_alloc when there is no locked memory left.
  explicit AesGcm(ByteView key);

  // Compared in constant time.
  bool has_key(ByteView key) const;

  // `cipher` has the size of `plain` and may be the same memory.
  void encrypt(const GcmMessage& message, ByteView plain, std::span<std::uint8_t> cipher,
               std::span<std::uint8_t, kGcmTagSize> tag);

  // The same backwards. False when the tag is wrong: then `plain` holds zeros.
  bool decrypt(const GcmMessage& message, ByteView cipher, std::span<std::uint8_t> plain,
               std::span<const std::uint8_t, kGcmTagSize> tag);

 private:
  SecretBytes key_;
  SecretBytes state_;  // nettle's, with the key schedule
};

}  // namespace ut::crypto
