// AES-128 on single blocks: what Milenage is built from.
#pragma once

#include "base/secret.h"

#include <cstdint>
#include <span>

namespace ut::crypto {

using AesBlock = std::span<std::uint8_t, 16>;
using AesBlockView = std::span<const std::uint8_t, 16>;

// A key schedule for encrypting blocks of 16 octets with a key of 16 octets.
class Aes128 {
 public:
  explicit Aes128(AesBlockView key);
  // `in` and `out` may be the same block.
  void encrypt(AesBlockView in, AesBlock out) const;

 private:
  SecretBytes schedule_;
};

}  // namespace ut::crypto
