#include "tls/crypto/aes.h"

#include "base/encoding.h"
#include "tests/support/catch.h"
#include "tests/support/vectors.h"

using namespace ut;

TEST_CASE("AES-128 gives the example of FIPS 197 appendix B, in place too") {
  const auto key = test::hex("2b7e151628aed2a6abf7158809cf4f3c");
  auto block = test::hex("3243f6a8885a308d313198a2e0370734");
  const crypto::AesBlock in_place(block.data(), 16);
  const crypto::Aes128 aes(crypto::AesBlockView(key.data(), 16));
  aes.encrypt(in_place, in_place);
  CHECK(to_hex(block) == "3925841d02dc09fbdc118597196a0b32");
}
