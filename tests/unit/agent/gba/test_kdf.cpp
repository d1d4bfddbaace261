#include "agent/gba/kdf.h"

#include "base/encoding.h"
#include "tests/support/catch.h"
#include "tests/support/vectors.h"

#include <string>

using namespace ut;
using namespace ut::gba;

namespace {

const nlohmann::json& gba_vectors() {
  return test::vectors().at("gba");
}

UaProtocolId ua_id(const nlohmann::json& vector) {
  std::array<std::uint8_t, UaProtocolId::size> octets{};
  const auto given = test::hex_of(vector.at("ua_security_protocol_id"));
  REQUIRE(given.size() == octets.size());
  std::ranges::copy(given, octets.begin());
  return UaProtocolId::from(octets);
}

constexpr auto kNaf = "xcap.ims.mnc015.mcc234.pub.3gppnetwork.org";

}  // namespace

TEST_CASE("Ks is CK followed by IK", "[KEY-1]") {
  const auto& v = gba_vectors();
  const auto ks =
      make_ks(*isim::Ck::from(test::hex_of(v.at("CK"))), *isim::Ik::from(test::hex_of(v.at("IK"))));
  CHECK(to_hex(ks.expose()) == v.at("Ks").get<std::string>());
}

TEST_CASE("Ks_NAF for every Ua protocol of the vectors", "[KEY-1][KEY-2]") {
  const auto& v = gba_vectors();
  const auto ks = *Ks::from(test::hex_of(v.at("Ks")));
  const auto rand = *isim::Rand::from(test::hex_of(v.at("RAND")));
  const auto impi = v.at("IMPI").get<std::string>();
  int seen = 0;
  for (const auto& [key, vector] : v.items()) {
    if (!key.starts_with("Ks_NAF_")) {
      continue;
    }
    INFO(key);
    ++seen;
    const auto naf_id = NafId::make(kNaf, ua_id(vector));
    REQUIRE(naf_id);
    CHECK(to_hex(naf_id->octets()) == vector.at("NAF_Id").get<std::string>());
    const auto ks_naf = derive_ks_naf(ks, rand, impi, *naf_id);
    CHECK(to_hex(ks_naf.expose()) == vector.at("key").get<std::string>());
    CHECK(as_text(ua_password(ks_naf).expose()) == vector.at("key_base64").get<std::string>());
  }
  CHECK(seen == 6);
}

TEST_CASE("Ua protocol identifiers follow the method and the suite", "[KEY-2]") {
  CHECK(UaProtocolId::tls(0xc02f).to_text() == "010001c02f");
  CHECK(UaProtocolId::tls(0x1301).to_text() == "0100011301");
  CHECK(UaProtocolId::tls(0x002f).to_text() == "010001002f");
  CHECK(UaProtocolId::http_digest().to_text() == "0100000002");
  CHECK(UaProtocolId::psk_tls13().to_text() == "0100000007");
}

TEST_CASE("NAF_Id holds the normalised host and refuses addresses", "[KEY-1]") {
  const auto naf_id = NafId::make("XCAP.Home1.NET.", UaProtocolId::http_digest());
  REQUIRE(naf_id);
  CHECK(naf_id->fqdn() == "xcap.home1.net");
  CHECK(to_hex(naf_id->octets()) == to_hex(as_bytes("xcap.home1.net")) + "0100000002");
  for (const auto* host : {"192.0.2.1", "::1", "[::1]", "", "a b", "xcap.home1.net:443"}) {
    CHECK_FALSE(NafId::make(host, UaProtocolId::http_digest()));
  }
}
