#include "tls/aes_device.h"

#include "base/encoding.h"
#include "tests/support/catch.h"
#include "tests/support/vectors.h"
#include "tls/context.h"

#include <wolfssl/options.h>
// options.h first: it holds the switches the library was built with.
#include <wolfssl/wolfcrypt/aes.h>
#include <wolfssl/wolfcrypt/error-crypt.h>

#include <memory>

using namespace ut;

namespace {

// AES-GCM of wolfSSL, as its records use it.
class LibraryAes {
 public:
  LibraryAes(ByteView key, int device) : aes_(std::make_unique<Aes>()) {
    REQUIRE(tls::start_library().has_value());
    REQUIRE(wc_AesInit(aes_.get(), nullptr, device) == 0);
    REQUIRE(wc_AesGcmSetKey(aes_.get(), key.data(), static_cast<word32>(key.size())) == 0);
  }
  ~LibraryAes() { wc_AesFree(aes_.get()); }
  LibraryAes(const LibraryAes&) = delete;
  LibraryAes& operator=(const LibraryAes&) = delete;

  // Text and tag.
  Bytes encrypt(ByteView nonce, ByteView plain, std::size_t tag_size = 16) {
    Bytes out(plain.size() + tag_size);
    REQUIRE(wc_AesGcmEncrypt(
                aes_.get(), out.data(), plain.data(), static_cast<word32>(plain.size()),
                nonce.data(), static_cast<word32>(nonce.size()), out.data() + plain.size(),
                static_cast<word32>(tag_size), kAdditional.data(), kAdditional.size()) == 0);
    return out;
  }
  int decrypt(ByteView nonce, ByteView text, Bytes& plain) {
    plain.assign(text.size() - 16, 0x55);
    return wc_AesGcmDecrypt(aes_.get(), plain.data(), text.data(),
                            static_cast<word32>(plain.size()), nonce.data(),
                            static_cast<word32>(nonce.size()), text.data() + plain.size(), 16,
                            kAdditional.data(), kAdditional.size());
  }

 private:
  static constexpr std::array<std::uint8_t, 5> kAdditional = {0x17, 3, 3, 0x0a, 0x9d};
  std::unique_ptr<Aes> aes_;
};

const Bytes kNonce(12, 0x0b);

}  // namespace

TEST_CASE("records come out the same with the device as with the library alone", "[UT-4][UT-5]") {
  for (const std::size_t key_size : {16UL, 24UL, 32UL}) {
    const Bytes key(key_size, 0x42);
    LibraryAes with(key, tls::aes_device());
    LibraryAes without(key, INVALID_DEVID);
    for (const std::size_t size : {0UL, 1UL, 15UL, 16UL, 17UL, 255UL, 4096UL, 16384UL}) {
      CAPTURE(key_size, size);
      const Bytes plain(size, 0x61);
      const Bytes record = with.encrypt(kNonce, plain);
      CHECK(record == without.encrypt(kNonce, plain));
      Bytes back;
      CHECK(with.decrypt(kNonce, record, back) == 0);
      CHECK(back == plain);
      CHECK(without.decrypt(kNonce, record, back) == 0);
    }
    // What TLS does not use goes on to the library.
    CHECK(with.encrypt(Bytes(16, 1), key) == without.encrypt(Bytes(16, 1), key));
    CHECK(with.encrypt(kNonce, key, 12) == without.encrypt(kNonce, key, 12));
  }
}

TEST_CASE("a changed record is refused by the device", "[UT-5]") {
  for (const std::size_t key_size : {16UL, 32UL}) {
    LibraryAes aes(Bytes(key_size, 0x42), tls::aes_device());
    const Bytes record = aes.encrypt(kNonce, Bytes(300, 0x61));
    for (const std::size_t at :
         {std::size_t{0}, std::size_t{299}, std::size_t{300}, std::size_t{315}}) {
      Bytes changed = record;
      changed[at] ^= 4;
      Bytes plain;
      CHECK(aes.decrypt(kNonce, changed, plain) == AES_GCM_AUTH_E);
      CHECK(plain == Bytes(300, tls::aes_device() == INVALID_DEVID ? plain[0] : 0));
    }
  }
}
