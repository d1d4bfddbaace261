#include "agent/gba/digest.h"

#include "base/encoding.h"
#include "tests/support/catch.h"
#include "tests/support/vectors.h"

#include <string>

using namespace ut;
using namespace ut::gba;
using Fields = std::vector<std::string_view>;

namespace {

std::string text(const nlohmann::json& object, const char* key) {
  return object.at(key).get<std::string>();
}

DigestUse use_of(const nlohmann::json& v) {
  const auto qop = text(v, "qop");
  return {.nonce = text(v, "nonce"),
          .nc = static_cast<std::uint32_t>(std::stoul(text(v, "nc"), nullptr, 16)),
          .cnonce = text(v, "cnonce"),
          .qop = qop == "auth" ? Qop::auth : Qop::auth_int,
          .uri = text(v, "uri")};
}

DigestChallenge only(std::string_view field) {
  const auto parsed = parse_digest_challenges(Fields{field});
  REQUIRE(parsed);
  REQUIRE(parsed->size() == 1);
  return parsed->front();
}

}  // namespace

TEST_CASE("the examples of RFC 2617 and RFC 7616", "[UA-2]") {
  int seen = 0;
  for (const auto& v : test::vectors().at("digest")) {
    const auto algorithm = text(v, "alg") == "MD5" ? DigestAlgorithm::md5 : DigestAlgorithm::sha256;
    const auto ha1 =
        Ha1::make(algorithm, text(v, "username"), text(v, "realm"), as_bytes(text(v, "password")));
    if (v.contains("HA1")) {
      CHECK(as_text(ha1.expose()) == v.at("HA1").get<std::string>());
    }
    CHECK(digest_response(ha1, use_of(v), text(v, "method"), {}) ==
          v.at("response").get<std::string>());
    ++seen;
  }
  CHECK(seen == 3);
}

TEST_CASE("Ua digests of the vectors with their server proofs", "[UA-1][UA-2][UA-3]") {
  int seen = 0;
  for (const auto& [key, v] : test::vectors().at("gba").at("ua_digest").items()) {
    INFO(key);
    const auto algorithm = key.starts_with("md5sess_")  ? DigestAlgorithm::md5_sess
                           : key.starts_with("sha256_") ? DigestAlgorithm::sha256
                                                        : DigestAlgorithm::md5;
    const auto ha1 =
        Ha1::make(algorithm, text(v, "username"), text(v, "realm"), as_bytes(text(v, "password")));
    if (algorithm != DigestAlgorithm::md5_sess) {
      CHECK(as_text(ha1.expose()) == v.at("HA1").get<std::string>());
    }
    const auto use = use_of(v);
    CHECK(digest_response(ha1, use, text(v, "method"),
                          body_hash(algorithm, as_bytes(text(v, "body")))) ==
          v.at("response").get<std::string>());
    CHECK(expected_rspauth(ha1, use, body_hash(algorithm, {})) ==
          v.at("rspauth_empty_response_body").get<std::string>());
    ++seen;
  }
  CHECK(seen == 4);
}

TEST_CASE("the Ub response and the BSF's proof of the vectors", "[UB-2][UB-3]") {
  const auto& v = test::vectors().at("gba");
  const auto& ub = v.at("ub");
  const auto ha1 = Ha1::make(DigestAlgorithm::akav1_md5, text(v, "IMPI"), text(ub, "realm"),
                             test::hex_of(ub.at("password_octets")));
  CHECK(as_text(ha1.expose()) == ub.at("HA1").get<std::string>());
  const auto use = use_of(ub);
  CHECK(digest_response(ha1, use, "GET", body_hash(DigestAlgorithm::akav1_md5, {})) ==
        ub.at("response").get<std::string>());
  const auto hash = body_hash(DigestAlgorithm::akav1_md5, as_bytes(text(ub, "ok_body")));
  CHECK(hash == ub.at("ok_body_md5").get<std::string>());
  CHECK(expected_rspauth(ha1, use, hash) == ub.at("rspauth").get<std::string>());
}

TEST_CASE("with AUTS the password is empty", "[UB-5]") {
  const auto& v = test::vectors().at("gba");
  const auto ha1 =
      Ha1::make(DigestAlgorithm::akav1_md5, text(v, "IMPI"), text(v.at("ub"), "realm"), {});
  CHECK(as_text(ha1.expose()) == v.at("ub_sync_failure").at("HA1").get<std::string>());
  CHECK(
      digest_response(ha1, use_of(v.at("ub")), "GET", body_hash(DigestAlgorithm::akav1_md5, {})) ==
      v.at("ub_sync_failure").at("response").get<std::string>());
}

TEST_CASE("every octet of a binary password counts", "[UB-2]") {
  const auto hash_of = [](const char* res) {
    return to_hex(Ha1::make(DigestAlgorithm::akav1_md5, "u", "r", test::hex(res)).expose());
  };
  CHECK(hash_of("a500bf00") != hash_of("a5"));
  CHECK(hash_of("a500bf00") != hash_of("a500bf"));
  CHECK(hash_of("00000000") != hash_of("0000000000000000"));
}

TEST_CASE("without qop the legacy form is used", "[UA-2]") {
  const auto ha1 =
      Ha1::make(DigestAlgorithm::md5, "Mufasa", "testrealm@host.com", as_bytes("Circle Of Life"));
  // RFC 2069 form over the values of RFC 2617, computed with md5sum.
  CHECK(digest_response(ha1,
                        {.nonce = "dcd98b7102dd2f0e8b11d0f600bfb0c093",
                         .qop = Qop::none,
                         .uri = "/dir/index.html"},
                        "GET", {}) == "670fd8c2df070c60b045671b8b24ff02");
}

TEST_CASE("a challenge is read with all its parameters", "[UB-2][UA-2]") {
  const auto challenge = only(
      R"(Digest realm="r", nonce="n", opaque="", algorithm=akav1-MD5, qop="auth , auth-int,x",)"
      R"( stale=TRUE, domain="/a /b", charset=UTF-8)");
  CHECK(challenge.realm == "r");
  CHECK(challenge.nonce == "n");
  CHECK(challenge.opaque == "");
  CHECK(challenge.algorithm == DigestAlgorithm::akav1_md5);
  CHECK(challenge.algorithm_named);
  CHECK(challenge.qop_auth);
  CHECK(challenge.qop_auth_int);
  CHECK(challenge.stale);
  CHECK(challenge.domain == "/a /b");
  const auto plain = only(R"(Digest realm="r", nonce="n", stale=false)");
  CHECK(plain.algorithm == DigestAlgorithm::md5);
  CHECK_FALSE(plain.algorithm_named);
  CHECK_FALSE(plain.qop_auth);
  CHECK_FALSE(plain.qop_auth_int);
  CHECK_FALSE(plain.stale);
  CHECK_FALSE(plain.opaque);
  CHECK(only(R"(Digest realm="r", nonce="n", algorithm="SHA-256", qop=auth)").qop_auth);
}

TEST_CASE("unknown schemes, algorithms and qops are left out", "[UA-2]") {
  const auto parsed = parse_digest_challenges(
      Fields{R"(Basic realm="b", Digest realm="1", nonce="n", algorithm=SHA-512-256, qop="auth")",
             R"(Digest realm="2", nonce="n", qop="auth-conf")",
             R"(Digest realm="3", nonce="n", algorithm=MD5-sess, qop="auth")",
             R"(Digest realm="4", nonce="n", qop="")", R"(Digest realm="5", nonce="n")"});
  REQUIRE(parsed);
  REQUIRE(parsed->size() == 2);
  CHECK(parsed->at(0).realm == "3");
  CHECK(parsed->at(1).realm == "5");
}

TEST_CASE("a Digest challenge without realm or nonce is malformed", "[UB-2][UA-2]") {
  for (const auto* field : {"Digest", "Digest realm=", R"(Digest realm="r")", R"(Digest nonce="n")",
                            R"(Digest realm="r", nonce="")", R"(Digest realm)"}) {
    INFO(field);
    CHECK_FALSE(parse_digest_challenges(Fields{field}));
  }
}

TEST_CASE("Authorization quotes what is to be quoted and nothing else", "[UB-2][UA-2]") {
  auto challenge = only(
      R"(Digest realm="a \"b\" \\c", nonce="n\"", opaque="o", algorithm=MD5-sess, qop="auth-int")");
  const DigestUse use{
      .nonce = challenge.nonce, .nc = 0xab, .cnonce = "c", .qop = Qop::auth_int, .uri = "/x?y=%22"};
  CHECK(as_text(authorization(challenge, "u+/==@b", use, "0f").expose()) ==
        R"(Digest username="u+/==@b", realm="a \"b\" \\c", nonce="n\"", uri="/x?y=%22",)"
        R"( response="0f", algorithm=MD5-sess, qop=auth-int, nc=000000ab, cnonce="c", opaque="o")");
  const auto legacy = only(R"(Digest realm="r", nonce="n")");
  CHECK(as_text(authorization(legacy, "u", {.nonce = "n", .qop = Qop::none, .uri = "/"}, "0f")
                    .expose()) ==
        R"(Digest username="u", realm="r", nonce="n", uri="/", response="0f")");
  CHECK(as_text(authorization(legacy, "u", {.nonce = "n", .cnonce = "c", .uri = "/"}, "0f",
                              "RR6L7KvaTuJ+uxqdPDY=")
                    .expose())
            .ends_with(R"(nc=00000001, cnonce="c", auts="RR6L7KvaTuJ+uxqdPDY=")"));
}

TEST_CASE("nc goes out in eight hexadecimal digits", "[UA-2]") {
  const auto challenge = only(R"(Digest realm="r", nonce="n", qop="auth")");
  for (const auto& [nc, digits] : {std::pair{9U, "00000009"}, std::pair{10U, "0000000a"},
                                   std::pair{0xdeadbeefU, "deadbeef"}}) {
    const auto value =
        authorization(challenge, "u", {.nonce = "n", .nc = nc, .cnonce = "c", .uri = "/"}, "0f");
    CHECK(as_text(value.expose()).contains(std::string("nc=") + digits + ","));
  }
}

TEST_CASE("the first request on Ub has empty nonce and response", "[UB-2]") {
  CHECK(as_text(initial_authorization("user1_private@home1.net", "bsf.home1.net", "/").expose()) ==
        R"(Digest username="user1_private@home1.net", realm="bsf.home1.net", nonce="", uri="/",)"
        R"( response="")");
}

TEST_CASE("Authentication-Info is read strictly", "[UB-3][UA-3]") {
  const auto info = parse_authentication_info(
      Fields{R"(qop=auth-int, rspauth="0a", cnonce="c,d", nc=0000000A, nextnonce="n n")"});
  REQUIRE(info);
  CHECK(info->rspauth == "0a");
  CHECK(info->cnonce == "c,d");
  CHECK(info->nextnonce == "n n");
  CHECK(info->nc == 10);
  CHECK(info->qop == Qop::auth_int);
  CHECK(parse_authentication_info(Fields{}) == AuthenticationInfo{});
  for (const auto* field : {"nc=1", "nc=0000000g", "nc=+0000001", "qop=auth-conf", "rspauth",
                            "rspauth=\"a\" nc=00000001", "rspauth=a,rspauth=b", "=a"}) {
    INFO(field);
    CHECK_FALSE(parse_authentication_info(Fields{field}));
  }
}

TEST_CASE("the server's proof holds for our request and body alone", "[UB-3][UA-3]") {
  const auto& v = test::vectors().at("gba");
  const auto& ub = v.at("ub");
  const auto ha1 = Ha1::make(DigestAlgorithm::akav1_md5, text(v, "IMPI"), text(ub, "realm"),
                             test::hex_of(ub.at("password_octets")));
  const auto use = use_of(ub);
  const auto hash = body_hash(DigestAlgorithm::akav1_md5, as_bytes(text(ub, "ok_body")));
  AuthenticationInfo info{.rspauth = text(ub, "rspauth")};
  CHECK(check_server(info, ha1, use, hash) == ServerProof::proven);

  info.cnonce = use.cnonce;
  info.nc = use.nc;
  info.qop = use.qop;
  CHECK(check_server(info, ha1, use, hash) == ServerProof::proven);

  SECTION("another body") {
    const auto other = body_hash(DigestAlgorithm::akav1_md5, as_bytes(text(ub, "ok_body") + " "));
    CHECK(check_server(info, ha1, use, other) == ServerProof::wrong);
  }
  SECTION("another key") {
    const auto other =
        Ha1::make(DigestAlgorithm::akav1_md5, text(v, "IMPI"), text(ub, "realm"), {});
    CHECK(check_server(info, other, use, hash) == ServerProof::wrong);
  }
  SECTION("each digit changed") {
    for (std::size_t i = 0; i < info.rspauth->size(); ++i) {
      auto changed = info;
      auto& digit = changed.rspauth->at(i);
      digit = digit == '0' ? '1' : '0';
      CHECK(check_server(changed, ha1, use, hash) == ServerProof::wrong);
    }
  }
  SECTION("cut, lengthened, empty, not hexadecimal") {
    for (const auto& rspauth :
         {info.rspauth->substr(0, 30), *info.rspauth + "00", std::string(), std::string(32, 'x')}) {
      info.rspauth = rspauth;
      CHECK(check_server(info, ha1, use, hash) == ServerProof::wrong);
    }
  }
  SECTION("the echo of another request") {
    for (int field = 0; field < 3; ++field) {
      auto changed = info;
      changed.cnonce = field == 0 ? "other" : changed.cnonce;
      changed.nc = field == 1 ? 2 : changed.nc;
      changed.qop = field == 2 ? Qop::auth : changed.qop;
      CHECK(check_server(changed, ha1, use, hash) == ServerProof::wrong);
    }
  }
  SECTION("no rspauth") {
    info.rspauth.reset();
    CHECK(check_server(info, ha1, use, hash) == ServerProof::missing);
  }
}
