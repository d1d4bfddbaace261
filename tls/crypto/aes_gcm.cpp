#include "tls/crypto/aes_gcm.h"

#include "tls/crypto/constant_time.h"

#include <nettle/gcm.h>

#include <array>
#include <cstdlib>

namespace ut::crypto {
namespace {

constexpr std::size_t kAes128 = 16;
constexpr std::size_t kAes256 = 32;

struct Aes128Gcm {
  using State = gcm_aes128_ctx;
  static constexpr auto set_key = gcm_aes128_set_key;
  static constexpr auto set_nonce = gcm_aes128_set_iv;
  static constexpr auto take_additional = gcm_aes128_update;
  static constexpr auto encrypt = gcm_aes128_encrypt;
  static constexpr auto decrypt = gcm_aes128_decrypt;
  static constexpr auto tag = gcm_aes128_digest;
};

struct Aes256Gcm {
  using State = gcm_aes256_ctx;
  static constexpr auto set_key = gcm_aes256_set_key;
  static constexpr auto set_nonce = gcm_aes256_set_iv;
  static constexpr auto take_additional = gcm_aes256_update;
  static constexpr auto encrypt = gcm_aes256_encrypt;
  static constexpr auto decrypt = gcm_aes256_decrypt;
  static constexpr auto tag = gcm_aes256_digest;
};

template <class Cipher>
typename Cipher::State* state_in(SecretBytes& memory) {
  return reinterpret_cast<typename Cipher::State*>(memory.expose_mutable().data());
}

template <class Cipher>
SecretBytes state_of(ByteView key) {
  SecretBytes memory(sizeof(typename Cipher::State));
  Cipher::set_key(state_in<Cipher>(memory), key.data());
  return memory;
}

// Turns `from` into `to` by `crypt`, which is Cipher's encrypt or decrypt, and gives the tag.
template <class Cipher, class Crypt>
void run(Crypt crypt, SecretBytes& memory, const GcmMessage& message, ByteView from,
         std::span<std::uint8_t> to, std::span<std::uint8_t, kGcmTagSize> tag) {
  auto* const state = state_in<Cipher>(memory);
  Cipher::set_nonce(state, message.nonce.size(), message.nonce.data());
  Cipher::take_additional(state, message.additional.size(), message.additional.data());
  crypt(state, from.size(), to.data(), from.data());
  Cipher::tag(state, tag.size(), tag.data());
}

}  // namespace

bool has_aes_instructions() {
#if defined(__x86_64__)
  return __builtin_cpu_supports("aes") != 0 && __builtin_cpu_supports("pclmul") != 0;
#else
  return false;
#endif
}

AesGcm::AesGcm(ByteView key) : key_(SecretBytes::copy_of(key)) {
  switch (key.size()) {
    case kAes128:
      state_ = state_of<Aes128Gcm>(key);
      break;
    case kAes256:
      state_ = state_of<Aes256Gcm>(key);
      break;
    default:
      std::abort();
  }
}

bool AesGcm::has_key(ByteView key) const {
  return constant_time_equal(key_.expose(), key);
}

void AesGcm::encrypt(const GcmMessage& message, ByteView plain, std::span<std::uint8_t> cipher,
                     std::span<std::uint8_t, kGcmTagSize> tag) {
  if (key_.size() == kAes128) {
    run<Aes128Gcm>(Aes128Gcm::encrypt, state_, message, plain, cipher, tag);
  } else {
    run<Aes256Gcm>(Aes256Gcm::encrypt, state_, message, plain, cipher, tag);
  }
}

bool AesGcm::decrypt(const GcmMessage& message, ByteView cipher, std::span<std::uint8_t> plain,
                     std::span<const std::uint8_t, kGcmTagSize> tag) {
  std::array<std::uint8_t, kGcmTagSize> expected{};
  if (key_.size() == kAes128) {
    run<Aes128Gcm>(Aes128Gcm::decrypt, state_, message, cipher, plain, expected);
  } else {
    run<Aes256Gcm>(Aes256Gcm::decrypt, state_, message, cipher, plain, expected);
  }
  if (!constant_time_equal(expected, tag)) {
    wipe(plain);
    return false;
  }
  return true;
}

}  // namespace ut::crypto
