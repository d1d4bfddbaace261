#include "tls/crypto/kdf.h"

#include "tls/crypto/hash.h"

#include <cstddef>
#include <cstdlib>

namespace ut::crypto {

SecretBytes kdf(ByteView key, std::uint8_t fc, std::initializer_list<ByteView> parameters) {
  constexpr std::size_t kMaxParameter = 0xffff;
  Bytes s{fc};
  for (const ByteView parameter : parameters) {
    if (parameter.size() > kMaxParameter) {
      std::abort();
    }
    append(s, parameter);
    s.push_back(static_cast<std::uint8_t>(parameter.size() >> 8));
    s.push_back(static_cast<std::uint8_t>(parameter.size() & 0xff));
  }
  return hmac_sha256(key, s);
}

}  // namespace ut::crypto
