#include "tls/crypto/aes_gcm.h"

#include "base/secret.h"
#include "tls/crypto/constant_time.h"

#include <nettle/gcm.h>

#include <array>
#include <cstdlib>
#include <memory>
#include <new>

namespace ut::crypto {
namespace {

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

struct Release {
  void operator()(void* block) const { locked_memory::release(block); }
};

// Locked memory as it is: SecretBytes would fill with zeros what the key schedule then fills.
template <class State>
std::unique_ptr<State, Release> make_state() {
  void* const block = locked_memory::allocate(sizeof(State));
  if (block == nullptr) {
    throw std::bad_alloc();
  }
  return std::unique_ptr<State, Release>(new (block) State);
}

// Turns `from` into `to` by `crypt`, which is Cipher's encrypt or decrypt, and gives the tag.
template <class Cipher, class Crypt>
void run(Crypt crypt, const GcmMessage& message, ByteView from, std::span<std::uint8_t> to,
         std::span<std::uint8_t, kGcmTagSize> tag) {
  const auto state = make_state<typename Cipher::State>();
  Cipher::set_key(state.get(), message.key.data());
  Cipher::set_nonce(state.get(), message.nonce.size(), message.nonce.data());
  Cipher::take_additional(state.get(), message.additional.size(), message.additional.data());
  crypt(state.get(), from.size(), to.data(), from.data());
  Cipher::tag(state.get(), tag.size(), tag.data());
}

}  // namespace

bool has_aes_instructions() {
#if defined(__x86_64__)
  return __builtin_cpu_supports("aes") != 0 && __builtin_cpu_supports("pclmul") != 0;
#else
  return false;
#endif
}

void aes_gcm_encrypt(const GcmMessage& message, ByteView plain, std::span<std::uint8_t> cipher,
                     std::span<std::uint8_t, kGcmTagSize> tag) {
  switch (message.key.size()) {
    case 16:
      return run<Aes128Gcm>(Aes128Gcm::encrypt, message, plain, cipher, tag);
    case 32:
      return run<Aes256Gcm>(Aes256Gcm::encrypt, message, plain, cipher, tag);
    default:
      std::abort();
  }
}

bool aes_gcm_decrypt(const GcmMessage& message, ByteView cipher, std::span<std::uint8_t> plain,
                     std::span<const std::uint8_t, kGcmTagSize> tag) {
  std::array<std::uint8_t, kGcmTagSize> expected{};
  switch (message.key.size()) {
    case 16:
      run<Aes128Gcm>(Aes128Gcm::decrypt, message, cipher, plain, expected);
      break;
    case 32:
      run<Aes256Gcm>(Aes256Gcm::decrypt, message, cipher, plain, expected);
      break;
    default:
      std::abort();
  }
  if (!constant_time_equal(expected, tag)) {
    wipe(plain);
    return false;
  }
  return true;
}

}  // namespace ut::crypto
