#include "tools/ut-lab/crypto.h"

#include "base/encoding.h"
#include "base/random.h"

#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>

#include <cstdlib>
#include <memory>

namespace ut::lab {
namespace {

using DigestContext = std::unique_ptr<EVP_MD_CTX, decltype(&EVP_MD_CTX_free)>;

// Fetched once: EVP_md5() looks the implementation up again at every use.
const EVP_MD* algorithm(Hash kind) {
  static const EVP_MD* const md5 = EVP_MD_fetch(nullptr, "MD5", nullptr);
  static const EVP_MD* const sha256 = EVP_MD_fetch(nullptr, "SHA256", nullptr);
  return kind == Hash::md5 ? md5 : sha256;
}

constexpr std::size_t octets_of(Hash kind) {
  return kind == Hash::md5 ? 16 : 32;
}

void require(bool done) {
  if (!done) {
    std::abort();  // only a broken OpenSSL installation gets here
  }
}

}  // namespace

SecretBytes hash(Hash kind, std::initializer_list<ByteView> parts) {
  const DigestContext context(EVP_MD_CTX_new(), EVP_MD_CTX_free);
  require(context && EVP_DigestInit_ex2(context.get(), algorithm(kind), nullptr) == 1);
  for (const auto part : parts) {
    require(EVP_DigestUpdate(context.get(), part.data(), part.size()) == 1);
  }
  SecretBytes result(octets_of(kind));
  unsigned size = 0;
  require(EVP_DigestFinal_ex(context.get(), result.expose_mutable().data(), &size) == 1 &&
          size == result.size());
  return result;
}

std::string hash_hex(Hash kind, std::initializer_list<ByteView> parts) {
  return to_hex(hash(kind, parts).expose());
}

SecretBytes hmac(Hash kind, ByteView key, ByteView message) {
  SecretBytes result(octets_of(kind));
  unsigned size = 0;
  require(HMAC(algorithm(kind), key.data(), static_cast<int>(key.size()), message.data(),
               message.size(), result.expose_mutable().data(), &size) != nullptr &&
          size == result.size());
  return result;
}

bool equal_constant_time(std::string_view left, std::string_view right) {
  return left.size() == right.size() && CRYPTO_memcmp(left.data(), right.data(), left.size()) == 0;
}

std::string random_hex(std::size_t octets) {
  Bytes value(octets);
  SystemRandom().fill(value);
  return to_hex(value);
}

}  // namespace ut::lab
