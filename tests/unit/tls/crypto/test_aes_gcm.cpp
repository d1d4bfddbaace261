#include "tls/crypto/aes_gcm.h"

#include "base/encoding.h"
#include "tests/support/catch.h"
#include "tests/support/vectors.h"
#include "tls/crypto/hash.h"

#include <algorithm>
#include <array>
#include <string>

using namespace ut;
using namespace ut::crypto;

namespace {

using Tag = std::array<std::uint8_t, kGcmTagSize>;

struct Case {
  explicit Case(const nlohmann::json& vector)
      : key(test::hex_of(vector["key"])),
        nonce(test::hex_of(vector["nonce"])),
        additional(test::hex_of(vector["additional"])) {}

  AesGcm cipher() const { return AesGcm(key); }
  GcmMessage message() const {
    return {std::span<const std::uint8_t, kGcmNonceSize>(nonce.data(), nonce.size()), additional};
  }

  Bytes key;
  Bytes nonce;
  Bytes additional;
};

}  // namespace

TEST_CASE("AES-GCM gives the test cases of McGrew and Viega, both ways", "[UT-4][UT-5]") {
  for (const auto& vector : test::vectors()["aes_gcm"]["sets"]) {
    CAPTURE(vector["set"]);
    const Case at(vector);
    Bytes text = test::hex_of(vector["plain"]);
    Tag tag{};
    at.cipher().encrypt(at.message(), text, text, tag);
    CHECK(to_hex(text) == vector["cipher"].get<std::string>());
    CHECK(to_hex(tag) == vector["tag"].get<std::string>());
    CHECK(at.cipher().decrypt(at.message(), text, text, tag));
    CHECK(to_hex(text) == vector["plain"].get<std::string>());
  }
}

TEST_CASE("AES-GCM of a long message is OpenSSL's", "[UT-4][UT-5]") {
  for (const auto& vector : test::vectors()["aes_gcm"]["long"]) {
    const Case at(vector);
    Bytes plain(vector["octets"].get<std::size_t>());
    for (std::size_t i = 0; i < plain.size(); ++i) {
      plain[i] = static_cast<std::uint8_t>(7 * i + i / 251);
    }
    Bytes cipher(plain.size());
    Tag tag{};
    at.cipher().encrypt(at.message(), plain, cipher, tag);
    CHECK(to_hex(hash(HashKind::sha256, cipher)) == vector["cipher_sha256"].get<std::string>());
    CHECK(to_hex(tag) == vector["tag"].get<std::string>());
    Bytes back(plain.size());
    CHECK(at.cipher().decrypt(at.message(), cipher, back, tag));
    CHECK(back == plain);
  }
}

TEST_CASE("one wrong bit in tag, text, additional data or nonce gives nothing but zeros",
          "[UT-5]") {
  for (const auto& vector : test::vectors()["aes_gcm"]["sets"]) {
    const Bytes cipher = test::hex_of(vector["cipher"]);
    if (cipher.empty()) {
      continue;
    }
    const auto refused = [&](Case at, Bytes text, Bytes tag) {
      Bytes plain(text.size(), 0x55);
      const bool good =
          at.cipher().decrypt(at.message(), text, plain,
                              std::span<const std::uint8_t, kGcmTagSize>(tag.data(), kGcmTagSize));
      return !good && std::ranges::count(plain, 0) == std::ranges::ssize(plain);
    };
    const Case good(vector);
    const Bytes tag = test::hex_of(vector["tag"]);
    for (std::size_t at = 0; at < kGcmTagSize; ++at) {
      Bytes wrong = tag;
      wrong[at] ^= 0x80;
      CHECK(refused(good, cipher, wrong));
    }
    Bytes text = cipher;
    text.back() ^= 1;
    CHECK(refused(good, text, tag));
    Case other(vector);
    other.additional.push_back(0);
    CHECK(refused(other, cipher, tag));
    other = good;
    other.nonce[11] ^= 1;
    CHECK(refused(other, cipher, tag));
  }
}
