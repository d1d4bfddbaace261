#include "tls/crypto/hash.h"

#include "base/encoding.h"
#include "tests/support/catch.h"
#include "tests/support/vectors.h"

using namespace ut;
using namespace ut::crypto;

TEST_CASE("MD5, SHA-1 and SHA-256 of abc are those of RFC 1321 and FIPS 180") {
  CHECK(to_hex(hash(HashKind::md5, as_bytes("abc"))) == "900150983cd24fb0d6963f7d28e17f72");
  CHECK(to_hex(hash(HashKind::sha1, as_bytes("abc"))) ==
        "a9993e364706816aba3e25717850c26c9cd0d89d");
  CHECK(to_hex(hash(HashKind::sha256, as_bytes("abc"))) ==
        "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
}

TEST_CASE("a hash over parts is the hash over the whole") {
  CHECK(Hasher(HashKind::md5)
            .update(as_bytes("a"))
            .update({})
            .update(as_bytes("bc"))
            .finish_public() == hash(HashKind::md5, as_bytes("abc")));
}

TEST_CASE("SHAKE256 is that of FIPS 202, beyond its first block of 136 octets too") {
  // Made with Python's hashlib.
  CHECK(to_hex(shake256({}, 64).expose()) ==
        "46b9dd2b0ba88d13233b3feb743eeb243fcd52ea62b81b82b50c27646ed5762f"
        "d75dc4ddd8c0f200cb05019d67b592f6fc821c49479ab48640292eacb3b7c4be");
  CHECK(to_hex(shake256(as_bytes("abc"), 300).expose().last(28)) ==
        "f3334560ea1d363966caa7d8ddcbec7da52b42215c11d5f8ee57f341");
}

TEST_CASE("HMAC-SHA-256 is that of RFC 4231") {
  // RFC 2202 section 2, test case 2.
  CHECK(to_hex(hmac_md5(as_bytes("Jefe"), as_bytes("what do ya want for nothing?")).expose()) ==
        "750c783e6ab0b503eaa86e310a5db738");
  const auto& vector = test::vectors()["hmac_sha256_rfc4231_tc2"];
  CHECK(to_bytes(hmac_sha256(test::hex_of(vector["key"]), test::hex_of(vector["data"])).expose()) ==
        test::hex_of(vector["mac"]));
}
