#include "tls/crypto/hash.h"

#include <nettle/hmac.h>
#include <nettle/md5.h>
#include <nettle/sha1.h>
#include <nettle/sha2.h>
#include <nettle/sha3.h>

#include <new>

namespace ut::crypto {

struct Hasher::State {
  union {
    md5_ctx md5;
    sha1_ctx sha1;
    sha256_ctx sha256;
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
      md5_init(&state_->md5);
      break;
    case HashKind::sha1:
      sha1_init(&state_->sha1);
      break;
    case HashKind::sha256:
      sha256_init(&state_->sha256);
      break;
  }
}

Hasher::~Hasher() = default;

Hasher& Hasher::update(ByteView octets) {
  switch (kind_) {
    case HashKind::md5:
      md5_update(&state_->md5, octets.size(), octets.data());
      break;
    case HashKind::sha1:
      sha1_update(&state_->sha1, octets.size(), octets.data());
      break;
    case HashKind::sha256:
      sha256_update(&state_->sha256, octets.size(), octets.data());
      break;
  }
  return *this;
}

void Hasher::finish_into(std::span<std::uint8_t> to) {
  switch (kind_) {
    case HashKind::md5:
      md5_digest(&state_->md5, to.size(), to.data());
      break;
    case HashKind::sha1:
      sha1_digest(&state_->sha1, to.size(), to.data());
      break;
    case HashKind::sha256:
      sha256_digest(&state_->sha256, to.size(), to.data());
      break;
  }
}

SecretBytes Hasher::finish() {
  SecretBytes out(hash_size(kind_));
  finish_into(out.expose_mutable());
  return out;
}

Bytes Hasher::finish_public() {
  Bytes out(hash_size(kind_));
  finish_into(out);
  return out;
}

ByteView Hasher::finish_public(std::span<std::uint8_t, kGreatestHash> to) {
  const auto out = to.first(hash_size(kind_));
  finish_into(out);
  return out;
}

Bytes hash(HashKind kind, ByteView octets) {
  return Hasher(kind).update(octets).finish_public();
}

SecretBytes shake256(ByteView input, std::size_t size) {
  SecretBytes memory(sizeof(sha3_256_ctx));
  auto* state = reinterpret_cast<sha3_256_ctx*>(memory.expose_mutable().data());
  SecretBytes out(size);
  sha3_256_init(state);
  sha3_256_update(state, input.size(), input.data());
  sha3_256_shake(state, out.size(), out.expose_mutable().data());
  return out;
}

SecretBytes hmac_sha256(ByteView key, ByteView data) {
  SecretBytes memory(sizeof(hmac_sha256_ctx));
  auto* state = reinterpret_cast<hmac_sha256_ctx*>(memory.expose_mutable().data());
  SecretBytes out(SHA256_DIGEST_SIZE);
  hmac_sha256_set_key(state, key.size(), key.data());
  hmac_sha256_update(state, data.size(), data.data());
  hmac_sha256_digest(state, out.size(), out.expose_mutable().data());
  return out;
}

SecretBytes hmac_md5(ByteView key, ByteView data) {
  SecretBytes memory(sizeof(hmac_md5_ctx));
  auto* state = reinterpret_cast<hmac_md5_ctx*>(memory.expose_mutable().data());
  SecretBytes out(MD5_DIGEST_SIZE);
  hmac_md5_set_key(state, key.size(), key.data());
  hmac_md5_update(state, data.size(), data.data());
  hmac_md5_digest(state, out.size(), out.expose_mutable().data());
  return out;
}

}  // namespace ut::crypto
