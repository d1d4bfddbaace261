#include "isim/soft/gba_u.h"

#include "base/encoding.h"
#include "isim/soft/auc.h"
#include "tests/support/catch.h"
#include "tests/support/vectors.h"
#include "tests/unit/isim/soft/aka_fixture.h"

using namespace ut;
using namespace ut::isim;
using namespace ut::isim::soft;
using soft::fixture::FakeSqnStore;

namespace {

const nlohmann::json& gba() {
  return test::vectors()["gba"];
}

Sqn sqn_of_vector() {
  return Sqn::read(std::span<const std::uint8_t, 6>(test::hex_of(gba()["SQN"])));
}

AuthenticationVector vector_of(Sqn sqn) {
  return make_gba_u_vector(fixture::milenage(), fixture::rand(), sqn, fixture::amf());
}

}  // namespace

TEST_CASE("AUTN* is that of the vector, and leads back to AUTN", "[IS-5][UB-7]") {
  const auto ik = *Ik::from(test::hex_of(gba()["IK"]));
  const auto autn = *Autn::from(test::hex_of(gba()["AUTN"]));
  const auto autn_star = modify_mac(autn, ik);
  CHECK(to_hex(autn_star.view()) == gba()["gba_u"]["AUTNstar"].get<std::string>());
  CHECK(modify_mac(autn_star, ik) == autn);
  CHECK(vector_of(sqn_of_vector()).autn == autn_star);
}

TEST_CASE("Ks, Ks_ext_NAF and Ks_int_NAF are those of the vector", "[UB-7][KEY-1]") {
  const auto ks =
      make_ks(*Ck::from(test::hex_of(gba()["CK"])), *Ik::from(test::hex_of(gba()["IK"])));
  CHECK(to_hex(ks.expose()) == gba()["Ks"].get<std::string>());
  const auto& external = gba()["Ks_NAF_tls12_C02F"];
  const auto& internal = gba()["Ks_int_NAF_tls12_C02F"];
  REQUIRE(external["NAF_Id"] == internal["NAF_Id"]);
  const auto impi = gba()["IMPI"].get<std::string>();
  const auto keys =
      derive_gba_u_keys(ks, fixture::rand(), as_bytes(impi), test::hex_of(external["NAF_Id"]));
  CHECK(to_hex(keys.ks_ext_naf.expose()) == external["key"].get<std::string>());
  CHECK(to_hex(keys.ks_int_naf.expose()) == internal["key"].get<std::string>());
}

TEST_CASE("a card takes AUTN* for GBA_U and AUTN for AKA, and neither for the other",
          "[IS-5][UB-7]") {
  FakeSqnStore store;
  UsimAka aka(fixture::algorithm(), SqnArray(), store);
  const auto vector = vector_of(fixture::sqn(64));
  const auto plain =
      make_vector(fixture::milenage(), fixture::rand(), fixture::sqn(64), fixture::amf());
  CHECK(std::holds_alternative<AkaMacFailure>(*aka.authenticate(fixture::rand(), vector.autn)));
  CHECK(
      std::holds_alternative<AkaMacFailure>(*aka.authenticate_gba_u(fixture::rand(), plain.autn)));
  CHECK(store.saves() == 0);
  const auto outcome = aka.authenticate_gba_u(fixture::rand(), vector.autn);
  const auto* success = std::get_if<AkaSuccess>(&*outcome);
  REQUIRE(success != nullptr);
  CHECK(to_hex(success->ck.expose()) == gba()["CK"].get<std::string>());
  CHECK(store.saves() == 1);
  // One array of sequence numbers for both.
  CHECK(std::holds_alternative<AkaSynchronisationFailure>(
      *aka.authenticate(fixture::rand(), plain.autn)));
}

TEST_CASE("every octet of AUTN* is protected", "[IS-5][UB-7]") {
  FakeSqnStore store;
  UsimAka aka(fixture::algorithm(), SqnArray(), store);
  for (std::size_t i = 0; i < Autn::size; ++i) {
    auto forged = vector_of(fixture::sqn(64)).autn;
    forged.mutable_view()[i] ^= 0x01;
    INFO("octet " << i);
    CHECK(std::holds_alternative<AkaMacFailure>(*aka.authenticate_gba_u(fixture::rand(), forged)));
  }
  CHECK(store.saves() == 0);
}
