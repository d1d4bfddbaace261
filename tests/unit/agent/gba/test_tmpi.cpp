#include "agent/gba/tmpi.h"

#include "base/encoding.h"
#include "tests/support/catch.h"
#include "tests/support/vectors.h"

using namespace ut;
using namespace ut::gba;

TEST_CASE("TMPI is that of the vector: the real IMPI and the B-TID's domain", "[UB-8][KEY-1]") {
  const auto& v = test::vectors().at("gba");
  const auto id = bsf_id(v.at("ub").at("btid").get<std::string>());
  REQUIRE(id.has_value());
  CHECK(to_hex(id->octets()) == v.at("TMPI").at("BSF_Id").get<std::string>());
  const auto key = derive_ks_naf(*Ks::from(test::hex_of(v.at("Ks"))),
                                 *isim::Rand::from(test::hex_of(v.at("RAND"))),
                                 v.at("IMPI").get<std::string>(), *id);
  CHECK(to_hex(key.expose()) == v.at("TMPI").at("kdf_out").get<std::string>());
  CHECK(tmpi(key) == v.at("TMPI").at("TMPI").get<std::string>());
}

TEST_CASE("a B-TID without a domain gives no TMPI", "[UB-8]") {
  CHECK_FALSE(bsf_id("opaque"));
  CHECK_FALSE(bsf_id("opaque@"));
  CHECK_FALSE(bsf_id("opaque@192.0.2.1"));
  CHECK(bsf_id("a@b@bsf.home1.net")->fqdn() == "bsf.home1.net");
}
