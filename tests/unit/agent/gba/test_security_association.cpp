#include "agent/gba/security_association.h"

#include "base/encoding.h"
#include "tests/support/catch.h"
#include "tests/support/vectors.h"

using namespace ut;
using namespace ut::gba;
using namespace std::chrono_literals;

namespace {

const SteadyTime kCreated{std::chrono::hours(5)};
const UtcTime kNow = std::chrono::sys_days(std::chrono::year(2026) / 3 / 1);

SecurityAssociation association() {
  const auto& v = test::vectors().at("gba");
  return SecurityAssociation({.b_tid = v.at("ub").at("btid"),
                              .impi = v.at("IMPI"),
                              .rand = *isim::Rand::from(test::hex_of(v.at("RAND"))),
                              .ks = *Ks::from(test::hex_of(v.at("Ks"))),
                              .epoch = 7,
                              .created = kCreated,
                              .expires = kNow + 100s,
                              .remaining = 100s});
}

}  // namespace

TEST_CASE("an association derives the key of each NAF from its own parts", "[KEY-1]") {
  const auto& v = test::vectors().at("gba").at("Ks_NAF_tls12_C02F");
  const auto naf_id =
      NafId::make("xcap.ims.mnc015.mcc234.pub.3gppnetwork.org", UaProtocolId::tls(0xc02f));
  CHECK_FALSE(association().on_card());
  CHECK(to_hex(association().ks_naf(*naf_id)->expose()) == v.at("key").get<std::string>());
}

TEST_CASE("an association whose Ks is on the card derives nothing itself", "[UB-7][KEY-4]") {
  const auto naf_id = NafId::make("xcap.home1.net", UaProtocolId::tls(0xc02f));
  const SecurityAssociation sa({.b_tid = "a@bsf.home1.net",
                                .impi = "u@home1.net",
                                .rand = {},
                                .epoch = 1,
                                .created = kCreated,
                                .expires = kNow + 100s,
                                .remaining = 100s});
  CHECK(sa.on_card());
  CHECK_FALSE(sa.ks_naf(*naf_id));
}

TEST_CASE("either clock ends an association", "[KEY-3][UB-9]") {
  const auto sa = association();
  CHECK_FALSE(sa.expired(kNow + 99s, kCreated + 99s));
  CHECK(sa.expired(kNow + 100s, kCreated + 1s));
  CHECK(sa.expired(kNow - 24h, kCreated + 100s));
  CHECK(sa.deadline() == kCreated + 100s);
}
