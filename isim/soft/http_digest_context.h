// The HTTP Digest context of the ISIM (TS 31.103 clause 7.1): the password stays on the card.
#pragma once

#include "base/bytes.h"
#include "base/secret.h"

#include <string>
#include <utility>

namespace ut::isim::soft {

class HttpDigestContext {
 public:
  HttpDigestContext(std::string user, SecretBytes password)
      : user_(std::move(user)), password_(std::move(password)) {}

  // H(A1) of MD5-sess (RFC 2617 section 3.2.2.2), 16 octets [M]: MD5 of the hexadecimal digits of
  // MD5(user:realm:password), nonce and cnonce, with ':' between them.
  SecretBytes session_key(ByteView realm, ByteView nonce, ByteView cnonce) const;

 private:
  std::string user_;
  SecretBytes password_;
};

}  // namespace ut::isim::soft
