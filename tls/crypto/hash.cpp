#include "tls/crypto/hash.h"

#include <wolfssl/options.h>
// options.h first: it holds the switches the library was built with.
#include <wolfssl/wolfcrypt/hmac.h>
#include <wolfssl/wolfcrypt/md5.h>
#include <wolfssl/wolfcrypt/sha.h>
#include <wolfssl/wolfcrypt/sha256.h>

#include <cstdlib>
#include <new>

namespace ut::crypto {
namespace {

void check(int result) {
  if (result != 0) {
    std::abort();
  }
}

word32 length(ByteView octets) {
  return static_cast<word32>(octets.size());
}

}  // namespace

struct Hasher::State {
  union {
    wc_Md5 md5;
    wc_Sha sha;
    wc_Sha256 sha256;
  };
};

void Hasher::Release::operator()(State* state) const {
  locked_memory::release(state);
}

Hasher::Hasher(HashKind kind) : kind_(kind) {
  void* block = locked_memory::allocate(sizeof(State));
  if (block == nullptr) {
    throw std::bad_alloc();
  }
  state_.reset(new (block) State);
  switch (kind_) {
    case HashKind::md5:
      check(wc_InitMd5(&state_->md5));
      break;
    case HashKind::sha1:
      check(wc_InitSha(&state_->sha));
      break;
    case HashKind::sha256:
      check(wc_InitSha256(&state_->sha256));
      break;
  }
}

Hasher::~Hasher() = default;
Hasher::Hasher(Hasher&&) noexcept = default;
Hasher& Hasher::operator=(Hasher&&) noexcept = default;

Hasher& Hasher::update(ByteView octets) {
  switch (kind_) {
    case HashKind::md5:
      check(wc_Md5Update(&state_->md5, octets.data(), length(octets)));
      break;
    case HashKind::sha1:
      check(wc_ShaUpdate(&state_->sha, octets.data(), length(octets)));
      break;
    case HashKind::sha256:
      check(wc_Sha256Update(&state_->sha256, octets.data(), length(octets)));
      break;
  }
  return *this;
}

SecretBytes Hasher::finish() {
  SecretBytes out(hash_size(kind_));
  auto* to = out.expose_mutable().data();
  switch (kind_) {
    case HashKind::md5:
      check(wc_Md5Final(&state_->md5, to));
      break;
    case HashKind::sha1:
      check(wc_ShaFinal(&state_->sha, to));
      break;
    case HashKind::sha256:
      check(wc_Sha256Final(&state_->sha256, to));
      break;
  }
  return out;
}

Bytes Hasher::finish_public() {
  return to_bytes(finish().expose());
}

Bytes hash(HashKind kind, ByteView octets) {
  return Hasher(kind).update(octets).finish_public();
}

SecretBytes hmac_sha256(ByteView key, ByteView data) {
  SecretBytes state(sizeof(Hmac));
  auto* hmac = reinterpret_cast<Hmac*>(state.expose_mutable().data());
  SecretBytes out(32);
  check(wc_HmacInit(hmac, nullptr, INVALID_DEVID));
  check(wc_HmacSetKey(hmac, WC_SHA256, key.data(), length(key)));
  check(wc_HmacUpdate(hmac, data.data(), length(data)));
  check(wc_HmacFinal(hmac, out.expose_mutable().data()));
  wc_HmacFree(hmac);
  return out;
}

}  // namespace ut::crypto
