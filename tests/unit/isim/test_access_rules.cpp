#include "isim/access_rules.h"

#include "tests/support/catch.h"
#include "tests/support/vectors.h"

using namespace ut;
using namespace ut::isim;
using test::hex;

TEST_CASE("a record of EF_ARR says who may do what", "[IS-3]") {
  // Read with PIN1, update with PIN1 or ADM1, deactivate never.
  const auto rules =
      decode_arr_record(hex("800101a406830101950108"
                            "800102a010a406830101950108a40683010a950108"
                            "8001049700"));
  REQUIRE(rules.has_value());
  REQUIRE(rules->size() == 3);
  CHECK(operations((*rules)[0]) == std::vector<std::string>{"read"});
  CHECK(in_words((*rules)[0].condition) == "PIN1");
  CHECK(operations((*rules)[1]) == std::vector<std::string>{"update"});
  CHECK(in_words((*rules)[1].condition) == "PIN1 or ADM1");
  CHECK((*rules)[2].condition.kind == AccessCondition::Kind::never);
}

TEST_CASE("instructions may be named instead of modes", "[IS-3]") {
  const auto rules = decode_arr_record(hex("8401329000"));
  REQUIRE(rules.has_value());
  REQUIRE(rules->size() == 1);
  CHECK((*rules)[0].instructions == hex("32"));
  CHECK((*rules)[0].condition.kind == AccessCondition::Kind::always);
}

TEST_CASE("access rules that are not whole, unknown or nested without end are refused", "[IS-3]") {
  for (const auto* bad : {"800101", "9000", "8001018001029000", "800101a0009000", "800101a4029501",
                          "800101a00aa008a006a004a0029000", "800101b100"}) {
    CAPTURE(bad);
    const auto rules = decode_arr_record(hex(bad));
    REQUIRE_FALSE(rules.has_value());
    CHECK(rules.error().code == ErrorCode::card_file_malformed);
  }
}
