#include "tls/crypto/constant_time.h"

namespace ut::crypto {

bool constant_time_equal(ByteView a, ByteView b) {
  if (a.size() != b.size()) {
    return false;
  }
  // Reads of volatile octets have to be made, all of them.
  const volatile std::uint8_t* const of_a = a.data();
  const volatile std::uint8_t* const of_b = b.data();
  std::uint8_t difference = 0;
  for (std::size_t i = 0; i < a.size(); ++i) {
    difference = static_cast<std::uint8_t>(difference | (of_a[i] ^ of_b[i]));
  }
  return difference == 0;
}

}  // namespace ut::crypto
