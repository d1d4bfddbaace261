#include "agent/ua/fair_share.h"

#include "tests/support/catch.h"

#include <string>
#include <vector>

using ut::ua::FairShare;

namespace {

// How many places `application` can take, one after the other.
std::size_t take_all(FairShare& share, const std::string& application) {
  std::size_t count = 0;
  while (share.may_take(application)) {
    share.take(application);
    ++count;
  }
  return count;
}

}  // namespace

TEST_CASE("one application gets three quarters of the places, and all of a few", "[API-6]") {
  const std::vector<std::pair<std::size_t, std::size_t>> most = {{0, 0}, {1, 1}, {2, 2},
                                                                 {3, 3}, {4, 3}, {32, 24}};
  for (const auto& [places, expected] : most) {
    FairShare share(places);
    CHECK(share.room_for("one") == expected);
    CHECK(take_all(share, "one") == expected);
    CHECK(share.room_for("one") == 0);
  }
}

TEST_CASE("however many applications take what they can, there is a place for another", "[API-6]") {
  FairShare share(32);
  CHECK(take_all(share, "one") == 24);
  CHECK(take_all(share, "two") == 6);
  CHECK(take_all(share, "three") == 2);
  // One gives some back, which the others may have.
  share.give_back("one");
  share.give_back("one");
  CHECK_FALSE(share.may_take("one"));
  CHECK(share.may_take("two") == false);
  CHECK(share.may_take("three"));
  CHECK(share.may_take("four"));
}

TEST_CASE("the room of an application is what it can take", "[API-6]") {
  for (std::size_t of_other = 0; of_other <= 24; ++of_other) {
    FairShare share(32);
    for (std::size_t i = 0; i < of_other; ++i) {
      share.take("other");
    }
    const auto room = share.room_for("one");
    CHECK(take_all(share, "one") == room);
    CHECK(share.taken_by("one") == room);
    CHECK(share.taken() == of_other + room);
  }
}

TEST_CASE("places that all are given back are free", "[API-6]") {
  FairShare share(4);
  share.take("one");
  share.take("two");
  share.give_back_all();
  CHECK(share.taken() == 0);
  CHECK(share.taken_by("one") == 0);
  CHECK(take_all(share, "two") == 3);
}
