#include "tools/isim-probe/report.h"

#include "base/encoding.h"
#include "tests/support/catch.h"
#include "tests/support/vectors.h"

#include <nlohmann/json.hpp>

#include <string>

using namespace ut;
using namespace ut::probe;

namespace {

const std::string kRes = "a54211d5e3ba50bf";
const std::string kCk(32, 'c');
const std::string kIk(32, 'd');

AuthReport success() {
  return {"Reader 0",
          isim::AkaSuccess{isim::Res{SecretBytes::copy_of(test::hex(kRes))},
                           *isim::Ck::from(test::hex(kCk)), *isim::Ik::from(test::hex(kIk))}};
}

std::string text_of(const SecretBytes& secret) {
  return std::string(as_text(secret.expose()));
}

CardReport whole_card() {
  CardReport report;
  report.reader = "Reader 0";
  report.atr = test::hex("3b00");
  report.protocol = isim::CardProtocol::t0;
  report.iccid = "8901";
  report.applications = {{test::hex("a0000000871004"), "ISIM"}};
  report.pin = isim::PinState{1, false, false, 3};
  report.identity = isim::Identity{.iccid = "8901",
                                   .impi = "u@ims.example.org",
                                   .domain = "ims.example.org",
                                   .impus = {"sip:u@ims.example.org", "tel:+1"},
                                   .services = {test::hex("02")}};
  return report;
}

}  // namespace

TEST_CASE("RES, CK and IK are hidden unless asked for", "[KEY-4]") {
  for (const Format format : {Format::text, Format::json}) {
    const std::string hidden = text_of(show(success(), format, false));
    for (const auto& secret : {kRes, kCk, kIk}) {
      CHECK(hidden.find(secret) == std::string::npos);
    }
    const std::string shown = text_of(show(success(), format, true));
    for (const auto& secret : {kRes, kCk, kIk}) {
      CHECK(shown.find(secret) != std::string::npos);
    }
  }
}

TEST_CASE("the three outcomes are told apart, in text, JSON and exit status", "[IS-5]") {
  const AuthReport out_of_sync{"R",
                               isim::AkaSynchronisationFailure{*isim::Auts::from(Bytes(14, 0x11))}};
  const AuthReport wrong_mac{"R", isim::AkaMacFailure{}};
  const auto json_of = [](const AuthReport& report, bool secrets) {
    return nlohmann::json::parse(text_of(show(report, Format::json, secrets)));
  };
  CHECK(
      json_of(success(), true) ==
      nlohmann::json{
          {"reader", "Reader 0"}, {"outcome", "success"}, {"res", kRes}, {"ck", kCk}, {"ik", kIk}});
  CHECK(json_of(success(), false)["res_octets"] == 8);
  CHECK(json_of(out_of_sync, false)["auts"] == to_hex(Bytes(14, 0x11)));
  CHECK(json_of(wrong_mac, false)["outcome"] == "mac-failure");
  CHECK(text_of(show(out_of_sync, Format::text, false)).find("synchronisation failure") !=
        std::string::npos);
  CHECK(text_of(show(wrong_mac, Format::text, false)).find("MAC failure") != std::string::npos);
  CHECK(exit_of(success()) == Exit::done);
  CHECK(exit_of(out_of_sync) == Exit::synchronisation_failure);
  CHECK(exit_of(wrong_mac) == Exit::mac_failure);
}

TEST_CASE("a card is shown whole", "[IS-3]") {
  CHECK(show(whole_card(), Format::text) ==
        "reader        Reader 0\n"
        "ATR           3b00 (T=0)\n"
        "ICCID         8901\n"
        "applications  a0000000871004 ISIM\n"
        "PIN           needed (reference 01), 3 tries left\n"
        "application   ISIM\n"
        "IMPI          u@ims.example.org\n"
        "domain        ims.example.org\n"
        "IMPU          sip:u@ims.example.org\n"
        "              tel:+1\n"
        "services      GBA\n");
  const auto json = nlohmann::json::parse(show(whole_card(), Format::json));
  CHECK(json["identity"]["impus"].size() == 2);
  CHECK(json["pin"]["tries_left"] == 3);
  CHECK(json["applications"][0]["aid"] == "a0000000871004");
  CHECK_FALSE(json.contains("error"));
}

TEST_CASE("what is missing is said beside what was found", "[IS-4]") {
  auto report = whole_card();
  report.identity.reset();
  report.pin = isim::PinState{1, false, true, 0};
  report.failure = Error{ErrorCode::pin_blocked, "VERIFY", {ForeignKind::status_word, 0x6983}};
  const auto json = nlohmann::json::parse(show(report, Format::json));
  CHECK(json["error"]["code"] == "pin-blocked");
  CHECK(json["error"]["number"] == "SW 6983");
  CHECK(json["iccid"] == "8901");
  CHECK(show(report, Format::text).find("PIN           blocked\n") != std::string::npos);
  CHECK(exit_of(report) == Exit::pin);
}

TEST_CASE("readers are listed", "[IS-7]") {
  isim::ReaderPicture picture{true, {}};
  CHECK(show(picture, Format::text) == "no reader\n");
  picture.readers = {{"A", true, false, false, 1, test::hex("3b00")},
                     {"B", false, false, true, 0, {}},
                     {"C", false, true, false, 0, {}},
                     {.name = "D", .card = true, .in_use = true}};
  CHECK(show(picture, Format::text) ==
        "A: card, ATR 3b00 (direct convention, T=0)\nB: empty, kept by another program\nC: card is "
        "mute\nD: card, in use by another program\n");
  const auto json = nlohmann::json::parse(show(picture, Format::json));
  CHECK(json["readers"].size() == 4);
  CHECK(json["readers"][3]["in_use"] == true);
  CHECK(json["readers"][0]["atr"] == "3b00");
}

TEST_CASE("a card cannot speak to the terminal", "[IS-3]") {
  auto report = whole_card();
  report.applications[0].label = "\x1b[2J\xff";
  const std::string text = show(report, Format::text);
  CHECK(text.find('\x1b') == std::string::npos);
  CHECK_NOTHROW(nlohmann::json::parse(show(report, Format::json)));
}

TEST_CASE("exit statuses tell failures apart") {
  CHECK(exit_of(Error{ErrorCode::card_service_unavailable, ""}) == Exit::no_card);
  CHECK(exit_of(Error{ErrorCode::card_absent, ""}) == Exit::no_card);
  CHECK(exit_of(Error{ErrorCode::pin_tries_low, ""}) == Exit::pin);
  CHECK(exit_of(Error{ErrorCode::card_security_status, ""}) == Exit::pin);
  CHECK(exit_of(Error{ErrorCode::card_no_isim, ""}) == Exit::card);
  CHECK(exit_of(Error{ErrorCode::input_malformed, ""}) == Exit::usage);
  CHECK(exit_of(Error{ErrorCode::system_call_failed, ""}) == Exit::other);
}
