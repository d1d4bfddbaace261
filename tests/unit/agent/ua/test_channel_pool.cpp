#include "agent/ua/channel_pool.h"

#include "tests/support/catch.h"
#include "tests/unit/agent/ua/fakes.h"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>

#include <deque>
#include <optional>
#include <string>

namespace ut::ua::test {
namespace {

struct Slot {
  bool answered = false;
  Lease lease{};
  std::optional<ErrorCode> error{};
};

// A pool whose channels applications ask for without a request to send.
struct Pool {
  explicit Pool(std::size_t channels, std::size_t waiting = 1024) {
    config.channels_per_naf = channels;
    config.waiting_per_naf = waiting;
  }

  // Nobody waits any more when the NAF goes.
  ~Pool() {
    pool->close_all({ErrorCode::shutting_down, "test"});
    go_on();
  }
  Pool(const Pool&) = delete;
  Pool& operator=(const Pool&) = delete;

  // Answered as soon as there is a channel, or an error.
  Slot& ask(const std::string& application) {
    auto& slot = slots.emplace_back();
    boost::asio::co_spawn(
        loop,
        [](std::shared_ptr<ChannelPool> of, std::string whose, Slot& to) -> ports::Task<void> {
          const NafAddress address{kNaf, 443};
          auto acquired = co_await of->acquire(address, std::move(whose), ChannelWanted::any);
          to.answered = true;
          if (acquired) {
            to.lease = *std::move(acquired);
          } else {
            to.error = acquired.error().code;
          }
        }(pool, application, slot),
        boost::asio::detached);
    go_on();
    return slot;
  }

  // Several at once; how many have one.
  std::size_t ask(const std::string& application, int times) {
    std::size_t got = 0;
    for (int i = 0; i < times; ++i) {
      got += ask(application).lease ? 1 : 0;
    }
    return got;
  }

  void end(Slot& slot) {
    slot.lease.drop();
    go_on();
  }

  void go_on() {
    loop.restart();
    loop.poll();
  }

  UaConfig config;
  boost::asio::io_context loop;
  FakeClock clock;
  FakeAssociations associations{clock};
  FakeNaf naf{loop, associations};
  std::deque<Slot> slots;
  std::shared_ptr<ChannelPool> pool = ChannelPool::create(loop.get_executor(), naf, config, clock);
};

}  // namespace

TEST_CASE("an application that keeps its channels leaves one for another", "[API-6]") {
  Pool pool(4);
  CHECK(pool.ask("one", 10) == 3);
  CHECK(pool.naf.open == 3);
  CHECK(pool.ask("two", 1) == 1);
  CHECK(pool.pool->counts().in_use == 4);
  CHECK(pool.pool->counts().waiting == 7);
}

TEST_CASE("a channel that becomes free goes to the applications in turn", "[API-6]") {
  Pool pool(1);
  auto& held = pool.ask("one");
  REQUIRE(held.answered);
  auto& one = pool.ask("one");
  auto& one_more = pool.ask("one");
  auto& two = pool.ask("two");
  auto& two_more = pool.ask("two");
  pool.end(held);
  // The first application's next request came before, but it is not its turn.
  REQUIRE(two.answered);
  CHECK_FALSE(one.answered);
  pool.end(two);
  REQUIRE(one.answered);
  CHECK_FALSE(two_more.answered);
  pool.end(one);
  REQUIRE(two_more.answered);
  CHECK_FALSE(one_more.answered);
  pool.end(two_more);
  CHECK(one_more.answered);
}

TEST_CASE("a place that another gives back entitles who waits", "[API-6]") {
  Pool pool(8);
  auto& two = pool.ask("two");
  auto& two_more = pool.ask("two");
  CHECK(pool.ask("one", 8) == 5);
  pool.end(two);
  pool.end(two_more);
  CHECK(pool.pool->counts().in_use == 6);
  CHECK(pool.pool->counts().waiting == 2);
}

TEST_CASE("one application does not take all places to wait", "[API-6]") {
  Pool pool(1, 4);
  CHECK(pool.ask("one", 4) == 1);
  CHECK(pool.ask("one").error == ErrorCode::limit_queue);
  CHECK_FALSE(pool.ask("two").answered);
  CHECK(pool.pool->counts().waiting == 4);
}

TEST_CASE("nobody waits for a channel longer than for a connection and an answer", "[API-6]") {
  Pool pool(1);
  auto& held = pool.ask("one");
  REQUIRE(held.lease);
  auto& one = pool.ask("one");
  const auto longest = pool.config.connect_timeout + pool.config.answer_timeout;
  pool.clock.advance(longest - std::chrono::milliseconds(1));
  auto& two = pool.ask("two");
  pool.pool->sweep();
  pool.go_on();
  CHECK_FALSE(one.answered);
  pool.clock.advance(std::chrono::milliseconds(1));
  pool.pool->sweep();
  pool.go_on();
  CHECK(one.error == ErrorCode::network_timeout);
  // Who came later waits on, and gets what the other has given up.
  CHECK_FALSE(two.answered);
  CHECK(pool.pool->counts().waiting == 1);
  pool.end(held);
  CHECK(two.lease);
}

TEST_CASE("when all channels are closed, nobody has a share of them any more", "[API-6 KEY-3]") {
  Pool pool(4);
  CHECK(pool.ask("one", 5) == 3);
  pool.pool->close_all({ErrorCode::ub_forgotten, "test"});
  pool.go_on();
  CHECK(pool.pool->counts().waiting == 0);
  CHECK(pool.ask("one", 5) == 3);
}

}  // namespace ut::ua::test
