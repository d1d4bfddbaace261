// An agent that runs for two years: as many bootstrappings as the traffic needs, and not one more.

#include "agent/gba/security_association.h"
#include "agent/ub/association_manager.h"
#include "base/log.h"
#include "tests/support/catch.h"
#include "tests/support/fake_bsf.h"
#include "tests/support/fake_ports.h"

#include <memory>

using namespace ut;
using namespace ut::ub;
using namespace std::chrono_literals;
namespace asio = boost::asio;

namespace {

// An agent whose BSF gives each key one hour.
struct Agent {
  asio::io_context io;
  test::FakeClock clock;
  test::FakeRandom random;
  test::FakeCardService card;
  test::FakeBsf bsf;
  test::FakeHttpClient http{io, [this](const HttpRequest& request) {
                              bsf.lifetime = to_text(clock.utc() + 1h);
                              bsf.requests.clear();
                              return bsf.answer(as_text(request.authorization.expose()));
                            }};
  AssociationManager manager{io.get_executor(), UbConfig{}, card, http, clock, random};

  Agent() { log::set_level(log::Level::error); }
  // A request: whether it was served without waiting for a bootstrapping.
  bool request() {
    const bool at_once = manager.current() != nullptr;
    REQUIRE(test::run(io, manager.obtain()));
    settle();
    return at_once;
  }
  void settle() {
    io.restart();
    while (io.poll() != 0) {
    }
  }
  std::uint64_t runs() const { return manager.status().runs; }
};

}  // namespace

TEST_CASE("24 months with keys of one hour cause exactly the renewals that the traffic needs",
          "[long][UB-9]") {
  constexpr int kDays = 730;
  constexpr int kRequests = 97;  // from 8 to 16 o'clock, every 5 minutes
  Agent agent;
  std::uint64_t needed = 0;
  unsigned waited = 0;
  unsigned working_days = 0;
  for (int day = 0; day < kDays; ++day) {
    agent.clock.advance(8h);
    const bool working = day % 7 < 5;
    working_days += working ? 1 : 0;
    auto made = agent.clock.steady() - 2h;
    for (int i = 0; i < kRequests; ++i) {
      if (working) {
        const auto before = agent.runs();
        const auto age = agent.clock.steady() - made;
        waited += agent.request() ? 0 : 1;
        const bool renewed = agent.runs() != before;
        // Needed: when there is no key, and at the first request within the last tenth to fifth.
        if (renewed) {
          CHECK((i == 0 || (age >= 48min && age < 60min)));
          made = agent.clock.steady();
          ++needed;
        } else {
          CHECK(age < 54min);
        }
        CHECK(agent.runs() - before <= 1);
      }
      agent.clock.advance(i + 1 < kRequests ? 5min : 0min);
    }
    // Evening and night, or the whole day off: nobody asks, so nothing is sent, and the keys go.
    const auto idle_from = agent.http.requests();
    for (int hour = 0; hour < 8; ++hour) {
      agent.clock.advance(1h);
      agent.settle();
    }
    CHECK(agent.http.requests() == idle_from);
    CHECK(agent.manager.status().association == nullptr);
  }
  CHECK(agent.runs() == needed);
  CHECK(agent.http.requests() == 2 * needed);
  // Only the first request of a day had to wait.
  CHECK(waited == working_days);
  CHECK(agent.manager.status().failures == 0);
}
