#include "isim/soft/auc.h"

#include "base/encoding.h"
#include "tests/support/catch.h"
#include "tests/unit/isim/soft/aka_fixture.h"

using namespace ut;
using namespace ut::isim;
using namespace ut::isim::soft;

TEST_CASE("a vector holds the AUTN of each test set", "[IS-5]") {
  for (const auto& set : ut::test::vectors()["milenage"]["sets"]) {
    INFO("set " << set["set"]);
    const auto octets = [&set](const char* name) { return ut::test::hex_of(set[name]); };
    const Milenage milenage(*K::from(octets("K")), *Opc::from(octets("OPc")));
    const Rand rand = *Rand::from(octets("RAND"));
    const Sqn sqn = Sqn::read(std::span<const std::uint8_t, 6>(octets("SQN")));
    const auto vector = make_vector(milenage, rand, sqn, *Amf::from(octets("AMF")));
    CHECK(to_hex(vector.autn.view()) == set["AUTN"].get<std::string>());
    CHECK(to_hex(vector.xres.octets.expose()) == set["f2"].get<std::string>());
    CHECK(to_hex(vector.ck.expose()) == set["f3"].get<std::string>());
    CHECK(to_hex(vector.ik.expose()) == set["f4"].get<std::string>());
    CHECK(vector.rand == rand);

    const Auts auts = *Auts::from(octets("AUTS_for_SQNms_equal_SQN_AMF0000"));
    CHECK(verify_auts(milenage, rand, auts) == sqn);
  }
}

TEST_CASE("AUTS with any bit changed is refused", "[IS-5][UB-5]") {
  const auto milenage = fixture::milenage();
  const Auts good = *Auts::from(ut::test::hex("451e8becabda4ee27ebb1a9d3c36"));
  REQUIRE(verify_auts(milenage, fixture::rand(), good) == fixture::sqn(0xfe1));
  for (std::size_t i = 0; i < Auts::size; ++i) {
    for (unsigned bit = 0; bit < 8; ++bit) {
      Auts bad = good;
      bad.mutable_view()[i] = static_cast<std::uint8_t>(bad.view()[i] ^ (1U << bit));
      INFO("octet " << i << " bit " << bit);
      CHECK_FALSE(verify_auts(milenage, fixture::rand(), bad).has_value());
    }
  }
  Rand other = fixture::rand();
  other.mutable_view()[0] ^= 1;
  CHECK_FALSE(verify_auts(milenage, other, good).has_value());
}

TEST_CASE("the generator raises SEQ by one and cycles IND", "[IS-5]") {
  SqnGenerator generator(*Sqn::from(40, 30));
  CHECK(generator.next() == *Sqn::from(41, 31));
  CHECK(generator.next() == *Sqn::from(42, 0));
  CHECK(generator.next() == *Sqn::from(43, 1));
  CHECK(generator.last() == *Sqn::from(43, 1));

  SqnGenerator worn(*Sqn::from(Sqn::kMaxSeq, 0));
  CHECK(worn.next().seq() == Sqn::kMaxSeq);
}

TEST_CASE("resynchronisation moves the generator only where the card would refuse", "[UB-5]") {
  SqnGenerator behind(*Sqn::from(5, 0));
  behind.resynchronise(*Sqn::from(100, 9));
  CHECK(behind.next() == *Sqn::from(101, 10));

  SqnGenerator level(*Sqn::from(100, 0));
  level.resynchronise(*Sqn::from(100, 9));
  CHECK(level.next().seq() == 101);

  SqnGenerator ahead(*Sqn::from(200, 3));
  ahead.resynchronise(*Sqn::from(100, 9));
  CHECK(ahead.next() == *Sqn::from(201, 4));

  SqnGenerator far_ahead(*Sqn::from(101 + kDelta, 3));
  far_ahead.resynchronise(*Sqn::from(100, 9));
  CHECK(far_ahead.next() == *Sqn::from(101, 10));
}
