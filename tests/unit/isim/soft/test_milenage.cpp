#include "isim/soft/milenage.h"

#include "base/encoding.h"
#include "tests/support/catch.h"
#include "tests/support/vectors.h"

using namespace ut;
using namespace ut::isim;
using namespace ut::isim::soft;

TEST_CASE("Milenage gives the values of all six test sets", "[IS-5]") {
  const auto& sets = test::vectors()["milenage"]["sets"];
  REQUIRE(sets.size() == 6);
  for (const auto& set : sets) {
    INFO("set " << set["set"]);
    const auto octets = [&set](const char* name) { return test::hex_of(set[name]); };
    const auto text = [&set](const char* name) { return set[name].get<std::string>(); };
    const K k = *K::from(octets("K"));
    const Rand rand = *Rand::from(octets("RAND"));
    const Sqn sqn = Sqn::read(std::span<const std::uint8_t, 6>(octets("SQN")));
    const Amf amf = *Amf::from(octets("AMF"));

    const Opc opc = opc_of(k, *Op::from(octets("OP")));
    CHECK(to_hex(opc.expose()) == text("OPc"));
    const Milenage milenage(k, opc);
    CHECK(to_hex(milenage.f1(rand, sqn, amf).expose()) == text("f1"));
    CHECK(to_hex(milenage.f1_star(rand, sqn, amf).expose()) == text("f1star"));
    const auto response = milenage.f2345(rand);
    CHECK(to_hex(response.res.octets.expose()) == text("f2"));
    CHECK(to_hex(response.ck.expose()) == text("f3"));
    CHECK(to_hex(response.ik.expose()) == text("f4"));
    CHECK(to_hex(response.ak.expose()) == text("f5"));
    CHECK(to_hex(milenage.f5_star(rand).expose()) == text("f5star"));
    CHECK(to_hex(sres_of(response.res).expose()) == text("SRES_c2"));
    CHECK(to_hex(kc_of(response.ck, response.ik).expose()) == text("Kc_c3"));
  }
}

TEST_CASE("SRES folds a RES of any length to four octets") {
  const auto sres = [](std::string_view hex) {
    return to_hex(sres_of({SecretBytes::copy_of(test::hex(hex))}).expose());
  };
  CHECK(sres("01020304") == "01020304");
  CHECK(sres("0102030410") == "11020304");
  CHECK(sres("01020304102030408000000000000001") == "91223345");
}
