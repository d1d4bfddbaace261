#include "isim/soft/http_digest_context.h"

#include "base/encoding.h"
#include "isim/http_digest.h"
#include "isim/identity.h"
#include "tests/support/catch.h"
#include "tests/support/soft_card.h"
#include "tests/support/vectors.h"

#include <string>

using namespace ut;
using namespace ut::isim;
using namespace ut::isim::soft;
using ut::test::SoftCard;

namespace {

constexpr const char* kSelectIsim = "00a4040c07a0000000871004";

// MD5-sess with a user name, a password, a realm, a nonce and a cnonce of its own.
const nlohmann::json& vector() {
  return ut::test::vectors()["gba"]["ua_digest"]["md5sess_auth_get"];
}
std::string text(const char* name) {
  return vector()[name].get<std::string>();
}

SoftCard::Changes with_digest(const std::string& settings) {
  return {{"enabled = true", "enabled = false"},
          {"isim = []", "isim = [3]"},
          {"[services]", "[digest]\n" + settings + "\n[services]"}};
}

SoftCard::Changes of_vector() {
  return with_digest("user = \"" + text("username") + "\"\npassword = \"" + text("password") +
                     "\"");
}

std::string length_value(std::string_view octets) {
  return to_hex(Bytes{static_cast<std::uint8_t>(octets.size())}) + to_hex(as_bytes(octets));
}

std::string command(std::string_view realm, std::string_view nonce, std::string_view cnonce) {
  const auto fields = length_value(realm) + length_value(nonce) + length_value(cnonce);
  return "00880082" + to_hex(Bytes{static_cast<std::uint8_t>(fields.size() / 2)}) + fields + "00";
}

}  // namespace

TEST_CASE("the HTTP Digest context answers H(A1) of MD5-sess", "[IS-5]") {
  SoftCard card(of_vector());
  CHECK(card.send(kSelectIsim) == "9000");
  CHECK(card.send(command(text("realm"), text("nonce"), text("cnonce"))) ==
        "db10" + text("HA1") + "9000");
  CHECK(card.events() == std::vector{AuthenticateEvent::http_digest_success});
}

TEST_CASE("our own terminal side asks this card for the session key", "[IS-5]") {
  SoftCard card(of_vector());
  auto session = CardSession::open(card.transport());
  REQUIRE(session.has_value());
  REQUIRE(select_subscriber_application(*session, {}).has_value());
  const auto response = http_digest(*session, text("realm"), text("nonce"), text("cnonce"));
  REQUIRE(response.has_value());
  CHECK(to_hex(response->octets.expose()) == text("HA1"));
}

TEST_CASE("the user of HTTP Digest is the IMPI when the profile names none", "[IS-5]") {
  SoftCard card(with_digest("password = \"Circle Of Life\""));
  CHECK(card.send(kSelectIsim) == "9000");
  const HttpDigestContext same("001010123456789@ims.mnc001.mcc001.3gppnetwork.org",
                               SecretBytes::copy_of(as_bytes("Circle Of Life")));
  const auto key = same.session_key(as_bytes("r"), as_bytes("n"), as_bytes("c"));
  CHECK(card.send(command("r", "n", "c")) == "db10" + to_hex(key.expose()) + "9000");
}

TEST_CASE("the HTTP Digest context refuses what is malformed", "[IS-5]") {
  SoftCard card(of_vector());
  CHECK(card.send(kSelectIsim) == "9000");
  CHECK(card.send("00880082") == "6700");
  CHECK(card.send("0088008200") == "6700");
  CHECK(card.send("008800820601720200016300") == "6700");
  CHECK(card.send("00880082070172016e01630000") == "6700");
  CHECK(card.send("00880082040172016e00") == "6700");
  CHECK(card.send(command("", "n", "c")) == "6a80");
  CHECK(card.send(command("r", "", "c")) == "6a80");
  CHECK(card.send(command("r", "n", "")) == "6a80");
  CHECK(card.events().empty());
}

TEST_CASE("HTTP Digest is the ISIM's, and only with its service", "[IS-5]") {
  SoftCard card(SoftCard::Changes{{"enabled = true", "enabled = false"}});
  CHECK(card.send(kSelectIsim) == "9000");
  CHECK(card.send(command("r", "n", "c")) == "9864");
  SoftCard with(of_vector());
  // The USIM has another context under this number: VGCS and VBS.
  CHECK(with.send("00a4040c07a0000000871002") == "9000");
  CHECK(with.send(command("r", "n", "c")) == "9864");
}
