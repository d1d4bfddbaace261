#include "tests/contract/card_under_test.h"

#include "isim/pcsc/pcsc_transport.h"
#include "isim/pcsc/reader_monitor.h"
#include "tests/support/catch.h"

#include <algorithm>
#include <array>
#include <cstdlib>
#include <fstream>
#include <iterator>
#include <string_view>
#include <utility>

namespace ut::test {
namespace {

std::string environment(const char* name) {
  const char* value = std::getenv(name);
  return value == nullptr ? std::string() : std::string(value);
}

void replace(std::string& text, std::string_view from, std::string_view to) {
  const auto at = text.find(from);
  REQUIRE(at != std::string::npos);
  text.replace(at, from.size(), to);
}

// A PIN that the card has refused is not sent again by another test case.
class OneTry final : public isim::PinGuard {
 public:
  Result<void> before_verify(const std::string&, unsigned) override {
    if (refused_) {
      return fail(ErrorCode::pin_wrong, "UT_TEST_PIN_FILE");
    }
    refused_ = true;
    return {};
  }
  void after_success(const std::string&) override { refused_ = false; }

 private:
  bool refused_ = false;
};
OneTry one_try;

SecretBytes pin_from(const std::string& file) {
  std::ifstream in(file);
  std::string digits{std::istreambuf_iterator<char>(in), {}};
  while (!digits.empty() && digits.back() == '\n') {
    digits.pop_back();
  }
  INFO("UT_TEST_PIN_FILE " << file);
  REQUIRE_FALSE(digits.empty());
  return SecretBytes::copy_of(as_bytes(digits));
}

}  // namespace

CardUnderTest::CardUnderTest() {
  const auto reader = environment("UT_TEST_READER");
  if (reader.empty()) {
    make_soft_card(GENERATE(range(0, kVariants)));
  } else {
    use_reader(reader);
  }
}

void CardUnderTest::make_soft_card(int variant) {
  auto profile = isim::soft::full_card_profile();
  auto protocol = isim::CardProtocol::t1;
  switch (variant) {
    case 0:
      replace(profile, "answers = \"direct\"", "answers = \"t0\"");
      protocol = isim::CardProtocol::t0;
      break;
    case 1:
      protocol = isim::CardProtocol::t0;
      break;
    case 3:
      replace(profile, "enabled = true", "enabled = false");
      break;
    case 4:
      replace(profile, "logical_channels = 19", "logical_channels = 0");
      break;
    default:
      break;
  }
  auto card = isim::soft::parse_card_profile(profile, "/nowhere");
  REQUIRE(card.has_value());
  const auto sqns = isim::soft::SqnArray::used_up_to(card->sqn_start, card->sqn_age_limit);
  uicc_ = std::make_unique<isim::soft::Uicc>(*std::move(card), sqns, store_);
  transport_ = std::make_unique<isim::soft::SoftTransport>(*uicc_, protocol);
  pin_ = SecretBytes::copy_of(as_bytes("1234"));
}

void CardUnderTest::use_reader(const std::string& pattern) {
  const auto watch = isim::pcsc::watch_readers({pattern});
  const auto picture = watch->wait({}, std::chrono::seconds(5));
  REQUIRE(picture.has_value());
  const auto reader = std::ranges::find_if(picture->readers, &isim::ReaderState::card);
  INFO("UT_TEST_READER " << pattern << ": no reader of that name has a card");
  REQUIRE(reader != picture->readers.end());
  auto transport = isim::pcsc::PcscTransport::connect(reader->name);
  REQUIRE(transport.has_value());
  transport_ = *std::move(transport);
  if (const auto file = environment("UT_TEST_PIN_FILE"); !file.empty()) {
    pin_ = pin_from(file);
  }
}

isim::SessionOptions CardUnderTest::session_options() const {
  return {.pin = pin(), .pin_guard = &one_try};
}

isim::CardSession CardUnderTest::open() {
  auto session = isim::CardSession::open(*transport_, session_options());
  REQUIRE(session.has_value());
  return *std::move(session);
}

isim::CardSession CardUnderTest::open_without_pin() {
  auto session = isim::CardSession::open(*transport_, {});
  REQUIRE(session.has_value());
  return *std::move(session);
}

isim::CardSession CardUnderTest::open_isim(isim::Fcp* fcp) {
  auto session = open();
  auto selected = session.select_application(isim_aid(session));
  REQUIRE(selected.has_value());
  if (fcp != nullptr) {
    *fcp = *std::move(selected);
  }
  return session;
}

Bytes isim_aid(isim::CardSession& session) {
  const auto applications = session.applications();
  REQUIRE(applications.has_value());
  const auto found = std::ranges::find_if(*applications, [](const auto& record) {
    return isim::has_prefix(record.aid, isim::kIsimAidPrefix);
  });
  REQUIRE(found != applications->end());
  return found->aid;
}

}  // namespace ut::test
