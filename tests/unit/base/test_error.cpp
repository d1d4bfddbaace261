#include "base/error.h"
#include "base/result.h"
#include "tests/support/catch.h"

using namespace ut;

namespace {

Result<int> doubled(Result<int> in) {
  TRY(const int value, std::move(in));
  return 2 * value;
}

Result<void> passed_on(Result<void> in) {
  TRY_VOID(std::move(in));
  return {};
}

}  // namespace

TEST_CASE("an error tells what happened, where, the foreign number and what to do", "[API-4]") {
  const Error error{ErrorCode::card_security_status,
                    "READ BINARY EF_IMPI",
                    {ForeignKind::status_word, 0x6982},
                    "6F02"};
  CHECK(to_text(error) ==
        "the card asks for its PIN first: 6F02 [SW 6982] (in READ BINARY EF_IMPI); configure the "
        "PIN");
  CHECK(name(error.code) == "card-security-status");
  CHECK(family(error.code) == ErrorFamily::card);
}

TEST_CASE("a code is found again by its name", "[API-4]") {
  for (const auto code : {ErrorCode{}, ErrorCode::card_absent, ErrorCode::crypto_failed}) {
    CHECK(code_named(name(code)) == code);
  }
  CHECK_FALSE(code_named("").has_value());
  CHECK_FALSE(code_named("card_absent").has_value());
  CHECK_FALSE(code_named("no-such-problem").has_value());
}

TEST_CASE("foreign numbers are written as their own field writes them") {
  CHECK(to_text(ForeignNumber{ForeignKind::pcsc, static_cast<long>(0x8010001D)}) ==
        "PC/SC 0x8010001d");
  CHECK(to_text(ForeignNumber{ForeignKind::curl, 7}) == "curl 7");
  CHECK(to_text(ForeignNumber{}) == "");
}

TEST_CASE("TRY hands on the value or returns the error unchanged") {
  CHECK(doubled(21).value() == 42);
  CHECK(doubled(fail(ErrorCode::card_absent, "connect")).error() ==
        Error{ErrorCode::card_absent, "connect", {}, {}});
  CHECK(passed_on({}).has_value());
  CHECK(passed_on(fail(ErrorCode::card_mute, "transmit")).error().code == ErrorCode::card_mute);
}
