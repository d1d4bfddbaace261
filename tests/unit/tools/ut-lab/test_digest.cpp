#include "tests/support/catch.h"
#include "tests/support/vectors.h"

#include "tools/ut-lab/digest.h"

#include <algorithm>
#include <string>

using namespace ut;
using namespace ut::lab;

namespace {

std::string text(const nlohmann::json& value, const char* key) {
  return value[key].get<std::string>();
}

}  // namespace

TEST_CASE("the lab's digest is that of the RFC examples", "[UA-2]") {
  for (const auto& vector : test::vectors()["digest"]) {
    INFO(text(vector, "source") << " " << text(vector, "alg"));
    const auto algorithm = digest_algorithm(text(vector, "alg"));
    REQUIRE(algorithm);
    const auto a1 = ha1(hash_of(*algorithm), text(vector, "username"), text(vector, "realm"),
                        as_bytes(vector["password"].get_ref<const std::string&>()));
    const auto nonce = text(vector, "nonce");
    const auto nc = text(vector, "nc");
    const auto cnonce = text(vector, "cnonce");
    const auto qop = text(vector, "qop");
    const auto method = text(vector, "method");
    const auto uri = text(vector, "uri");
    CHECK(digest_response(hash_of(*algorithm), a1, {nonce, nc, cnonce, qop, method, uri, {}}) ==
          text(vector, "response"));
  }
}

TEST_CASE("the lab's Ua digests and rspauths are those of the vectors", "[UA-2][UA-3]") {
  struct Case {
    const char* name;
    DigestAlgorithm algorithm;
  };
  for (const auto& each :
       {Case{"md5_auth_get", DigestAlgorithm::md5}, Case{"md5_authint_put", DigestAlgorithm::md5},
        Case{"md5sess_auth_get", DigestAlgorithm::md5_sess},
        Case{"sha256_authint_put", DigestAlgorithm::sha256}}) {
    INFO(each.name);
    const auto& vector = test::vectors()["gba"]["ua_digest"][each.name];
    const Hash kind = hash_of(each.algorithm);
    const auto nonce = text(vector, "nonce");
    const auto nc = text(vector, "nc");
    const auto cnonce = text(vector, "cnonce");
    const auto qop = text(vector, "qop");
    const auto method = text(vector, "method");
    const auto uri = text(vector, "uri");
    const auto body = text(vector, "body");
    auto a1 = ha1(kind, text(vector, "username"), text(vector, "realm"),
                  as_bytes(vector["password"].get_ref<const std::string&>()));
    if (each.algorithm == DigestAlgorithm::md5_sess) {
      a1 = session_ha1(kind, a1, nonce, cnonce);
    }
    CHECK(as_text(a1.expose()) == text(vector, "HA1"));
    DigestExchange exchange{nonce, nc, cnonce, qop, method, uri, as_bytes(body)};
    CHECK(digest_response(kind, a1, exchange) == text(vector, "response"));
    exchange.method = {};
    exchange.body = {};
    CHECK(digest_response(kind, a1, exchange) == text(vector, "rspauth_empty_response_body"));
  }
}

TEST_CASE("the lab's Ub digest takes RES as raw octets", "[UB-2]") {
  const auto& gba = test::vectors()["gba"];
  const auto& ub = gba["ub"];
  const auto impi = text(gba, "IMPI");
  const auto realm = text(ub, "realm");
  const auto nonce = text(ub, "nonce");
  const auto cnonce = text(ub, "cnonce");
  const auto body = text(ub, "ok_body");
  const auto a1 = ha1(Hash::md5, impi, realm, test::hex_of(ub["password_octets"]));
  DigestExchange exchange{nonce, "00000001", cnonce, "auth-int", "GET", "/", {}};
  CHECK(digest_response(Hash::md5, a1, exchange) == text(ub, "response"));
  exchange.method = {};
  exchange.body = as_bytes(body);
  CHECK(digest_response(Hash::md5, a1, exchange) == text(ub, "rspauth"));
  const auto empty = ha1(Hash::md5, impi, realm, {});
  exchange.method = "GET";
  exchange.body = {};
  CHECK(digest_response(Hash::md5, empty, exchange) == text(gba["ub_sync_failure"], "response"));
}

TEST_CASE("Authorization is read by the grammar", "[UB-2]") {
  const auto read = DigestCredentials::parse(
      R"(Digest username="a \"b\" c", nonce="", qop=auth-int , nc=0000000a,uri="/x,y=z")");
  REQUIRE(read);
  CHECK(read->value("username") == R"(a "b" c)");
  REQUIRE(read->find("NONCE") != nullptr);
  CHECK(read->find("nonce")->quoted);
  CHECK(read->value("nonce").empty());
  CHECK(read->value("qop") == "auth-int");
  CHECK_FALSE(read->find("nc")->quoted);
  CHECK(read->value("uri") == "/x,y=z");
  CHECK(read->find("opaque") == nullptr);
}

TEST_CASE("Authorization that breaks the grammar is refused", "[UB-2]") {
  for (const auto* wrong : {"", "Digest", "Basic abc", "Digest ", "Digest a", "Digest a=",
                            "Digest a=\"", "Digest a=b,", "Digest a=b,,c=d", "Digest a=b c=d",
                            "Digest a=b, A=c", "Digest =b", "Digest a=\"b\\", "Digest a=\"b\"c"}) {
    INFO(wrong);
    CHECK_FALSE(DigestCredentials::parse(wrong));
  }
}

TEST_CASE("quoting and digits that RFC 7616 does not allow are findings", "[UB-2]") {
  const auto findings = [](std::string_view field) {
    return grammar_findings(*DigestCredentials::parse(field));
  };
  CHECK(findings(R"(Digest username="u", realm="r", nonce="n", uri="/", response="0a", qop=auth,)"
                 R"( nc=0000000a, cnonce="c", algorithm=MD5, opaque="o")")
            .empty());
  const auto has = [&](std::string_view field, std::string_view rule) {
    const auto all = findings(field);
    return all.size() == 1 && all.front().find(rule) != std::string::npos;
  };
  CHECK(has("Digest qop=\"auth\"", "qop must be a token"));
  CHECK(has("Digest realm=r", "realm must be a quoted string"));
  CHECK(has("Digest nc=0000000A", "nc is not"));
  CHECK(has("Digest nc=1", "nc is not"));
  CHECK(has("Digest response=\"0A\"", "response is not"));
  CHECK(has("Digest other=1", "unknown parameter other"));
}

TEST_CASE("text becomes a quoted string and comes back", "[UB-2]") {
  CHECK(quoted_string(R"(a"b\c)") == R"("a\"b\\c")");
  const auto read = DigestCredentials::parse("Digest a=" + quoted_string(R"(a"b\c)"));
  REQUIRE(read);
  CHECK(read->value("a") == R"(a"b\c)");
}
