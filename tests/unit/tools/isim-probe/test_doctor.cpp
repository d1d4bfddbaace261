#include "tools/isim-probe/doctor.h"

#include "tests/support/catch.h"
#include "tests/support/fake_card_source.h"

#include <nlohmann/json.hpp>

using namespace ut;
using namespace ut::probe;

namespace {

std::vector<Finding> examine(test::FakeUiccProfile profile) {
  test::FakeCardSource source;
  source.insert("r", std::move(profile));
  return diagnose({true, {{.name = "r", .card = true}}}, source.connect(), {}, {});
}

std::string_view cause(const isim::ReaderPicture& picture) {
  test::FakeCardSource source;
  return diagnose(picture, source.connect(), {}, {}).back().code;
}

}  // namespace

TEST_CASE("the doctor names the cause before the card is asked", "[IS-6][IS-7]") {
  isim::ReaderPicture picture;
  CHECK(cause(picture) == "card-service-unavailable");
  picture.service = true;
  CHECK(cause(picture) == "card-reader-absent");
  picture.readers = {{.name = "r"}};
  CHECK(cause(picture) == "card-absent");
  picture.readers[0].mute = true;
  CHECK(cause(picture) == "card-mute");
  picture.readers[0] = {.name = "r", .card = true, .exclusive = true};
  CHECK(cause(picture) == "card-busy");
}

TEST_CASE("the doctor names the cause on the card", "[IS-1][IS-4]") {
  test::FakeUiccProfile profile;
  CHECK(exit_of(examine(profile)) == Exit::done);
  profile.pin = "1234";
  CHECK(examine(profile).back().code == "pin-required");
  CHECK(exit_of(examine(profile)) == Exit::pin);
  profile.pin_tries = 0;
  CHECK(examine(profile).back().code == "pin-blocked");
  profile = {};
  profile.has_isim = false;
  CHECK(examine(profile).back().code == "card-no-isim");
  CHECK(exit_of(examine(profile)) == Exit::card);
}

TEST_CASE("each finding that is not good says what to do", "[IS-6]") {
  const auto findings = diagnose({true, {}}, {}, {}, {});
  const std::string text = show(findings, Format::text);
  CHECK(text ==
        "ok       the smart card service (pcscd) answers\n"
        "problem  no card reader matches the configuration\n"
        "         plug the reader in or correct the reader pattern\n");
  const auto json = nlohmann::json::parse(show(findings, Format::json));
  CHECK(json["findings"][1]["code"] == "card-reader-absent");
  CHECK(json["findings"][0]["ok"] == true);
}

TEST_CASE("one card that works is enough", "[IS-7]") {
  test::FakeCardSource source;
  test::FakeUiccProfile without;
  without.has_isim = false;
  source.insert("other", without);
  source.insert("right", {});
  const isim::ReaderPicture picture{
      true, {{.name = "other", .card = true}, {.name = "right", .card = true}}};
  CHECK(exit_of(diagnose(picture, source.connect(), {}, {})) == Exit::done);
}
