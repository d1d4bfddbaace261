#include "isim/soft/sqn.h"

#include "base/encoding.h"
#include "tests/support/catch.h"

using namespace ut;
using namespace ut::isim::soft;

namespace {

Sqn at(std::uint64_t seq, std::uint8_t ind) {
  return *Sqn::from(seq, ind);
}

}  // namespace

TEST_CASE("SQN is 48 bits, SEQ then IND, most significant octet first", "[IS-5]") {
  const Sqn sqn = *Sqn::from(0xff9bb4d0b607);
  CHECK(to_hex(sqn.octets()) == "ff9bb4d0b607");
  CHECK(Sqn::read(sqn.octets()) == sqn);
  CHECK(sqn.seq() == 0xff9bb4d0b607 >> 5);
  CHECK(sqn.ind() == 0x07);
  CHECK(at(sqn.seq(), sqn.ind()) == sqn);
  CHECK(Sqn::from(Sqn::kMax).has_value());
  CHECK_FALSE(Sqn::from(Sqn::kMax + 1).has_value());
  CHECK_FALSE(Sqn::from(1, 32).has_value());
  CHECK_FALSE(Sqn::from(Sqn::kMaxSeq + 1, 0).has_value());
}

TEST_CASE("each IND has a sequence of its own", "[IS-5]") {
  SqnArray array;
  CHECK_FALSE(array.is_fresh(at(0, 0)));
  REQUIRE(array.is_fresh(at(10, 3)));
  array.accept(at(10, 3));
  CHECK_FALSE(array.is_fresh(at(10, 3)));
  CHECK_FALSE(array.is_fresh(at(9, 3)));
  CHECK(array.is_fresh(at(11, 3)));
  // Out of order over another IND is what the array is for.
  CHECK(array.is_fresh(at(9, 4)));
  CHECK(array.is_fresh(at(1, 31)));
}

TEST_CASE("SEQ may jump ahead by Delta and not further", "[IS-5]") {
  SqnArray array;
  array.accept(at(1000, 0));
  CHECK(array.is_fresh(at(1000 + kDelta, 1)));
  CHECK_FALSE(array.is_fresh(at(1001 + kDelta, 1)));
  CHECK_FALSE(array.is_fresh(at(Sqn::kMaxSeq, 0)));
}

TEST_CASE("with an age limit L a SEQ that is L or more behind is refused", "[IS-5]") {
  SqnArray array(100);
  array.accept(at(1000, 0));
  CHECK(array.is_fresh(at(901, 1)));
  CHECK_FALSE(array.is_fresh(at(900, 1)));
  SqnArray without;
  without.accept(at(1000, 0));
  CHECK(without.is_fresh(at(1, 1)));
}

TEST_CASE("the highest SQN is that of the highest SEQ, whatever its IND", "[IS-5]") {
  SqnArray array;
  CHECK(array.highest() == Sqn());
  array.accept(at(7, 30));
  array.accept(at(8, 2));
  CHECK(array.highest() == at(8, 2));
  array.accept(at(8, 5));
  CHECK(array.highest() == at(8, 5));
}

TEST_CASE("an array used up to a SQN refuses all up to it and accepts the next", "[IS-5]") {
  const auto array = SqnArray::used_up_to(at(50, 7));
  CHECK(array.highest() == at(50, 7));
  for (std::uint64_t value = at(48, 0).value(); value <= at(52, 0).value(); ++value) {
    const Sqn sqn = *Sqn::from(value);
    CHECK(array.is_fresh(sqn) == (sqn > at(50, 7)));
  }
  CHECK(SqnArray::used_up_to(Sqn()).highest() == Sqn());
}

TEST_CASE("an array is restored whole or not at all") {
  SqnArray array;
  auto seqs = array.seqs();
  seqs[4] = 77;
  REQUIRE(array.restore(seqs));
  CHECK(array.highest() == at(77, 4));
  seqs[4] = 78;
  seqs[31] = Sqn::kMaxSeq + 1;
  CHECK_FALSE(array.restore(seqs));
  CHECK(array.highest() == at(77, 4));
}
