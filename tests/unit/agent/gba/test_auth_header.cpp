#include "agent/gba/auth_header.h"

#include "tests/support/catch.h"

using namespace ut::gba;
using Fields = std::vector<std::string_view>;

TEST_CASE("commas, blanks and escapes inside quoted strings stay inside", "[UB-2][UA-2]") {
  const auto parsed = parse_challenges(
      Fields{R"(Digest realm="a, b=\"c\" \\", qop="auth,auth-int" ,nonce = "x=,y")"});
  REQUIRE(parsed);
  REQUIRE(parsed->size() == 1);
  const auto& challenge = parsed->front();
  CHECK(challenge.scheme == "digest");
  CHECK(*find(challenge.parameters, "realm") == R"(a, b="c" \)");
  CHECK(*find(challenge.parameters, "qop") == "auth,auth-int");
  CHECK(*find(challenge.parameters, "nonce") == "x=,y");
  CHECK(find(challenge.parameters, "opaque") == nullptr);
}

TEST_CASE("several challenges in one or several fields are told apart", "[UA-2]") {
  const std::vector<AuthChallenge> expected{
      {"negotiate", "", {}},
      {"basic", "", {{"realm", "x"}}},
      {"ntlm", "TlRMTVNTUAAB+/==", {}},
      {"digest", "", {{"realm", "y"}, {"nonce", "n"}}},
  };
  const Fields one{R"(Negotiate, Basic realm="x", NTLM TlRMTVNTUAAB+/==, Digest realm=y,nonce=n)"};
  const Fields several{R"(Negotiate,Basic realm="x")", "NTLM TlRMTVNTUAAB+/== ,",
                       ", ,DIGEST Realm=\"y\" , ,\tNONCE=\"n\","};
  CHECK(parse_challenges(one) == expected);
  CHECK(parse_challenges(several) == expected);
  CHECK(parse_challenges(Fields{})->empty());
  CHECK(parse_challenges(Fields{" , "})->empty());
}

TEST_CASE("a parameter given twice is refused, whatever its case", "[UB-2][UA-2]") {
  CHECK_FALSE(parse_challenges(Fields{R"(Digest realm="a", nonce="n", Realm="b")"}));
  CHECK(parse_challenges(Fields{R"(Digest realm="a", Digest realm="b")"})->size() == 2);
  CHECK_FALSE(parse_auth_parameters(Fields{"qop=auth", "qop=auth-int"}));
}

TEST_CASE("what the grammar does not allow is refused", "[UB-2][UA-2]") {
  for (const auto* field :
       {R"(Digest realm="a)", R"(Digest realm="a\)", R"(Digest realm="a" nonce="n")",
        R"(realm="a")", R"(Digest realm= , nonce=n)", R"(Digest ="a")", R"(Digest realm="a"x)",
        R"(Digest realm=a b)", R"(Digest realm="a", b c d)", R"(="x")", R"(Digest;realm="a")",
        R"(NTLM abc=, realm="a")", R"(NTLM ab=c=)", "Digest realm=\"a\x01\"",
        "Digest realm=\"a\x7f\"", "Digest realm=\"a\\\x01\"", "Digest realm=\xc3\xbc", "\"a\"",
        "Digest realm=a@b"}) {
    INFO(field);
    CHECK_FALSE(parse_challenges(Fields{field}));
  }
  CHECK_FALSE(parse_challenges(Fields{std::string("Digest realm=\"a\0b\"", 18)}));
}

TEST_CASE("letters outside ASCII are allowed in quoted strings alone", "[UA-2]") {
  const auto parsed = parse_challenges(Fields{"Digest realm=\"b\xc3\xbc\""});
  REQUIRE(parsed);
  CHECK(*find(parsed->front().parameters, "realm") == "b\xc3\xbc");
}

TEST_CASE("size and counts are bounded", "[UB-2][UA-2]") {
  CHECK(parse_challenges(Fields{"Digest realm=\"" + std::string(16000, 'a') + "\""}));
  CHECK_FALSE(parse_challenges(Fields{"Digest realm=\"" + std::string(16384, 'a') + "\""}));
  CHECK_FALSE(parse_challenges(Fields(10, "Digest realm=\"" + std::string(1700, 'a') + "\"")));
  CHECK(parse_challenges(Fields(16, "Basic realm=x"))->size() == 16);
  CHECK_FALSE(parse_challenges(Fields(17, "Basic realm=x")));
  std::string many = "Digest p0=x";
  for (int i = 1; i < 32; ++i) {
    many += ",p" + std::to_string(i) + "=x";
  }
  CHECK(parse_challenges(Fields{many}));
  CHECK_FALSE(parse_challenges(Fields{many + ",q=x"}));
}
