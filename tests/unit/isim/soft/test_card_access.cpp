#include "isim/soft/card_access.h"

#include "base/encoding.h"
#include "tests/support/catch.h"
#include "tests/support/vectors.h"

#include <set>

using namespace ut;
using namespace ut::isim;
using namespace ut::isim::soft;
using test::hex;

namespace {

bool open_with(std::string_view record, Operation operation, const std::set<unsigned>& keys) {
  return permits(hex(record), operation, [&keys](std::uint8_t key) { return keys.contains(key); });
}

constexpr std::string_view kPin1Condition = "a406830101950108";
constexpr std::string_view kAdm1Condition = "a40683010a950108";

}  // namespace

TEST_CASE("each operation is open as its own condition says", "[IS-4]") {
  const std::string record =
      "800101" + std::string(kPin1Condition) + "800102" + std::string(kAdm1Condition);
  CHECK_FALSE(open_with(record, Operation::read, {}));
  CHECK_FALSE(open_with(record, Operation::update, {}));
  CHECK(open_with(record, Operation::read, {0x01}));
  CHECK_FALSE(open_with(record, Operation::update, {0x01}));
  CHECK_FALSE(open_with(record, Operation::read, {0x0a}));
  CHECK(open_with(record + "ffff", Operation::update, {0x0a}));
  CHECK(open_with("8001039000", Operation::read, {}));
  CHECK(open_with("8001039000", Operation::update, {}));
  CHECK_FALSE(open_with("8001039700", Operation::read, {0x01, 0x0a}));
}

TEST_CASE("conditions are put together", "[IS-4]") {
  const std::string both = std::string(kPin1Condition) + std::string(kAdm1Condition);
  CHECK(open_with("800101a010" + both, Operation::read, {0x01}));
  CHECK(open_with("800101a010" + both, Operation::read, {0x0a}));
  CHECK_FALSE(open_with("800101a010" + both, Operation::read, {}));
  CHECK_FALSE(open_with("800101af10" + both, Operation::read, {0x01}));
  CHECK(open_with("800101af10" + both, Operation::read, {0x01, 0x0a}));
  CHECK(open_with("800101a710" + both, Operation::read, {}));
  CHECK_FALSE(open_with("800101a710" + both, Operation::read, {0x01}));
  // Of two rules for one operation either may open it.
  CHECK(
      open_with("8001039700"
                "8001019000",
                Operation::read, {}));
  CHECK_FALSE(
      open_with("8001039700"
                "8001019000",
                Operation::update, {}));
}

TEST_CASE("what is malformed, silent or asks for secure messaging opens nothing", "[IS-4]") {
  for (const auto* record : {"", "ffff", "80", "800101", "9000", "800101a400", "8001019e0140"}) {
    INFO(record);
    CHECK_FALSE(open_with(record, Operation::read, {0x01, 0x0a}));
  }
  CHECK_FALSE(open_with("8001029000", Operation::read, {0x01, 0x0a}));
}

TEST_CASE("a record is written as it is read", "[IS-4]") {
  const AccessCondition always{.kind = AccessCondition::Kind::always};
  const AccessCondition never{.kind = AccessCondition::Kind::never};
  const AccessCondition pin{.kind = AccessCondition::Kind::key, .reference = kSecondPin1};
  CHECK(to_hex(arr_record(always, never)) == "80010190008001029700");
  CHECK(to_hex(arr_record(pin, never)) == "800101a4068301819501088001029700");
  const auto rules = decode_arr_record(arr_record(pin, always));
  REQUIRE(rules.has_value());
  REQUIRE(rules->size() == 2);
  CHECK(rules->at(0).condition == pin);
  CHECK(rules->at(1).condition == always);
}
