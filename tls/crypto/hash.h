// Hashes and HMAC.
#pragma once

#include "base/bytes.h"
#include "base/secret.h"

#include <array>
#include <cstddef>
#include <memory>
#include <span>

namespace ut::crypto {

enum class HashKind : std::uint8_t { md5, sha1, sha256 };

// Octets of a hash of this kind: 16, 20, 32.
constexpr std::size_t hash_size(HashKind kind) {
  switch (kind) {
    case HashKind::md5:
      return 16;
    case HashKind::sha1:
      return 20;
    case HashKind::sha256:
      return 32;
  }
  return 0;
}

inline constexpr std::size_t kGreatestHash = 32;

// A hash being computed. The state, which may hold secrets, is wiped at the end.
class Hasher {
 public:
  explicit Hasher(HashKind kind);
  ~Hasher();

  Hasher& update(ByteView octets);
  // hash_size(kind) octets; the object then begins another hash.
  SecretBytes finish();
  // The same where the hash is no secret.
  Bytes finish_public();
  // The same into the first hash_size(kind) octets of `to`, which are given back.
  ByteView finish_public(std::span<std::uint8_t, kGreatestHash> to);

 private:
  struct State;
  struct Release {
    void operator()(State* state) const;
  };
  void finish_into(std::span<std::uint8_t> to);

  HashKind kind_;
  std::unique_ptr<State, Release> state_;
};

// The hash of `octets`, which are not secret.
Bytes hash(HashKind kind, ByteView octets);

// The first `size` octets that SHAKE256 (FIPS 202) makes of `input`.
SecretBytes shake256(ByteView input, std::size_t size);

// HMAC-SHA-256 (RFC 2104): 32 octets.
SecretBytes hmac_sha256(ByteView key, ByteView data);
// HMAC-MD5: 16 octets. Only for protocols that know nothing better (RFC 4169).
SecretBytes hmac_md5(ByteView key, ByteView data);

}  // namespace ut::crypto
