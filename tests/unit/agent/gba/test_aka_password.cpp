#include "agent/gba/aka_password.h"

#include "base/encoding.h"
#include "tests/support/catch.h"
#include "tests/support/vectors.h"

#include <string>

using namespace ut;
using namespace ut::gba;

namespace {

const auto& vector() {
  return test::vectors().at("gba");
}

isim::AkaSuccess run(Bytes res) {
  return {.res = {SecretBytes::copy_of(res)},
          .ck = *isim::Ck::from(test::hex_of(vector().at("CK"))),
          .ik = *isim::Ik::from(test::hex_of(vector().at("IK")))};
}

isim::AkaSuccess run() {
  return run(test::hex_of(vector().at("RES")));
}

std::string text(const nlohmann::json& value, const char* key) {
  return value.at(key).get<std::string>();
}

}  // namespace

TEST_CASE("the passwords of AKAv2 and what is made of them are those of the vectors", "[UA-9]") {
  const auto& ub = vector().at("ub");
  for (const auto& [algorithm, key] : {std::pair(DigestAlgorithm::akav2_md5, "akav2_md5"),
                                       std::pair(DigestAlgorithm::akav2_sha256, "akav2_sha256")}) {
    INFO(key);
    const auto& v = vector().at(key);
    const auto password = aka_password(algorithm, run());
    CHECK(as_text(password.expose()) == text(v, "password"));
    const auto ha1 =
        Ha1::make(algorithm, text(vector(), "IMPI"), text(ub, "realm"), password.expose());
    CHECK(as_text(ha1.expose()) == text(v, "HA1"));
    const DigestUse use{.nonce = text(ub, "nonce"),
                        .nc = 1,
                        .cnonce = text(ub, "cnonce"),
                        .qop = Qop::auth_int,
                        .uri = text(ub, "uri")};
    CHECK(digest_response(ha1, use, text(ub, "method"), body_hash(algorithm, {})) ==
          text(v, "response"));
  }
}

TEST_CASE("the password of AKAv1 is RES, octet by octet", "[UA-9]") {
  for (const auto* res : {"a54211d5e3ba50bf", "00000000", "000d0a00ff223a5c000d0a00ff223a5c"}) {
    CHECK(to_hex(aka_password(DigestAlgorithm::akav1_md5, run(test::hex(res))).expose()) == res);
  }
}

TEST_CASE("who knows RES alone has no password of AKAv2", "[UA-9][UT-7]") {
  auto other = run();
  other.ck = *isim::Ck::from(Bytes(16, 0));
  CHECK(as_text(aka_password(DigestAlgorithm::akav2_md5, other).expose()) !=
        text(vector().at("akav2_md5"), "password"));
  other = run();
  other.ik = *isim::Ik::from(Bytes(16, 0));
  CHECK(as_text(aka_password(DigestAlgorithm::akav2_sha256, other).expose()) !=
        text(vector().at("akav2_sha256"), "password"));
}

TEST_CASE("algorithms are known by name, without case, and AKA's are told apart", "[UA-9][UA-2]") {
  using enum DigestAlgorithm;
  for (const auto algorithm : {md5, md5_sess, sha256, akav1_md5, akav2_md5, akav2_sha256}) {
    CHECK(digest_algorithm_named(name(algorithm)) == algorithm);
  }
  CHECK(digest_algorithm_named("akaV2-sha-256") == akav2_sha256);
  for (const auto* unknown : {"", "AKAv3-MD5", "AKAv1-SHA-256", "AKAv2-MD5-sess", "SHA-512-256"}) {
    CHECK_FALSE(digest_algorithm_named(unknown));
  }
  for (const auto algorithm : {md5, md5_sess, sha256}) {
    CHECK_FALSE(is_aka(algorithm));
  }
  for (const auto algorithm : {akav1_md5, akav2_md5, akav2_sha256}) {
    CHECK(is_aka(algorithm));
  }
}
