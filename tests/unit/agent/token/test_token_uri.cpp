#include "agent/token/token_uri.h"
#include "tests/support/catch.h"

using namespace ut;
using namespace ut::token;

namespace {

std::string why(std::string_view uri) {
  const auto parsed = parse_token_uri(uri);
  REQUIRE_FALSE(parsed);
  CHECK(parsed.error().code == ErrorCode::config_invalid);
  return parsed.error().detail;
}

bool has(const std::string& text, std::string_view part) {
  return text.find(part) != std::string::npos;
}

constexpr std::string_view kKey = "pkcs11:token=t;object=k?module-path=/m.so";

}  // namespace

TEST_CASE("a PKCS #11 URI names token, object, module and the file of the PIN", "[UA-7]") {
  const auto uri = parse_token_uri(
      "pkcs11:token=My%20token;manufacturer=M;model=X;serial=0a1b;object=the%2fkey;id=%01%ff;"
      "type=private?module-path=/usr/lib/m.so&pin-source=file:/etc/ut-agent/pin");
  REQUIRE(uri);
  CHECK(*uri == TokenUri{.token = "My token",
                         .manufacturer = "M",
                         .model = "X",
                         .serial = "0a1b",
                         .object = "the/key",
                         .id = {0x01, 0xff},
                         .type = "private",
                         .module_path = "/usr/lib/m.so",
                         .pin_file = "/etc/ut-agent/pin"});
  CHECK(uri->names_token());
  CHECK(uri->names_object());
  const auto certificate = parse_token_uri("pkcs11:object=c;type=cert");
  REQUIRE(certificate);
  CHECK(*certificate == TokenUri{.object = "c", .type = "cert"});
  CHECK_FALSE(certificate->names_token());
  CHECK(parse_token_uri("pkcs11:object=c?pin-source=/pin")->pin_file == "/pin");
  CHECK(parse_token_uri("pkcs11:object=c?pin-source=file:///pin")->pin_file == "/pin");
  CHECK(is_token_uri(kKey));
  CHECK_FALSE(is_token_uri("/etc/ut-agent/pkcs11:key"));
}

TEST_CASE("a PIN in a URI is refused with the reason, and not repeated", "[UA-7][KEY-4]") {
  for (const char* const uri :
       {"pkcs11:token=t;object=k?module-path=/m.so&pin-value=8642", "pkcs11:?pin-value=8642",
        "pkcs11:pin-value=8642", "pkcs11:token=t?pin- value=8642"}) {
    CAPTURE(uri);
    CHECK(has(why(uri), "pin-value is refused, as a configuration holds no secrets"));
    CHECK_FALSE(has(why(uri), "8642"));
  }
  // A name that only ends so is somebody's label.
  CHECK(parse_token_uri("pkcs11:object=pin-value")->object == "pin-value");
}

TEST_CASE("what a setting does not need is refused in a URI", "[UA-7]") {
  CHECK(has(why("/etc/key"), "must begin with"));
  CHECK(has(why("pkcs11:token=%zz"), "no PKCS #11 URI"));
  for (const char* const uri : {"pkcs11:token=t;slot-id=1", "pkcs11:token=t;library-manufacturer=x",
                                "pkcs11:token=t;what=x", "pkcs11:token=t?module-name=softhsm2"}) {
    CAPTURE(uri);
    CHECK(has(why(uri), "only token, manufacturer"));
  }
  CHECK(has(why("pkcs11:token=t?pin-source=%7C/bin/pin"), "absolute path"));
  CHECK(has(why("pkcs11:token=t?pin-source=pin"), "absolute path"));
  CHECK(has(why("pkcs11:token=t?module-path=m.so"), "absolute path"));
  CHECK(has(why("pkcs11:token=t;type=public"), "type must be"));
}

TEST_CASE("a key of a token is configured with its module, its token and one place of the PIN",
          "[UA-7]") {
  CHECK(problem_of_key("/etc/key", "").empty());
  CHECK(has(problem_of_key("/etc/key", "/pin"), "is for the key of a token"));
  CHECK(problem_of_key(kKey, "").empty());
  CHECK(problem_of_key(kKey, "/pin").empty());
  CHECK(problem_of_key("pkcs11:serial=1;id=%01?module-path=/m.so", "").empty());
  CHECK(has(problem_of_key("pkcs11:token=t;object=k", ""), "module-path is missing"));
  CHECK(has(problem_of_key("pkcs11:object=k?module-path=/m.so", ""), "names no token"));
  CHECK(has(problem_of_key("pkcs11:token=t?module-path=/m.so", ""), "names no key"));
  CHECK(has(problem_of_key("pkcs11:token=t;object=k;type=cert?module-path=/m.so", ""),
            "must be private"));
  const std::string with_pin = std::string(kKey) + "&pin-source=file:/pin";
  CHECK(problem_of_key(with_pin, "").empty());
  CHECK(has(problem_of_key(with_pin, "/pin"), "both say where the PIN is"));
  CHECK(has(problem_of_key(std::string(kKey) + "&pin-value=1", ""), "pin-value is refused"));
}

TEST_CASE("a certificate of a token is the key's token's", "[UA-7]") {
  CHECK(problem_of_certificate("/a.pem", "/a.key").empty());
  CHECK(problem_of_certificate("/a.pem", kKey).empty());
  CHECK(problem_of_certificate("pkcs11:object=c", kKey).empty());
  CHECK(has(problem_of_certificate("pkcs11:object=c", "/a.key"), "of the same token"));
  CHECK(has(problem_of_certificate("pkcs11:object=c?module-path=/m.so", kKey),
            "stand in client_key"));
  CHECK(has(problem_of_certificate("pkcs11:object=c?pin-source=/p", kKey), "stand in client_key"));
  CHECK(has(problem_of_certificate("pkcs11:token=t", kKey), "names no certificate"));
  CHECK(has(problem_of_certificate("pkcs11:object=c;type=private", kKey), "must be cert"));
  CHECK(has(problem_of_certificate("pkcs11:object=%zz", kKey), "no PKCS #11 URI"));
}
