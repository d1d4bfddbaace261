// The wolfSSL half of a Context, for the .cpp files of tls/.
#pragma once

#include "base/secret.h"
#include "tls/context.h"

struct WOLFSSL_CTX;

namespace ut::tls {

// Octets that one TLS record carries at most (RFC 8446 section 5.1).
inline constexpr std::size_t kRecordSize = 16384;

struct Context::Native {
  Native() : gather(kRecordSize) {}
  ~Native();
  Native(const Native&) = delete;
  Native& operator=(const Native&) = delete;

  WOLFSSL_CTX* ctx = nullptr;
  // Where the pieces of one write meet to become one record; all streams share it, as it is used
  // only within a call.
  SecretBytes gather;
};

}  // namespace ut::tls
