#include "tls/trust.h"

#include "tests/support/catch.h"
#include "tests/support/vectors.h"

#include <string>

using namespace ut;
using namespace ut::tls;

TEST_CASE("a NAF name is lower case and without trailing dot", "[UT-2]") {
  CHECK(normalise_name("xcap.home1.net") == "xcap.home1.net");
  CHECK(normalise_name("XCAP.Home1.NET.") == "xcap.home1.net");
  CHECK(normalise_name("xcap.ims.mnc001.mcc001.pub.3gppnetwork.org").has_value());
  CHECK(normalise_name("xn--bcher-kva.example").has_value());
  CHECK(normalise_name("3gpp.org").has_value());
  CHECK(normalise_name("localhost").has_value());
}

TEST_CASE("IP literals and malformed names are no NAF names", "[UT-2]") {
  const std::string label63(63, 'a');
  const std::string long_name =
      label63 + "." + label63 + "." + label63 + "." + std::string(61, 'a');  // 253 octets
  CHECK(normalise_name(long_name).has_value());
  for (const std::string& name : {std::string("192.0.2.1"),
                                  std::string("10.1"),
                                  std::string("1"),
                                  std::string("0x7f.1"),
                                  std::string("127.0x1"),
                                  std::string("[2001:db8::1]"),
                                  std::string("2001:db8::1"),
                                  std::string(),
                                  std::string("."),
                                  std::string(".."),
                                  std::string(".xcap.net"),
                                  std::string("xcap..net"),
                                  std::string("xcap.net.."),
                                  std::string("-x.net"),
                                  std::string("x-.net"),
                                  std::string("x_y.net"),
                                  std::string("*.home1.net"),
                                  std::string("xcap.home1.net:443"),
                                  std::string("xcap .net"),
                                  std::string("xcap\0.net", 9),
                                  std::string("b\xc3\xbc.net"),
                                  std::string(64, 'a') + ".net",
                                  long_name + "a"}) {
    CAPTURE(name);
    const auto refused = normalise_name(name);
    REQUIRE_FALSE(refused.has_value());
    CHECK(refused.error().code == ErrorCode::tls_name_invalid);
  }
}

TEST_CASE("a dNSName speaks for the NAF or it does not", "[UT-2]") {
  struct Row {
    std::string_view dns_name;
    std::string_view fqdn;
    bool matches;
  };
  const Row rows[] = {
      {"xcap.home1.net", "xcap.home1.net", true},
      {"XCAP.HOME1.NET", "xcap.home1.net", true},
      {"xcap.home1.net.", "xcap.home1.net", true},
      {"xcap.home2.net", "xcap.home1.net", false},
      {"home1.net", "xcap.home1.net", false},
      {"evil-xcap.home1.net", "xcap.home1.net", false},
      {"xcap.home1.net.evil.org", "xcap.home1.net", false},
      {std::string_view("xcap.home1.net\0.evil.org", 24), "xcap.home1.net", false},
      {std::string_view("xcap.home1.net\0", 15), "xcap.home1.net", false},
      {"", "xcap.home1.net", false},
      {".", "xcap.home1.net", false},
      // RFC 6125 section 6.4.3
      {"*.home1.net", "xcap.home1.net", true},
      {"*.HOME1.net", "xcap.home1.net", true},
      {"*.home1.net.", "xcap.home1.net", true},
      {"*.home1.net", "home1.net", false},
      {"*.home1.net", "a.xcap.home1.net", false},
      {"*.xcap.home1.net", "xcap.home1.net", false},
      {"x*.home1.net", "xcap.home1.net", false},
      {"*p.home1.net", "xcap.home1.net", false},
      {"*", "xcap.home1.net", false},
      {"*", "localhost", false},
      {"*.net", "home1.net", false},
      {"*.", "net", false},
      {"xcap.*.net", "xcap.home1.net", false},
      {"*.*.net", "xcap.home1.net", false},
      {"*.home1.*", "xcap.home1.net", false},
      {"**.home1.net", "xcap.home1.net", false},
  };
  for (const Row& row : rows) {
    CAPTURE(row.dns_name, row.fqdn);
    CHECK(name_matches(row.dns_name, row.fqdn) == row.matches);
  }
}

TEST_CASE("a set of authorities has one id whatever its order", "[UT-2][UT-6]") {
  const std::string ca = test::source_file("tests/vectors/tls/ca.pem");
  const std::string rsa = test::source_file("tests/vectors/tls/rsa.pem");
  const auto id = [](const std::string& pem) { return Trust::from_pem(pem)->id(); };
  CHECK(id(ca + rsa) == id("# a comment\n" + rsa + "\n" + ca + ca));
  CHECK(id(ca) != id(ca + rsa));
  CHECK(id(ca) != id(rsa));
  CHECK(Trust::from_pem(ca + rsa)->certificates().size() == 2);
}

TEST_CASE("a CA file that cannot be used is an error", "[UT-2]") {
  const auto code = [](const Result<Trust>& trust) {
    REQUIRE_FALSE(trust.has_value());
    return trust.error().code;
  };
  CHECK(code(Trust::from_file("/nonexistent/ca.pem")) == ErrorCode::tls_trust_unusable);
  CHECK(code(Trust::from_file("/")) == ErrorCode::tls_trust_unusable);
  CHECK(code(Trust::from_pem("")) == ErrorCode::tls_trust_unusable);
  CHECK(code(Trust::from_pem("-----BEGIN CERTIFICATE-----\nMIIB")) ==
        ErrorCode::tls_trust_unusable);
  CHECK(code(Trust::from_pem("-----BEGIN CERTIFICATE-----\n????\n-----END CERTIFICATE-----\n")) ==
        ErrorCode::tls_trust_unusable);
  CHECK(Trust::from_file("/nonexistent/ca.pem").error().detail == "/nonexistent/ca.pem");
}
