// The check that a decoder refuses what it was given.
#pragma once

#include "base/result.h"
#include "tests/support/catch.h"

namespace ut::test {

template <class T>
void check_malformed(const Result<T>& result) {
  REQUIRE_FALSE(result.has_value());
  CHECK(result.error().code == ErrorCode::card_file_malformed);
}

}  // namespace ut::test
