#include "agent/ub/lifetime_timer.h"

#include "tests/support/catch.h"
#include "tests/support/timer_descriptors.h"

#include <boost/asio/io_context.hpp>

using namespace ut;
using namespace std::chrono_literals;
namespace asio = boost::asio;

namespace {

struct Waiting {
  asio::io_context io;
  ub::LifetimeTimer timer{io.get_executor()};
  unsigned told = 0;
  void wait(std::chrono::nanoseconds remaining) {
    timer.wait(remaining, [this] { ++told; });
  }
  void settle() {
    io.restart();
    while (io.poll() != 0) {
    }
  }
};

}  // namespace

TEST_CASE("a lifetime is waited for by the clock that goes on during suspend", "[KEY-3]") {
  Waiting waiting;
  waiting.wait(1h);
  const int timer = test::timer_of(CLOCK_BOOTTIME);
  REQUIRE(timer >= 0);
  CHECK(test::seconds_left(timer) > 3590);
  CHECK(test::seconds_left(timer) <= 3600);
  waiting.settle();
  CHECK(waiting.told == 0);
}

TEST_CASE("a wall clock that is set ends the wait for a lifetime", "[KEY-3]") {
  Waiting waiting;
  waiting.wait(1h);
  const int timer = test::timer_of(CLOCK_REALTIME);
  REQUIRE(timer >= 0);
  CHECK(test::timer_flags(timer) == (TFD_TIMER_ABSTIME | TFD_TIMER_CANCEL_ON_SET));
  test::set_off(timer);
  waiting.settle();
  CHECK(waiting.told == 1);
}

TEST_CASE("the end of a lifetime is told once", "[KEY-3]") {
  Waiting waiting;
  // Past ones too: a timer of zero would be none.
  waiting.wait(GENERATE(1ms, 0ms, -1h));
  waiting.io.run();
  CHECK(waiting.told == 1);
  waiting.settle();
  CHECK(waiting.told == 1);
}

TEST_CASE("a wait that was called off is not told, however near its end was", "[KEY-3]") {
  Waiting waiting;
  waiting.wait(1h);
  const int timer = test::timer_of(CLOCK_BOOTTIME);
  test::set_off(timer);
  SECTION("by cancel") {
    waiting.timer.cancel();
    CHECK(test::seconds_left(timer) == 0);
  }
  SECTION("by another one") {
    waiting.wait(2h);
    CHECK(test::seconds_left(timer) > 7190);
  }
  waiting.settle();
  CHECK(waiting.told == 0);
}

TEST_CASE("a timer that goes away tells nothing", "[KEY-3]") {
  asio::io_context io;
  bool told = false;
  {
    ub::LifetimeTimer timer(io.get_executor());
    timer.wait(1h, [&told] { told = true; });
    test::set_off(test::timer_of(CLOCK_BOOTTIME));
  }
  io.run();
  CHECK_FALSE(told);
}
