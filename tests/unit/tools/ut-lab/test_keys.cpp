#include "tests/support/catch.h"
#include "tests/support/vectors.h"

#include "base/encoding.h"
#include "tools/ut-lab/crypto.h"
#include "tools/ut-lab/gba_keys.h"

#include <string>

using namespace ut;
using namespace ut::lab;

namespace {

class FixedClock final : public Clock {
 public:
  UtcTime utc() const override { return now; }
  SteadyTime steady() const override { return SteadyTime(); }
  UtcTime now{std::chrono::seconds(1'000'000)};
};

Association association(std::string b_tid, std::string impi, UtcTime expires) {
  auto made = std::make_shared<SecurityAssociation>();
  made->b_tid = std::move(b_tid);
  made->impi = std::move(impi);
  made->expires = expires;
  return made;
}

}  // namespace

TEST_CASE("the lab derives Ks_NAF of every TLS suite in the vectors", "[KEY-1][KEY-2]") {
  const auto& gba = test::vectors()["gba"];
  const auto impi = gba["IMPI"].get<std::string>();
  const std::string naf = "xcap.ims.mnc015.mcc234.pub.3gppnetwork.org";
  struct Case {
    const char* name;
    std::uint16_t suite;
  };
  for (const auto& each : {Case{"Ks_NAF_tls12_C02F", 0xC02F}, Case{"Ks_NAF_tls12_C02B", 0xC02B},
                           Case{"Ks_NAF_tls13_1301", 0x1301}}) {
    INFO(each.name);
    const auto& vector = gba[each.name];
    const auto id = naf_id(naf, each.suite);
    CHECK(to_hex(id) == vector["NAF_Id"].get<std::string>());
    const auto key = ks_naf(test::hex_of(gba["Ks"]), test::hex_of(gba["RAND"]), impi, id);
    CHECK(to_hex(key.expose()) == vector["key"].get<std::string>());
  }
}

TEST_CASE("the lab derives Ks_NAF of a Ua protocol by its identifier",
          "[KEY-1][KEY-2][UA-7][UA-10]") {
  const auto& gba = test::vectors()["gba"];
  const auto& vector = gba["Ks_NAF_http_digest_plain"];
  const auto id = naf_id("xcap.ims.mnc015.mcc234.pub.3gppnetwork.org",
                         UaProtocolId{0x01, 0x00, 0x00, 0x00, 0x02});
  CHECK(to_hex(id) == vector["NAF_Id"].get<std::string>());
  const auto key = ks_naf(test::hex_of(gba["Ks"]), test::hex_of(gba["RAND"]),
                          gba["IMPI"].get<std::string>(), id);
  CHECK(to_hex(key.expose()) == vector["key"].get<std::string>());
}

TEST_CASE("the lab derives Ks_NAF of PSK TLS 1.3 in the vectors", "[KEY-1][KEY-2][UA-6]") {
  const auto& gba = test::vectors()["gba"];
  const auto& vector = gba["Ks_NAF_psk_tls13_07"];
  const auto id = naf_id_of_psk_tls13("xcap.ims.mnc015.mcc234.pub.3gppnetwork.org");
  CHECK(to_hex(id) == vector["NAF_Id"].get<std::string>());
  const auto key = ks_naf(test::hex_of(gba["Ks"]), test::hex_of(gba["RAND"]),
                          gba["IMPI"].get<std::string>(), id);
  CHECK(to_hex(key.expose()) == vector["key"].get<std::string>());
}

TEST_CASE("the lab makes the TMPI of the vector", "[UB-8][KEY-1]") {
  const auto& gba = test::vectors()["gba"];
  SecurityAssociation made;
  made.impi = gba["IMPI"].get<std::string>();
  made.rand = test::hex_of(gba["RAND"]);
  made.ks = SecretBytes::copy_of(test::hex_of(gba["Ks"]));
  CHECK(tmpi(made, gba["BSF"].get<std::string>()) == gba["TMPI"]["TMPI"].get<std::string>());
}

TEST_CASE("HMAC-SHA-256 of the lab is that of RFC 4231", "[KEY-1]") {
  const auto key = as_bytes("Jefe");
  const auto mac = hmac(Hash::sha256, key, as_bytes("what do ya want for nothing?"));
  CHECK(to_hex(mac.expose()) == "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843");
}

TEST_CASE("HMAC-MD5 of the lab is that of RFC 2202", "[UA-9]") {
  const auto mac = hmac(Hash::md5, as_bytes("Jefe"), as_bytes("what do ya want for nothing?"));
  CHECK(to_hex(mac.expose()) == "750c783e6ab0b503eaa86e310a5db738");
}

TEST_CASE("a comparison of the lab wants the same length and octets", "[UB-3]") {
  CHECK(equal_constant_time("abc", "abc"));
  CHECK_FALSE(equal_constant_time("abc", "abd"));
  CHECK_FALSE(equal_constant_time("abc", "ab"));
  CHECK(equal_constant_time("", ""));
}

TEST_CASE("a new bootstrapping replaces the association of the same IMPI", "[KEY-3]") {
  const FixedClock clock;
  Associations all(clock);
  const auto later = clock.now + std::chrono::seconds(1);
  all.put(association("one@bsf", "user1@home1.net", later));
  all.put(association("two@bsf", "user2@home1.net", later));
  all.put(association("three@bsf", "user1@home1.net", later));
  CHECK(all.find("one@bsf") == nullptr);
  REQUIRE(all.find("two@bsf") != nullptr);
  CHECK(all.find("three@bsf")->impi == "user1@home1.net");
  CHECK(all.size() == 2);
  all.forget_all();
  CHECK(all.find("two@bsf") == nullptr);
}

TEST_CASE("an association ends at its very second", "[UB-9]") {
  FixedClock clock;
  const Associations all(clock);
  const auto ends = association("one@bsf", "user1@home1.net", clock.now + std::chrono::seconds(1));
  CHECK_FALSE(all.expired(*ends));
  clock.now += std::chrono::seconds(1);
  CHECK(all.expired(*ends));
}
