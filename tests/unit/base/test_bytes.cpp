#include "base/bytes.h"
#include "tests/support/catch.h"

#include <type_traits>

using namespace ut;

struct RandTag;
struct AutnTag;
using TestRand = SizedBytes<RandTag, 16>;
using TestAutn = SizedBytes<AutnTag, 16>;

static_assert(!std::is_convertible_v<TestRand, TestAutn>);
static_assert(!std::is_constructible_v<TestAutn, TestRand>);

TEST_CASE("a sized value takes exactly its octets") {
  CHECK_FALSE(TestRand::from(Bytes(15)).has_value());
  CHECK_FALSE(TestRand::from(Bytes(17)).has_value());
  REQUIRE(TestRand::from(Bytes(16, 3)).has_value());
  CHECK(TestRand::from(Bytes(16, 3))->view()[15] == 3);
}
