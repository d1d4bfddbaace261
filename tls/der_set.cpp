#include "tls/der_set.h"

#include "base/encoding.h"
#include "tls/crypto/hash.h"

#include <algorithm>

namespace ut::tls {

std::string make_set(std::vector<Bytes>& objects) {
  std::ranges::sort(objects);
  const auto twice = std::ranges::unique(objects);
  objects.erase(twice.begin(), twice.end());
  crypto::Hasher hasher(crypto::HashKind::sha256);
  for (const Bytes& object : objects) {
    hasher.update(crypto::hash(crypto::HashKind::sha256, object));
  }
  return to_hex(hasher.finish_public());
}

}  // namespace ut::tls
