#include "isim/identity.h"

#include "isim/card_session.h"
#include "isim/tlv.h"
#include "tests/support/catch.h"
#include "tests/support/fake_card.h"
#include "tests/support/vectors.h"

using namespace ut;
using namespace ut::isim;

namespace {

Result<Identity> read(CardTransport& card, ApplicationPolicy policy = {},
                      SessionOptions options = {}) {
  TRY(CardSession session, CardSession::open(card, options));
  return read_identity(session, policy);
}

}  // namespace

TEST_CASE("the whole identity is read over either protocol", "[IS-1][IS-3]") {
  const auto protocol = GENERATE(CardProtocol::t0, CardProtocol::t1);
  const bool label_first = GENERATE(false, true);
  test::FakeUiccProfile profile;
  profile.has_usim = true;
  profile.imsi_file = "082943519099999999";
  profile.label_before_aid = label_first;
  test::FakeUicc card(profile, protocol);
  const auto identity = read(card);
  REQUIRE(identity.has_value());
  CHECK(identity->application == Application::isim);
  CHECK(identity->iccid == profile.iccid_digits);
  CHECK(identity->impi == profile.impi);
  CHECK(identity->domain == profile.domain);
  CHECK(identity->impus == profile.impus);
  CHECK(identity->services.available(IsimService::gba));
  CHECK_FALSE(card.in_transaction());
  CHECK(card.open_channels() == 0);
  CHECK(card.resets() == 0);
}

TEST_CASE("a card with a USIM only is refused unless policy allows it", "[IS-1]") {
  const auto& name = test::vectors()["names"]["cases"][0];
  test::FakeUiccProfile profile;
  profile.has_isim = false;
  profile.has_usim = true;
  profile.imsi_file = "082943519099999999";
  test::FakeUicc card(profile);
  const auto refused = read(card);
  REQUIRE_FALSE(refused.has_value());
  CHECK(refused.error().code == ErrorCode::card_no_isim);

  const auto allowed = read(card, {.allow_usim = true});
  REQUIRE(allowed.has_value());
  CHECK(allowed->application == Application::usim);
  CHECK(allowed->impi == name["impi"].get<std::string>());
  CHECK(allowed->domain == name["domain"].get<std::string>());
  CHECK(allowed->impus == std::vector{name["impu"].get<std::string>()});
}

TEST_CASE("the service table of the application in use tells whether it has GBA", "[IS-3][UB-7]") {
  test::FakeUiccProfile profile;
  profile.ist = test::hex("02");
  test::FakeUicc with(profile);
  CHECK(offers_gba(read(with).value()));
  profile.ist = test::hex("fd");
  test::FakeUicc without(profile);
  CHECK_FALSE(offers_gba(read(without).value()));

  // Service 68 of EF_UST; bit 2 of its first octet is another service.
  profile.has_isim = false;
  profile.has_usim = true;
  profile.imsi_file = "082943519099999999";
  profile.files = {{"USIM/6F38", 0x41, 0x04, {test::hex("02000000000000000000")}}};
  test::FakeUicc usim_without(profile);
  CHECK_FALSE(offers_gba(read(usim_without, {.allow_usim = true}).value()));
  profile.files = {{"USIM/6F38", 0x41, 0x04, {test::hex("000000000000000008")}}};
  test::FakeUicc usim_with(profile);
  CHECK(offers_gba(read(usim_with, {.allow_usim = true}).value()));
}

TEST_CASE("a card without applications has no ISIM", "[IS-1]") {
  test::FakeUiccProfile profile;
  profile.has_isim = false;
  test::FakeUicc card(profile);
  CHECK(read(card, {.allow_usim = true}).error().code == ErrorCode::card_no_isim);
}

TEST_CASE("the service table is optional, the identities are not", "[IS-3]") {
  test::FakeUiccProfile profile;
  profile.ist.clear();
  test::FakeUicc without_ist(profile);
  CHECK(read(without_ist).value().services == ServiceTable{});

  profile.impus.clear();
  test::FakeUicc without_impu(profile);
  CHECK(read(without_impu).error().code == ErrorCode::card_file_malformed);

  profile.impus = {"sip:a@b"};
  profile.impi = "no realm";
  test::FakeUicc bad_impi(profile);
  CHECK(read(bad_impi).error().code == ErrorCode::card_file_malformed);
}

TEST_CASE("a PIN is used only when the card asks for it", "[IS-4][IS-8]") {
  const auto pin = SecretBytes::copy_of(as_bytes("1234"));
  test::FakeUiccProfile profile;
  test::FakeUicc open_card(profile);
  REQUIRE(read(open_card, {}, {.pin = &pin}).has_value());
  CHECK(open_card.verifications() == 0);
  CHECK(open_card.resets() == 0);

  profile.pin = "1234";
  test::FakeUicc locked(profile);
  REQUIRE(read(locked, {}, {.pin = &pin}).has_value());
  CHECK(locked.verifications() == 1);
  CHECK(locked.resets() == 1);  // not left unlocked for others
  CHECK_FALSE(locked.unlocked());

  test::FakeUicc no_pin(profile);
  const auto without = read(no_pin);
  REQUIRE_FALSE(without.has_value());
  CHECK(without.error().code == ErrorCode::pin_required);
}

TEST_CASE("a three-digit MNC is taken as it is", "[IS-1]") {
  CHECK(identity_from_imsi("310410123456789", 3).impi ==
        "310410123456789@ims.mnc410.mcc310.3gppnetwork.org");
}

TEST_CASE("a short identifier that leads to another file does not spoil the identity",
          "[IS-1][IS-3]") {
  test::FakeUiccProfile profile;
  // SFI 02 is EF_IMPI's; here a foreign file, first in the directory, has it, too.
  profile.files = {{"ISIM/6F01", 0x41, 0x02, {test::hex("0102030405")}}};
  test::FakeUicc card(profile);
  CHECK(read(card).value().impi == profile.impi);
}

TEST_CASE("a USIM that does not tell the length of the MNC", "[IS-1]") {
  test::FakeUiccProfile profile;
  profile.has_isim = false;
  profile.has_usim = true;
  profile.files = {{"USIM/6FAD", 0x41, 0x03, {test::hex("000000")}}};
  const auto domain = [&](const char* imsi, ApplicationPolicy policy) -> std::string {
    profile.imsi_file = imsi;
    test::FakeUicc card(profile);
    policy.allow_usim = true;
    const auto identity = read(card, policy);
    return identity ? identity->domain : std::string(name(identity.error().code));
  };
  // 234 15: two digits in the whole country.
  CHECK(domain("082943519099999999", {}) == "ims.mnc015.mcc234.3gppnetwork.org");
  // 310 410: three.
  CHECK(domain("083901141032547698", {}) == "ims.mnc410.mcc310.3gppnetwork.org");
  // 405: both are used, so policy must say.
  CHECK(domain("084950421332547698", {}) == "card-file-malformed");
  CHECK(domain("084950421332547698", {.mnc_length = 3}) == "ims.mnc243.mcc405.3gppnetwork.org");
  CHECK(domain("084950421332547698", {.mnc_length = 2}) == "ims.mnc024.mcc405.3gppnetwork.org");
}

TEST_CASE("the length of the MNC by country", "[IS-1]") {
  CHECK(mnc_length_of_country("310410123456789") == 3);
  CHECK(mnc_length_of_country("234150999999999") == 2);
  CHECK(mnc_length_of_country("724050999999999") == 2);
  CHECK(mnc_length_of_country("722310999999999") == std::nullopt);
  CHECK(mnc_length_of_country("001010999999999") == std::nullopt);
  CHECK(mnc_length_of_country("23") == std::nullopt);
}

TEST_CASE("an identity file that is no transparent file is malformed", "[IS-1][IS-3]") {
  test::FakeUiccProfile profile;
  const auto descriptor = GENERATE(std::uint8_t{0x42}, std::uint8_t{0x79});
  profile.sfi_access = false;
  profile.files = {{"ISIM/6F02", descriptor, 0, {test::text_object("u@h")}}};
  test::FakeUicc card(profile);
  CHECK(read(card).error().code == ErrorCode::card_file_malformed);
}

TEST_CASE("one of several applications is chosen by AID or private identity", "[IS-1][IS-7]") {
  test::FakeUiccProfile profile;
  profile.second_impi = "second@ims.example.org";
  profile.has_usim = true;
  profile.imsi_file = "082943519099999999";
  test::FakeUicc card(profile);
  const auto impi = [&](const ApplicationPolicy& policy) {
    const auto identity = read(card, policy);
    return identity ? Result<std::string>(identity->impi) : std::unexpected(identity.error());
  };
  CHECK(impi({}) == profile.impi);
  CHECK(impi({.impi = profile.second_impi}) == profile.second_impi);
  CHECK(impi({.aid = test::hex("a0000000871004ff49ff0590")}) == profile.second_impi);
  CHECK(impi({.aid = test::hex("a0000000871004")}) == profile.impi);
  CHECK(impi({.aid = test::hex("a0000000871004ff49ff0589"), .impi = profile.second_impi})
            .error()
            .code == ErrorCode::card_not_chosen);
  CHECK(impi({.impi = "nobody@ims.example.org"}).error().code == ErrorCode::card_not_chosen);

  // The USIM beside an ISIM only when it is named, and allowed.
  const auto usim_aid = test::hex("a0000000871002");
  const auto usim = read(card, {.allow_usim = true, .aid = usim_aid});
  REQUIRE(usim.has_value());
  CHECK(usim->application == Application::usim);
  CHECK(impi({.allow_usim = true, .impi = usim->impi}) == usim->impi);
  CHECK(impi({.allow_usim = true}) == profile.impi);
  CHECK(impi({.aid = usim_aid}).error().code == ErrorCode::card_not_chosen);
}

TEST_CASE("a private identity that cannot be read is told rather than passed over", "[IS-1]") {
  test::FakeUiccProfile profile;
  profile.pin = "1234";
  test::FakeUicc card(profile);
  CHECK(read(card, {.impi = "nobody@ims.example.org"}).error().code == ErrorCode::pin_required);
}

TEST_CASE("the XCAP root of the card is read where its service table says so", "[XC-1][IS-3]") {
  const std::string uri = "http://xcap.operator.example/root";
  Bytes part;
  append_tlv(part, 0x84, as_bytes(uri));
  const auto file = [](ByteView content) {
    Bytes policy;
    append_tlv(policy, 0xa1, content);
    Bytes object;
    append_tlv(object, 0xa0, policy);
    Bytes octets;
    append_tlv(octets, 0x80, object);
    return octets;
  };
  test::FakeUiccProfile profile;
  profile.ist = test::hex("020004");  // GBA; XCAP config data is service 19
  profile.files = {{"ISIM/6FFC", 0x79, 0, {file(part)}}};
  test::FakeUicc card(profile);
  CHECK(read(card).value().xcap_root == uri);

  profile.ist = test::hex("020000");
  test::FakeUicc without_service(profile);
  CHECK(read(without_service).value().xcap_root.empty());

  // Nothing but the root is lost with the file.
  profile.ist = test::hex("020004");
  profile.files = {{"ISIM/6FFC", 0x79, 0, {file(test::hex("84020a0a"))}}};
  test::FakeUicc malformed(profile);
  CHECK(read(malformed).value().xcap_root.empty());
  profile.files.clear();
  test::FakeUicc missing(profile);
  CHECK(read(missing).value().xcap_root.empty());
  CHECK(read(missing).value().impi == profile.impi);

  // Service 120 of EF_UST: bit 8 of octet 15.
  profile.has_isim = false;
  profile.has_usim = true;
  profile.imsi_file = "082943519099999999";
  profile.files = {{"USIM/6F38", 0x41, 0x04, {test::hex("000000000000000000000000000080")}},
                   {"USIM/6FFC", 0x79, 0, {file(part)}}};
  test::FakeUicc usim(profile);
  CHECK(read(usim, {.allow_usim = true}).value().xcap_root == uri);
}
