#include "isim/soft/http_digest_context.h"

#include "base/encoding.h"
#include "tls/crypto/hash.h"

#include <initializer_list>

namespace ut::isim::soft {
namespace {

SecretBytes md5_of_parts(std::initializer_list<ByteView> parts) {
  crypto::Hasher hasher(crypto::HashKind::md5);
  bool first = true;
  for (const ByteView part : parts) {
    if (!std::exchange(first, false)) {
      hasher.update(as_bytes(":"));
    }
    hasher.update(part);
  }
  return hasher.finish();
}

}  // namespace

SecretBytes HttpDigestContext::session_key(ByteView realm, ByteView nonce, ByteView cnonce) const {
  const SecretBytes credentials = md5_of_parts({as_bytes(user_), realm, password_.expose()});
  const SecretBytes digits = to_hex_secret(credentials.expose());
  return md5_of_parts({digits.expose(), nonce, cnonce});
}

}  // namespace ut::isim::soft
