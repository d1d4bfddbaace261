#include "agent/gba/tmpi.h"

#include "agent/gba/kdf.h"
#include "agent/gba/security_association.h"
#include "agent/ub/messages.h"
#include "tests/unit/agent/ub/agent.h"

#include <utility>

using namespace ut;
using namespace ut::ub;
using namespace std::chrono_literals;
using test::Agent;
using test::FakeBsf;

namespace {

constexpr const char* kImpi = "user1_private@home1.net";

// The TMPI that both sides make of the run with this number.
std::string tmpi_of(std::uint8_t number) {
  const auto rand = *isim::Rand::from(Bytes(16, number));
  const auto aka = test::fake_aka(rand);
  return gba::tmpi(gba::derive_ks_naf(gba::make_ks(aka.ck, aka.ik), rand, kImpi,
                                      *gba::bsf_id(FakeBsf::b_tid(number))));
}

struct TmpiAgent : Agent {
  explicit TmpiAgent(UbConfig with = {}) : Agent(std::move(with)) { bsf.knows_tmpi = true; }
  // Bootstraps anew while the association lives.
  Result<ports::Association> again() {
    clock.advance(1min);
    return renegotiate(manager.current());
  }
  std::string username(std::size_t request) const {
    return *gba::find(bsf.requests.at(request), "username");
  }
};

HttpResponse with_server(std::string value) {
  return {200, {{"Server", std::move(value)}}, {}};
}

}  // namespace

TEST_CASE("the product token in Server tells a BSF that knows TMPI", "[UB-8]") {
  CHECK(knows_tmpi(with_server("3gpp-gba-tmpi")));
  CHECK(knows_tmpi(with_server("bsf/1.0 (of x) 3gpp-gba-tmpi")));
  CHECK(knows_tmpi(with_server("3gpp-gba-tmpi bsf/1.0")));
  CHECK(knows_tmpi(with_server("bsf\t3gpp-gba-tmpi(x)")));
  CHECK(knows_tmpi(with_server("3gpp-gba-tmpi/1.0")));
  CHECK_FALSE(knows_tmpi(with_server("bsf/1.0")));
  CHECK_FALSE(knows_tmpi(with_server("3gpp-gba")));
  CHECK_FALSE(knows_tmpi(with_server("no-3gpp-gba-tmpi")));
  CHECK_FALSE(knows_tmpi(with_server("3gpp-gba-tmpi-not")));
  CHECK_FALSE(knows_tmpi(with_server("bsf (not (yet) 3gpp-gba-tmpi )")));
  CHECK_FALSE(knows_tmpi({200, {{"Via", "3gpp-gba-tmpi"}}, {}}));
}

TEST_CASE("User-Agent tells that this agent knows TMPI, unless it is switched off",
          "[UB-8][UA-5]") {
  CHECK(user_agent({}) == "ut-agent 3gpp-gba 3gpp-gba-tmpi");
  CHECK(user_agent({.tmpi = false}) == "ut-agent 3gpp-gba");
}

TEST_CASE("the next run goes by the TMPI of the last one", "[UB-8][KEY-6]") {
  TmpiAgent agent;
  REQUIRE(agent.obtain());
  CHECK(agent.username(0) == kImpi);
  CHECK(agent.username(1) == kImpi);
  agent.bsf.tmpi = tmpi_of(1);
  const auto second = agent.again();
  REQUIRE(second);
  REQUIRE(agent.bsf.requests.size() == 4);
  CHECK(agent.username(2) == tmpi_of(1));
  CHECK(agent.username(3) == tmpi_of(1));
  // Keys are made with the real IMPI all the same.
  CHECK((*second)->impi() == kImpi);
  agent.bsf.tmpi = tmpi_of(2);
  REQUIRE(agent.again());
  CHECK(agent.username(4) == tmpi_of(2));
}

TEST_CASE("a synchronisation failure goes by the TMPI too", "[UB-5][UB-8]") {
  TmpiAgent agent;
  REQUIRE(agent.obtain());
  agent.bsf.tmpi = tmpi_of(1);
  agent.card.push_synchronisation_failure();
  REQUIRE(agent.again());
  REQUIRE(agent.bsf.requests.size() == 5);
  for (const std::size_t request : {2U, 3U, 4U}) {
    CHECK(agent.username(request) == tmpi_of(1));
  }
}

TEST_CASE("the IMPI is used where one side does not know TMPI", "[UB-8]") {
  SECTION("the BSF") {
    TmpiAgent agent;
    agent.bsf.knows_tmpi = false;
    REQUIRE(agent.obtain());
    REQUIRE(agent.again());
    CHECK(agent.username(2) == kImpi);
  }
  SECTION("the agent") {
    TmpiAgent agent({.tmpi = false});
    REQUIRE(agent.obtain());
    REQUIRE(agent.again());
    CHECK(agent.username(2) == kImpi);
  }
  SECTION("a BSF that does not know it any more") {
    TmpiAgent agent;
    REQUIRE(agent.obtain());
    agent.bsf.tmpi = tmpi_of(1);
    agent.bsf.knows_tmpi = false;
    REQUIRE(agent.again());
    REQUIRE(agent.again());
    CHECK(agent.username(2) == tmpi_of(1));
    CHECK(agent.username(4) == kImpi);
  }
}

TEST_CASE("a TMPI that the BSF has forgotten is replaced by the IMPI once", "[UB-8]") {
  TmpiAgent agent;
  REQUIRE(agent.obtain());
  const auto again = agent.again();
  REQUIRE(again);
  REQUIRE(agent.bsf.requests.size() == 5);
  CHECK(agent.username(2) == tmpi_of(1));
  CHECK(agent.username(3) == kImpi);
  CHECK(agent.username(4) == kImpi);
  CHECK(agent.card.authentications() == 2);
}

TEST_CASE("a BSF that refuses both names ends the run after one request each", "[UB-8]") {
  TmpiAgent agent;
  REQUIRE(agent.obtain());
  agent.bsf.username = "somebody.else@home1.net";
  agent.clock.advance(1min);
  const auto refused = agent.renegotiate(agent.manager.current());
  REQUIRE_FALSE(refused);
  CHECK(refused.error().code == ErrorCode::ub_refused);
  CHECK(agent.bsf.requests.size() == 4);
  CHECK(agent.card.authentications() == 1);
}

TEST_CASE("failures that are not about the name are not tried again by the IMPI", "[UB-8]") {
  TmpiAgent agent;
  REQUIRE(agent.obtain());
  agent.bsf.tmpi = tmpi_of(1);
  SECTION("a server error") {
    agent.bsf.spoil = [](HttpResponse& response) { response.status = 503; };
  }
  SECTION("a wrong MAC") {
    agent.card.push_mac_failure();
  }
  agent.clock.advance(1min);
  CHECK_FALSE(agent.renegotiate(agent.manager.current()));
  CHECK(agent.bsf.requests.size() == 3);
}

TEST_CASE("the TMPI goes with its key", "[UB-8][KEY-3]") {
  TmpiAgent agent;
  REQUIRE(agent.obtain());
  agent.bsf.tmpi = tmpi_of(1);
  SECTION("the lifetime ends") {
    agent.clock.advance(2h);
    agent.bsf.lifetime = "2026-03-01T09:00:00Z";
  }
  SECTION("the card goes") {
    agent.card.swap(*test::run(agent.io, agent.card.subscriber())->identity);
  }
  SECTION("the user asks for it") {
    agent.manager.forget();
  }
  REQUIRE(agent.obtain());
  CHECK(agent.username(2) == kImpi);
}

TEST_CASE("with nextnonce the TMPI is the name as well", "[UB-8][UB-12]") {
  TmpiAgent agent;
  agent.bsf.nextnonce = FakeBsf::nonce(0x42);
  REQUIRE(agent.obtain());
  agent.bsf.nextnonce.clear();
  agent.bsf.tmpi = tmpi_of(1);
  REQUIRE(agent.again());
  REQUIRE(agent.bsf.requests.size() == 3);
  CHECK(agent.username(2) == tmpi_of(1));

  TmpiAgent forgotten;
  forgotten.bsf.nextnonce = FakeBsf::nonce(0x42);
  REQUIRE(forgotten.obtain());
  forgotten.bsf.nextnonce.clear();
  REQUIRE(forgotten.again());
  // nextnonce, the first request, both by the TMPI, and the plain run by the IMPI.
  REQUIRE(forgotten.bsf.requests.size() == 6);
  CHECK(forgotten.username(3) == tmpi_of(1));
  CHECK(forgotten.username(4) == kImpi);
}

TEST_CASE("a card that keeps Ks makes the TMPI itself", "[UB-7][UB-8]") {
  TmpiAgent agent;
  agent.card.offer_gba();
  agent.card.gba.wanted = true;
  REQUIRE(agent.obtain());
  CHECK(agent.card.gba.derivations == 0);
  agent.bsf.tmpi = tmpi_of(1);
  REQUIRE(agent.again());
  CHECK(agent.card.gba.derivations == 1);
  CHECK(agent.username(2) == tmpi_of(1));
  // One that cannot is no obstacle.
  agent.card.gba.derive_error = Error{ErrorCode::card_command_refused, "DE"};
  REQUIRE(agent.again());
  CHECK(agent.username(4) == kImpi);
}
