#include "agent/ub/association_manager.h"

#include "agent/gba/security_association.h"
#include "base/log.h"
#include "tests/support/timer_descriptors.h"
#include "tests/unit/agent/ub/agent.h"

#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/cancellation_signal.hpp>

#include <memory>
#include <vector>

using namespace ut;
using namespace ut::ub;
using namespace std::chrono_literals;
namespace asio = boost::asio;
using ports::Association;
using test::Agent;
using test::FakeBsf;

namespace {

using test::Answer;

isim::Identity identity_of(Agent& agent) {
  return *test::run(agent.io, agent.card.subscriber())->identity;
}

void make_unreachable(Agent& agent) {
  agent.http.set_handler([](const HttpRequest&) -> Result<HttpResponse> {
    return fail(ErrorCode::ub_bsf_unreachable, "Ub request", ForeignNumber{ForeignKind::curl, 7});
  });
}

void make_reachable(Agent& agent) {
  agent.http.set_handler([&agent](const HttpRequest& request) {
    return agent.bsf.answer(as_text(request.authorization.expose()));
  });
}

}  // namespace

TEST_CASE("64 callers share one run and one association", "[UB-9]") {
  Agent agent;
  agent.http.hold();
  std::vector<Answer> answers(64);
  for (auto& answer : answers) {
    agent.ask(answer);
  }
  agent.settle();
  CHECK(agent.http.requests() == 1);
  CHECK(agent.manager.status().running);
  CHECK(agent.manager.current() == nullptr);
  agent.http.release();
  agent.settle();
  REQUIRE(answers.front().has_value());
  REQUIRE(answers.front()->has_value());
  for (const auto& answer : answers) {
    REQUIRE(answer.has_value());
    REQUIRE(answer->has_value());
    CHECK(**answer == **answers.front());
  }
  CHECK(agent.http.requests() == 2);
  CHECK(agent.card.authentications() == 1);
  CHECK(agent.manager.current() == **answers.front());
  CHECK(agent.manager.status().runs == 1);
  CHECK_FALSE(agent.manager.status().running);
  CHECK(agent.http.disconnects() == 1);
  CHECK(agent.obtain() == **answers.front());
  CHECK(agent.http.requests() == 2);
}

TEST_CASE("a caller that goes away harms no other", "[UB-9]") {
  Agent agent;
  agent.http.hold();
  asio::cancellation_signal signal;
  bool cancelled = false;
  asio::co_spawn(agent.io, agent.manager.obtain(),
                 asio::bind_cancellation_slot(
                     signal.slot(), [&](std::exception_ptr exception, Result<Association> got) {
                       cancelled = exception != nullptr || !got;
                     }));
  Answer other;
  agent.ask(other);
  agent.settle();
  signal.emit(asio::cancellation_type::terminal);
  agent.settle();
  CHECK(cancelled);
  CHECK_FALSE(other.has_value());
  agent.http.release();
  agent.settle();
  REQUIRE(other.has_value());
  CHECK(other->has_value());
}

TEST_CASE("an agent may end while a run is under way", "[UB-9]") {
  auto agent = std::make_unique<Agent>();
  agent->http.hold();
  Answer answer;
  agent->ask(answer);
  agent->settle();
  agent.reset();
  CHECK_FALSE(answer.has_value());
}

TEST_CASE("a failure reaches all callers, then the back-off answers", "[UB-9]") {
  Agent agent;
  make_unreachable(agent);
  agent.http.hold();
  std::vector<Answer> answers(3);
  for (auto& answer : answers) {
    agent.ask(answer);
  }
  agent.settle();
  agent.http.release();
  agent.settle();
  for (const auto& answer : answers) {
    REQUIRE(answer.has_value());
    REQUIRE_FALSE(answer->has_value());
    CHECK(answer->error().code == ErrorCode::ub_bsf_unreachable);
  }
  CHECK(agent.http.requests() == 1);
  const auto refused = agent.obtain();
  REQUIRE_FALSE(refused);
  CHECK(refused.error().code == ErrorCode::ub_backing_off);
  CHECK(refused.error().foreign == ForeignNumber{ForeignKind::curl, 7});
  CHECK(refused.error().detail.starts_with("ub-bsf-unreachable"));
  CHECK(agent.http.requests() == 1);
  CHECK(agent.manager.status().last_failure->code == ErrorCode::ub_bsf_unreachable);
  CHECK(agent.manager.status().retry_in > 0s);

  agent.clock.advance(2500ms);
  CHECK(agent.error() == ErrorCode::ub_bsf_unreachable);
  agent.clock.advance(2500ms);
  CHECK(agent.error() == ErrorCode::ub_backing_off);
  agent.clock.advance(2500ms);
  make_reachable(agent);
  CHECK(agent.obtain());
  CHECK_FALSE(agent.manager.status().last_failure);
  CHECK(agent.manager.status().failures == 2);
}

TEST_CASE("another card ends the back-off", "[UB-9]") {
  Agent agent;
  make_unreachable(agent);
  CHECK(agent.error() == ErrorCode::ub_bsf_unreachable);
  CHECK(agent.error() == ErrorCode::ub_backing_off);
  make_reachable(agent);
  agent.card.swap(identity_of(agent));
  CHECK(agent.obtain());
}

TEST_CASE("failures of the card cause no back-off", "[UB-9]") {
  Agent agent;
  agent.card.set_error(Error{ErrorCode::card_absent, "card"});
  CHECK(agent.error() == ErrorCode::card_absent);
  CHECK(agent.error() == ErrorCode::card_absent);
  agent.card.set_error({});
  CHECK(agent.obtain());
}

TEST_CASE("keys go with their card", "[KEY-3][IS-6]") {
  Agent agent;
  std::weak_ptr<const gba::SecurityAssociation> watch;
  {
    const auto association = agent.obtain();
    REQUIRE(association);
    watch = *association;
  }
  CHECK_FALSE(watch.expired());
  agent.card.swap(identity_of(agent));
  CHECK(watch.expired());
  CHECK(agent.gone == std::vector{FakeBsf::b_tid(1)});
  CHECK(agent.manager.current() == nullptr);
  const auto next = agent.obtain();
  REQUIRE(next);
  CHECK((*next)->epoch() == 2);
  CHECK((*next)->b_tid() == FakeBsf::b_tid(2));
}

TEST_CASE("a card that goes during a run takes the run with it", "[KEY-3][IS-6]") {
  Agent agent;
  agent.http.hold();
  Answer before;
  agent.ask(before);
  agent.settle();
  agent.card.swap(identity_of(agent));
  agent.settle();
  REQUIRE(before.has_value());
  REQUIRE_FALSE(before->has_value());
  CHECK(before->error().code == ErrorCode::card_identity_changed);

  Answer after;
  agent.ask(after);
  agent.http.release();
  agent.settle();
  REQUIRE(after.has_value());
  REQUIRE(after->has_value());
  CHECK((**after)->epoch() == 2);
  CHECK(agent.card.authentications() == 1);
  CHECK(agent.gone.empty());
}

TEST_CASE("an association ends with its lifetime", "[UB-9][KEY-3]") {
  Agent agent;
  const auto first = agent.obtain();
  REQUIRE(first);
  agent.clock.advance(1h - 1s);
  CHECK(agent.manager.current() == *first);
  agent.settle();
  agent.clock.advance(1h);
  agent.bsf.lifetime = "2026-03-01T09:00:00Z";
  CHECK(agent.manager.status().association == nullptr);
  CHECK(agent.manager.current() == nullptr);
  const auto second = agent.obtain();
  REQUIRE(second);
  CHECK(*second != *first);
  CHECK_FALSE(agent.gone.empty());
}

TEST_CASE("a new bootstrapping deletes the keys that were there before", "[KEY-3]") {
  Agent agent;
  std::weak_ptr<const gba::SecurityAssociation> watch;
  {
    auto used = agent.obtain();
    REQUIRE(used);
    watch = *used;
    agent.clock.advance(31s);
    REQUIRE(agent.renegotiate(*std::move(used)));
  }
  CHECK(watch.expired());
  CHECK(agent.gone == std::vector{FakeBsf::b_tid(1)});
  CHECK(agent.manager.current() != nullptr);
}

TEST_CASE("time spent asleep counts: after it no key is used, and a look deletes it",
          "[KEY-3][UB-9]") {
  Agent agent;
  std::weak_ptr<const gba::SecurityAssociation> watch;
  {
    const auto association = agent.obtain();
    REQUIRE(association);
    watch = *association;
  }
  // As a clock that was wrong during suspend is put right.
  agent.clock.set_utc(agent.clock.utc() + 1h);
  CHECK(agent.manager.status().association == nullptr);
  CHECK(agent.manager.current() == nullptr);
  CHECK(watch.expired());
  CHECK(agent.gone == std::vector{FakeBsf::b_tid(1)});
}

TEST_CASE("a wall clock that is set back prolongs nothing", "[KEY-3][UB-9]") {
  Agent agent;
  REQUIRE(agent.obtain());
  agent.clock.advance(59min);
  agent.clock.set_utc(agent.clock.utc() - 24h * 365);
  agent.clock.advance(1min);
  CHECK(agent.manager.current() == nullptr);
  CHECK(agent.gone == std::vector{FakeBsf::b_tid(1)});
}

TEST_CASE("keys are deleted at the end of their lifetime though nobody asks", "[KEY-3]") {
  Agent agent;
  agent.bsf.lifetime = "2026-03-01T00:00:01Z";
  agent.bsf.extension = "<currenttime>2026-03-01T00:00:00Z</currenttime>";
  // The answer takes all but 10 ms of the one second.
  agent.bsf.spoil = [&](HttpResponse& response) {
    if (response.status == 200) {
      agent.clock.advance(990ms);
    }
  };
  {
    const auto association = agent.obtain();
    REQUIRE(association);
  }
  agent.clock.advance(10ms);
  agent.io.restart();
  agent.io.run_one();
  CHECK(agent.gone == std::vector{FakeBsf::b_tid(1)});
}

TEST_CASE("keys go on resume though nobody asks", "[KEY-3][UB-9]") {
  Agent agent;
  REQUIRE(agent.obtain());
  const auto boottime = test::timer_of(CLOCK_BOOTTIME);
  SECTION("when their lifetime ended during suspend") {
    agent.clock.advance(1h);
    test::set_off(boottime);
    agent.settle();
    CHECK(agent.gone == std::vector{FakeBsf::b_tid(1)});
    CHECK(test::seconds_left(boottime) == 0);
  }
  SECTION("and not before their end, which is waited for on") {
    agent.clock.advance(40min);
    test::set_off(boottime);
    agent.settle();
    CHECK(agent.gone.empty());
    CHECK(test::seconds_left(boottime) > 19 * 60);
    CHECK(test::seconds_left(boottime) <= 20 * 60);
  }
}

TEST_CASE("keys go as the wall clock is set past their end", "[KEY-3][UB-9]") {
  Agent agent;
  REQUIRE(agent.obtain());
  const auto wall = test::timer_of(CLOCK_REALTIME);
  agent.clock.set_utc(agent.clock.utc() + 59min);
  test::set_off(wall);
  agent.settle();
  CHECK(agent.gone.empty());
  agent.clock.set_utc(agent.clock.utc() + 1min);
  test::set_off(wall);
  agent.settle();
  CHECK(agent.gone == std::vector{FakeBsf::b_tid(1)});
}

TEST_CASE("a used association is renewed before its end", "[UB-9]") {
  Agent agent;
  const auto first = agent.obtain();
  REQUIRE(first);
  agent.bsf.lifetime = "2026-03-01T09:00:00Z";
  agent.clock.advance(47min);
  CHECK(agent.manager.current() == *first);
  agent.settle();
  CHECK(agent.manager.status().runs == 1);

  agent.clock.advance(8min);
  SECTION("by a look at it") {
    CHECK(agent.manager.current() == *first);
  }
  SECTION("by asking for it, without waiting") {
    agent.http.hold();
    CHECK(agent.obtain() == *first);
    CHECK(agent.obtain() == *first);
    agent.http.release();
  }
  agent.settle();
  CHECK(agent.manager.status().runs == 2);
  CHECK(agent.manager.current() != *first);
  CHECK(agent.gone == std::vector{FakeBsf::b_tid(1)});
}

TEST_CASE("an association that nobody uses is not renewed", "[UB-9]") {
  Agent agent;
  REQUIRE(agent.obtain());
  for (int i = 0; i < 59; ++i) {
    agent.clock.advance(1min);
    agent.settle();
  }
  CHECK(agent.http.requests() == 2);
}

TEST_CASE("a renewal that fails leaves the association as it is", "[UB-9]") {
  Agent agent;
  const auto first = agent.obtain();
  REQUIRE(first);
  make_unreachable(agent);
  agent.clock.advance(55min);
  CHECK(agent.manager.current() == *first);
  agent.settle();
  CHECK(agent.manager.status().runs == 2);
  CHECK(agent.obtain() == *first);
  agent.settle();
  CHECK(agent.manager.status().runs == 2);
  agent.clock.advance(3s);
  CHECK(agent.obtain() == *first);
  agent.settle();
  CHECK(agent.manager.status().runs == 3);
}

TEST_CASE("renegotiation bootstraps once for all who were refused", "[UA-4][UB-9]") {
  Agent agent;
  const auto used = agent.obtain();
  REQUIRE(used);
  agent.clock.advance(31s);
  const auto fresh = agent.renegotiate(*used);
  REQUIRE(fresh);
  CHECK(*fresh != *used);
  CHECK(agent.gone == std::vector{FakeBsf::b_tid(1)});
  CHECK(agent.renegotiate(*used) == *fresh);
  CHECK(agent.manager.status().runs == 2);
}

TEST_CASE("a young association is not replaced because one NAF refuses it", "[UA-4]") {
  Agent agent;
  const auto used = agent.obtain();
  REQUIRE(used);
  agent.clock.advance(29s);
  const auto refused = agent.renegotiate(*used);
  REQUIRE_FALSE(refused);
  CHECK(refused.error().code == ErrorCode::ua_backing_off);
  CHECK(agent.manager.current() == *used);
  CHECK(agent.manager.status().runs == 1);
}

TEST_CASE("renegotiation after the association has gone makes a new one", "[UA-4]") {
  Agent agent;
  const auto used = agent.obtain();
  REQUIRE(used);
  agent.manager.forget();
  const auto fresh = agent.renegotiate(*used);
  REQUIRE(fresh);
  CHECK(*fresh != *used);
}

TEST_CASE("during renegotiation others go on with what they have", "[UA-4]") {
  Agent agent;
  const auto used = agent.obtain();
  REQUIRE(used);
  agent.clock.advance(31s);
  agent.http.hold();
  Answer answer;
  asio::co_spawn(agent.io, agent.manager.renegotiate(*used),
                 [&](std::exception_ptr, Result<Association> got) { answer = std::move(got); });
  agent.settle();
  CHECK_FALSE(answer.has_value());
  CHECK(agent.obtain() == *used);
  agent.http.release();
  agent.settle();
  REQUIRE(answer.has_value());
  CHECK(answer->has_value());
}

TEST_CASE("forget deletes association, nextnonce and back-off", "[KEY-3]") {
  Agent agent;
  agent.bsf.nextnonce = FakeBsf::nonce(9);
  REQUIRE(agent.obtain());
  agent.manager.forget();
  CHECK(agent.gone == std::vector{FakeBsf::b_tid(1)});
  CHECK(agent.manager.current() == nullptr);
  REQUIRE(agent.obtain());
  CHECK(agent.http.requests() == 4);
  make_unreachable(agent);
  agent.manager.forget();
  CHECK(agent.error() == ErrorCode::ub_bsf_unreachable);
  make_reachable(agent);
  agent.manager.forget();
  CHECK(agent.obtain());
}

TEST_CASE("forget ends a run under way, and nothing of it is kept", "[KEY-3]") {
  Agent agent;
  agent.http.hold();
  Answer first;
  Answer second;
  agent.ask(first);
  agent.ask(second);
  agent.settle();
  agent.manager.forget();
  agent.settle();
  for (const auto& answer : {first, second}) {
    REQUIRE(answer.has_value());
    REQUIRE_FALSE(answer->has_value());
    CHECK(answer->error().code == ErrorCode::ub_forgotten);
  }
  agent.http.release();
  agent.settle();
  CHECK(agent.manager.current() == nullptr);
  CHECK_FALSE(agent.manager.status().last_failure.has_value());
  CHECK(agent.obtain());  // no back-off
}

TEST_CASE("the next run begins with the nextnonce of the last", "[UB-12]") {
  Agent agent;
  agent.bsf.nextnonce = FakeBsf::nonce(9);
  const auto first = agent.obtain();
  REQUIRE(first);
  agent.bsf.nextnonce.clear();
  agent.clock.advance(31s);
  const auto second = agent.renegotiate(*first);
  REQUIRE(second);
  CHECK((*second)->b_tid() == FakeBsf::b_tid(9));
  CHECK(agent.http.requests() == 3);
  agent.clock.advance(31s);
  REQUIRE(agent.renegotiate(*second));
  CHECK(agent.http.requests() == 5);
}

TEST_CASE("in another network the next request bootstraps at once", "[UB-9]") {
  Agent agent;
  make_unreachable(agent);
  CHECK(agent.error() == ErrorCode::ub_bsf_unreachable);
  make_reachable(agent);
  CHECK(agent.error() == ErrorCode::ub_backing_off);
  agent.manager.network_changed();
  CHECK(agent.manager.status().last_failure == std::nullopt);
  CHECK(agent.obtain());
}

TEST_CASE("in another network what the BSF refused waits on", "[UB-9]") {
  Agent agent;
  agent.http.set_handler([](const HttpRequest&) { return HttpResponse{.status = 403}; });
  CHECK(agent.error() == ErrorCode::ub_refused);
  make_reachable(agent);
  agent.manager.network_changed();
  CHECK(agent.error() == ErrorCode::ub_backing_off);
}

TEST_CASE("a run that waits for the old network is made once more, for all who wait", "[UB-9]") {
  Agent agent;
  agent.http.hold();
  Answer first;
  Answer second;
  agent.ask(first);
  agent.ask(second);
  agent.settle();
  REQUIRE(agent.http.requests() == 1);
  SECTION("and succeeds in the new one") {
    agent.manager.network_changed();
    agent.settle();
    CHECK(agent.http.requests() == 2);
    CHECK_FALSE(first);
    agent.http.release();
    agent.settle();
    REQUIRE(first);
    REQUIRE(second);
    REQUIRE(*first);
    CHECK(**first == **second);
    CHECK(agent.manager.status().failures == 0);
  }
  SECTION("not a third time") {
    agent.manager.network_changed();
    agent.settle();
    agent.manager.network_changed();
    agent.settle();
    CHECK(agent.http.requests() == 2);
    REQUIRE(first);
    REQUIRE_FALSE(*first);
    CHECK(first->error().code == ErrorCode::ub_bsf_unreachable);
    CHECK(agent.manager.status().failures == 1);
  }
  SECTION("and not when its card has gone") {
    agent.card.swap(identity_of(agent));
    agent.manager.network_changed();
    agent.settle();
    CHECK(agent.http.requests() == 1);
    REQUIRE(first);
    CHECK_FALSE(*first);
  }
}
