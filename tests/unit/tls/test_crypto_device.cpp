#include "tls/crypto_device.h"

#include "base/encoding.h"
#include "base/secret.h"
#include "tests/support/catch.h"
#include "tests/support/vectors.h"
#include "tls/context.h"
#include "tls/crypto/aes_gcm.h"

#include <wolfssl/options.h>
// options.h first: it holds the switches the library was built with.
#include <wolfssl/wolfcrypt/aes.h>
#include <wolfssl/wolfcrypt/ecc.h>
#include <wolfssl/wolfcrypt/error-crypt.h>

#include <memory>
#include <string>
#include <vector>

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

  void set_key(ByteView key) {
    REQUIRE(wc_AesGcmSetKey(aes_.get(), key.data(), static_cast<word32>(key.size())) == 0);
  }

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

// A public key of wolfSSL, as its handshake uses it.
class LibraryKey {
 public:
  LibraryKey(const nlohmann::json& vector, int device) {
    REQUIRE(tls::start_library().has_value());
    REQUIRE(wc_ecc_init_ex(&key_, nullptr, device) == 0);
    const auto x = vector["x"].get<std::string>();
    const auto y = vector["y"].get<std::string>();
    const auto curve = vector["curve"] == "P-256"   ? "SECP256R1"
                       : vector["curve"] == "P-384" ? "SECP384R1"
                                                    : "SECP521R1";
    REQUIRE(wc_ecc_import_raw(&key_, x.c_str(), y.c_str(), nullptr, curve) == 0);
  }
  ~LibraryKey() { wc_ecc_free(&key_); }
  LibraryKey(const LibraryKey&) = delete;
  LibraryKey& operator=(const LibraryKey&) = delete;

  bool verifies(ByteView hash, ByteView signature) {
    int good = 0;
    const int error =
        wc_ecc_verify_hash(signature.data(), static_cast<word32>(signature.size()), hash.data(),
                           static_cast<word32>(hash.size()), &good, &key_);
    return error == 0 && good == 1;
  }

 private:
  ecc_key key_{};
};

}  // namespace

TEST_CASE("records come out the same with the device as with the library alone", "[UT-4][UT-5]") {
  for (const std::size_t key_size : {16UL, 24UL, 32UL}) {
    const Bytes key(key_size, 0x42);
    LibraryAes with(key, tls::crypto_device());
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

TEST_CASE("after a change of keys records are protected with the new one", "[UT-5]") {
  const Bytes plain(300, 0x61);
  LibraryAes with(Bytes(16, 0x42), tls::crypto_device());
  for (const auto& key : {Bytes(16, 0x42), Bytes(16, 0x43), Bytes(32, 0x43), Bytes(16, 0x43)}) {
    with.set_key(key);
    LibraryAes without(key, INVALID_DEVID);
    const Bytes record = with.encrypt(kNonce, plain);
    CHECK(record == without.encrypt(kNonce, plain));
    Bytes back;
    CHECK(with.decrypt(kNonce, record, back) == 0);
    CHECK(back == plain);
  }
}

TEST_CASE("nothing of a key stays in the device once its schedule is forgotten", "[UT-5][KEY-3]") {
  tls::forget_key_schedules();
  LibraryAes aes(Bytes(16, 0x42), tls::crypto_device());
  const std::size_t before = locked_memory::in_use();
  aes.encrypt(kNonce, Bytes(300, 0x61));
  if (crypto::has_aes_instructions()) {
    CHECK(locked_memory::in_use() > before);
  }
  tls::forget_key_schedules();
  CHECK(locked_memory::in_use() == before);
}

TEST_CASE("the device keeps a bounded number of key schedules", "[UT-5]") {
  tls::forget_key_schedules();
  const std::size_t before = locked_memory::in_use();
  std::vector<std::unique_ptr<LibraryAes>> many;
  for (std::size_t i = 0; i < 1000; ++i) {
    many.push_back(std::make_unique<LibraryAes>(Bytes(16, 0x42), tls::crypto_device()));
    many.back()->encrypt(kNonce, Bytes(16, 0x61));
  }
  CHECK(locked_memory::in_use() - before < 2 * 1024 * 1024);
}

TEST_CASE("a changed record is refused by the device", "[UT-5]") {
  for (const std::size_t key_size : {16UL, 32UL}) {
    LibraryAes aes(Bytes(key_size, 0x42), tls::crypto_device());
    const Bytes record = aes.encrypt(kNonce, Bytes(300, 0x61));
    for (const std::size_t at :
         {std::size_t{0}, std::size_t{299}, std::size_t{300}, std::size_t{315}}) {
      Bytes changed = record;
      changed[at] ^= 4;
      Bytes plain;
      CHECK(aes.decrypt(kNonce, changed, plain) == AES_GCM_AUTH_E);
      CHECK(plain == Bytes(300, crypto::has_aes_instructions() ? 0 : plain[0]));
    }
  }
}

TEST_CASE("signatures are judged by the device as by the library alone", "[UT-2]") {
  for (const auto& vector : test::vectors()["ecdsa"]["sets"]) {
    CAPTURE(vector["curve"], vector["hash"]);
    const Bytes hash = test::hex_of(vector["hash"]);
    const Bytes signature = test::hex_of(vector["signature"]);
    Bytes other = hash;
    other.front() ^= 0x80;
    Bytes changed = signature;
    changed.back() ^= 1;
    for (const int device : {tls::crypto_device(), INVALID_DEVID}) {
      LibraryKey key(vector, device);
      CHECK(key.verifies(hash, signature));
      CHECK(!key.verifies(other, signature));
      CHECK(!key.verifies(hash, changed));
      CHECK(!key.verifies(hash, {}));
    }
  }
}

TEST_CASE("a signature of a hash that is too short is refused by the device", "[UT-2][UT-4]") {
  LibraryKey key(test::vectors()["ecdsa"]["sets"].front(), tls::crypto_device());
  const auto& vector = test::vectors()["ecdsa"]["short"];
  CHECK(!key.verifies(test::hex_of(vector["hash"]), test::hex_of(vector["signature"])));
}

TEST_CASE("signatures leave no tables in locked memory", "[UT-2]") {
  LibraryKey key(test::vectors()["ecdsa"]["sets"].front(), tls::crypto_device());
  const Bytes hash = test::hex_of(test::vectors()["ecdsa"]["sets"].front()["hash"]);
  const Bytes signature = test::hex_of(test::vectors()["ecdsa"]["sets"].front()["signature"]);
  const std::size_t before = locked_memory::in_use();
  for (int i = 0; i < 4; ++i) {
    CHECK(key.verifies(hash, signature));
  }
  CHECK(locked_memory::in_use() == before);
}
