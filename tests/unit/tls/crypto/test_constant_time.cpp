#include "tls/crypto/constant_time.h"

#include "tests/support/catch.h"

using ut::as_bytes;
using ut::crypto::constant_time_equal;

TEST_CASE("octets compare equal only when all are") {
  CHECK(constant_time_equal(as_bytes(""), as_bytes("")));
  CHECK(constant_time_equal(as_bytes("abcd"), as_bytes("abcd")));
  CHECK_FALSE(constant_time_equal(as_bytes("abcd"), as_bytes("Abcd")));
  CHECK_FALSE(constant_time_equal(as_bytes("abcd"), as_bytes("abce")));
  CHECK_FALSE(constant_time_equal(as_bytes("abcd"), as_bytes("abc")));
}
