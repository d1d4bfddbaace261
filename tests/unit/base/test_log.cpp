#include "base/log.h"
#include "base/secret.h"
#include "tests/support/catch.h"

#include <type_traits>

using namespace ut;

static_assert(!std::is_constructible_v<log::Field, std::string_view, SecretBytes>);

TEST_CASE("a message is one line whatever a peer put into it") {
  CHECK(
      log::format("ub.refused", {{"status", 403}, {"realm", "a b\n\"c\"\x7f"}, {"again", false}}) ==
      R"(ub.refused status=403 realm="a b\x0a\"c\"\x7f" again=no)");
}

TEST_CASE("personal data is a pseudonym unless a setting asks for it", "[KEY-6]") {
  const auto first = log::personal("impi", "user1_private@home1.net");
  CHECK(first.starts_with("impi#"));
  CHECK(first.find("user1") == std::string::npos);
  CHECK(first == log::personal("impi", "user1_private@home1.net"));
  CHECK(first != log::personal("impi", "user2_private@home1.net"));
  log::show_personal_data(true);
  CHECK(log::personal("impi", "user1_private@home1.net") == "user1_private@home1.net");
  log::show_personal_data(false);
}

TEST_CASE("levels are named as they are written") {
  CHECK(log::level_named("trace") == log::Level::trace);
  CHECK(log::level_named("warning") == log::Level::warning);
  CHECK(log::level_named("error") == log::Level::error);
  CHECK_FALSE(log::level_named("loud").has_value());
}
