#include "tests/support/catch.h"
#include "tests/support/vectors.h"

#include "tools/ut-lab/aka_digest.h"
#include "tools/ut-lab/digest.h"

#include <string>

using namespace ut;
using namespace ut::lab;

namespace {

struct Card {
  isim::Res res;
  isim::Ik ik;
  isim::Ck ck;
};

Card card() {
  const auto& gba = test::vectors()["gba"];
  return {{SecretBytes::copy_of(test::hex_of(gba["RES"]))},
          *isim::Ik::from(test::hex_of(gba["IK"])),
          *isim::Ck::from(test::hex_of(gba["CK"]))};
}

}  // namespace

TEST_CASE("the lab's AKAv2 passwords and responses are those of the vectors", "[UA-9]") {
  struct Case {
    const char* vector;
    AkaDigest algorithm;
  };
  const auto& gba = test::vectors()["gba"];
  const auto& ub = gba["ub"];
  const auto [res, ik, ck] = card();
  for (const auto& each :
       {Case{"akav2_md5", AkaDigest::v2_md5}, Case{"akav2_sha256", AkaDigest::v2_sha256}}) {
    INFO(each.vector);
    const auto& vector = gba[each.vector];
    const auto password = aka_password(each.algorithm, res, ik, ck);
    CHECK(as_text(password.expose()) == vector["password"].get<std::string>());
    const Hash kind = hash_of(each.algorithm);
    const auto a1 = ha1(kind, gba["IMPI"].get<std::string>(), ub["realm"].get<std::string>(),
                        password.expose());
    CHECK(as_text(a1.expose()) == vector["HA1"].get<std::string>());
    const auto nonce = ub["nonce"].get<std::string>();
    const auto cnonce = ub["cnonce"].get<std::string>();
    CHECK(digest_response(kind, a1, {nonce, "00000001", cnonce, "auth-int", "GET", "/", {}}) ==
          vector["response"].get<std::string>());
  }
}

TEST_CASE("the lab's AKAv1 password is RES itself", "[UA-9]") {
  const auto [res, ik, ck] = card();
  const auto password = aka_password(AkaDigest::v1_md5, res, ik, ck);
  CHECK(to_bytes(password.expose()) == to_bytes(res.octets.expose()));
}

TEST_CASE("the algorithms of Digest AKA have names, in any case", "[UA-9]") {
  for (const auto each : {AkaDigest::v1_md5, AkaDigest::v2_md5, AkaDigest::v2_sha256}) {
    CHECK(aka_digest(name(each)) == each);
  }
  CHECK(aka_digest("akaV2-sha-256") == AkaDigest::v2_sha256);
  CHECK_FALSE(aka_digest("AKAv1-SHA-256"));
  CHECK_FALSE(aka_digest("MD5"));
  CHECK_FALSE(aka_digest(""));
}
