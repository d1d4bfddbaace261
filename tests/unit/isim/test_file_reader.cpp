#include "isim/file_reader.h"

#include "isim/identity.h"
#include "isim/tlv.h"
#include "tests/support/catch.h"
#include "tests/support/fake_card.h"
#include "tests/support/file_value_text.h"
#include "tests/support/vectors.h"

#include <algorithm>
#include <string>

using namespace ut;
using namespace ut::isim;

namespace {

Bytes object(std::uint32_t tag, ByteView value) {
  Bytes octets;
  append_tlv(octets, tag, value);
  return octets;
}

// What `file` of the ISIM of `card` says.
std::string told(test::FakeUicc& card, std::string_view file, Access access) {
  auto session = CardSession::open(card).value();
  REQUIRE(select_subscriber_application(session, {}).has_value());
  const FileSpec& spec = *find_file(Directory::isim, file);
  const auto content = read_file(session, spec, access);
  REQUIRE(content.has_value());
  return test::outline(decode_file(&spec, *content));
}

}  // namespace

TEST_CASE("a file with an SFI costs one command over T=1, and is selected where SFI fails",
          "[IS-3]") {
  test::FakeUiccProfile profile;
  const bool sfi_access = GENERATE(true, false);
  const auto protocol = GENERATE(CardProtocol::t0, CardProtocol::t1);
  profile.sfi_access = sfi_access;
  test::FakeUicc card(profile, protocol);
  auto session = CardSession::open(card).value();
  REQUIRE(select_subscriber_application(session, {}).has_value());
  const std::size_t before = card.commands().size();
  const auto content = read_file(session, *find_file(Directory::isim, kEfImpi));
  REQUIRE(content.has_value());
  CHECK(content->fcp.has_value() == !sfi_access);
  CHECK(test::outline(decode_file(find_file(Directory::isim, kEfImpi), *content)) ==
        '"' + profile.impi + '"');
  if (sfi_access) {
    CHECK(card.commands().size() - before == (protocol == CardProtocol::t1 ? 1U : 2U));
  }
}

TEST_CASE("a body longer than one answer is read to its end by SFI", "[IS-3]") {
  for (const std::size_t size : {255U, 256U, 257U, 512U, 700U}) {
    INFO(size);
    test::FakeUiccProfile profile;
    Bytes services(size, 0x00);
    services.back() = 0x80;
    profile.ist = services;
    test::FakeUicc card(profile);
    auto session = CardSession::open(card).value();
    REQUIRE(select_subscriber_application(session, {}).has_value());
    const auto octets = session.read_binary_sfi(0x07);
    REQUIRE(octets.has_value());
    CHECK(std::ranges::equal(octets->expose(), services));
  }
}

TEST_CASE("BER-TLV files are read object by object, in blocks", "[IS-3]") {
  const std::string uri = "http://" + std::string(600, 'x') + ".example";
  Bytes part = object(0x84, as_bytes(uri));
  append(part, object(0x86, as_bytes(std::string_view("pw"))));
  test::FakeUiccProfile profile;
  profile.files = {
      {"ISIM/6FFC", 0x79, 0, {object(0x80, object(0xa0, object(0xa1, part)))}},
      {"ISIM/6FF8",
       0x79,
       0,
       {object(0x80, test::hex("00")), object(0x81, as_bytes(std::string_view("<ims/>")))}}};
  const auto protocol = GENERATE(CardProtocol::t0, CardProtocol::t1);
  test::FakeUicc card(profile, protocol);
  CHECK(told(card, "xcapconfigdata", Access::fewest_commands) ==
        "[{tag: x'80', content: {parts: [{uri: \"" + uri +
            "\", authentication_password: secret(2)}]}}]");
  CHECK(told(card, "EF_IMSConfigData", Access::fewest_commands) ==
        "[{tag: x'80', content: {encoding: 0}}, {tag: x'81', content: {data: \"<ims/>\"}}]");
}

TEST_CASE("a data object without end is given up", "[IS-3]") {
  test::ScriptedCard card;
  const std::string block(510, '1');
  card.on("80cb0080018000", block + "62f1");
  for (int i = 0; i < 257; ++i) {
    card.on("80cb000000", block + "62f1");
  }
  auto session = CardSession::open(card, {.logical_channel = false}).value();
  const auto data = session.retrieve_data(0x80);
  REQUIRE_FALSE(data.has_value());
  CHECK(data.error().code == ErrorCode::card_answer_malformed);

  test::ScriptedCard empty;
  empty.on("80cb0080018000", "62f1");
  auto other = CardSession::open(empty, {.logical_channel = false}).value();
  CHECK(other.retrieve_data(0x80).error().code == ErrorCode::card_answer_malformed);
}

TEST_CASE("records that hold nothing are left out, malformed ones are shown", "[IS-3]") {
  test::FakeUiccProfile profile;
  profile.files = {{"ISIM/6F09",
                    0x42,
                    0,
                    {test::hex("800501c0a80c22"), Bytes(7, 0xff), test::hex("80050900000000")}}};
  test::FakeUicc card(profile);
  CHECK(told(card, "p-cscf", Access::fewest_commands) ==
        "[{record: 1, content: {type: \"ipv4\", address: \"192.168.12.34\"}}, {record: 3, problem: "
        "\"a file on the card is not coded as the standard says\", octets: x'80050900000000'}]");
}

TEST_CASE("a file of no table is shown as octets; keys are secret", "[IS-3][KEY-4]") {
  test::FakeUiccProfile profile;
  profile.files = {{"ISIM/6FAB", 0x41, 0, {test::hex("0102")}}};
  test::FakeUicc card(profile);
  auto session = CardSession::open(card).value();
  REQUIRE(select_subscriber_application(session, {}).has_value());
  const auto content = read_file(session, FileId{0x6fab});
  REQUIRE(content.has_value());
  CHECK(test::outline(decode_file(nullptr, *content)) == "{octets: x'0102'}");
  CHECK(test::outline(decode_file(find_file(Directory::usim, "Keys"), *content)) ==
        "{octets: secret(2)}");
  CHECK(read_file(session, FileId{0x6fac}).error().code == ErrorCode::card_file_missing);
}

TEST_CASE("a file that asks for the PIN gets it", "[IS-3][IS-4]") {
  const auto pin = SecretBytes::copy_of(as_bytes(std::string_view("1234")));
  test::FakeUiccProfile profile;
  profile.pin = "1234";
  test::FakeUicc card(profile);
  auto session = CardSession::open(card, {.pin = &pin}).value();
  REQUIRE(select_subscriber_application(session, {}).has_value());
  CHECK(read_file(session, *find_file(Directory::isim, "impi")).has_value());
  CHECK(card.verifications() == 1);
}
