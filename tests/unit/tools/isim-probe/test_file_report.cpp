#include "tools/isim-probe/file_report.h"

#include "tests/support/catch.h"
#include "tests/support/soft_card.h"
#include "tests/support/vectors.h"
#include "tools/isim-probe/atr.h"

#include <nlohmann/json.hpp>

using namespace ut;
using namespace ut::probe;

namespace {

std::string text_of(const SecretBytes& secret) {
  return std::string(as_text(secret.expose()));
}

const test::SoftCard::Changes kNoPin = {{"enabled = true", "enabled = false"}};

}  // namespace

TEST_CASE("all files of the card are shown as text and as JSON", "[IS-3]") {
  test::SoftCard card(kNoPin);
  auto session = isim::CardSession::open(card.transport()).value();
  const auto files = read_all(session, {}).value();
  const std::string text = text_of(show(files, {}));
  CHECK(text.find("MF/2f00 EF_DIR") != std::string::npos);
  CHECK(text.find("001010123456789@ims.mnc001.mcc001.3gppnetwork.org") != std::string::npos);
  const auto json = nlohmann::json::parse(text_of(show(files, {.format = Format::json})));
  CHECK(json["files"].size() == files.size());
  const auto raw =
      nlohmann::json::parse(text_of(show(files, {.format = Format::json, .raw = true})));
  CHECK(raw["files"][0]["octets"].is_array());
}

TEST_CASE("one file is found by name, identifier and path", "[IS-3]") {
  for (const char* path : {"EF_IMPI", "impi", "6F02", "ISIM/6f02", "ADF_ISIM/EF_IMPI"}) {
    test::SoftCard card(kNoPin);
    auto session = isim::CardSession::open(card.transport()).value();
    const auto file = read_one(session, {}, path);
    REQUIRE(file.has_value());
    CHECK(file->name == "EF_IMPI");
  }
  test::SoftCard card(kNoPin);
  auto session = isim::CardSession::open(card.transport()).value();
  CHECK(read_one(session, {}, "3F00/2FE2")->name == "EF_ICCID");
  CHECK(read_one(session, {}, "iccid")->name == "EF_ICCID");
  CHECK(read_one(session, {}, "6FEE").error().code == ErrorCode::card_file_missing);
  CHECK(read_one(session, {}, "nothing").error().code == ErrorCode::input_malformed);
  CHECK(read_one(session, {}, "DF/6F02").error().code == ErrorCode::input_malformed);
}

TEST_CASE("a file that needs the PIN says so, and the others are shown", "[IS-3][IS-4]") {
  test::SoftCard card;
  auto session = isim::CardSession::open(card.transport()).value();
  const auto files = read_all(session, {}).value();
  const auto locked = std::ranges::find(files, "EF_IMPI", &FileShown::name);
  REQUIRE(locked != files.end());
  CHECK(locked->failure->code == ErrorCode::pin_required);
  CHECK(text_of(show(files, {})).find("not read:") != std::string::npos);
}

TEST_CASE("keys in files are hidden unless asked for", "[IS-3][KEY-4]") {
  std::vector<FileShown> files(1);
  files[0].directory = isim::Directory::usim;
  files[0].id = 0x6f08;
  files[0].content.emplace();
  files[0].content->parts.push_back({0, SecretBytes::copy_of(test::hex("c0ffee"))});
  files[0].value = isim::secret_value("octets", test::hex("c0ffee"));
  for (const Format format : {Format::text, Format::json}) {
    for (const bool raw : {false, true}) {
      CHECK(text_of(show(files, {format, raw, false})).find("c0ffee") == std::string::npos);
      CHECK(text_of(show(files, {format, raw, true})).find("c0ffee") != std::string::npos);
    }
  }
}

TEST_CASE("an ATR is explained", "[IS-7]") {
  CHECK(explain_atr(test::hex("3b00")) == "direct convention, T=0");
  CHECK(explain_atr(test::hex("3b02aabb")) == "direct convention, T=0, historical aabb");
  CHECK(explain_atr(test::hex("3b02aa")) == "malformed: not as long as it says");
  CHECK(explain_atr(test::hex("3b800181")) == "direct convention, T=1");
  CHECK(explain_atr(test::hex("3b80800101")) == "direct convention, T=0 T=1");
  CHECK(explain_atr(test::hex("3b80800102")) == "malformed: wrong check octet");
  CHECK(explain_atr(test::hex("3b8080")) == "malformed: cut short");
  CHECK(explain_atr({}) == "malformed: no TS and T0");
}
