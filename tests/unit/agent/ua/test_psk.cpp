// Conversations over channels that PSK TLS authenticates.
#include "agent/ua/gateway.h"
#include "tests/support/catch.h"
#include "tests/unit/agent/ua/fakes.h"

#include <algorithm>

namespace ut::ua::test {
namespace {

UaConfig psk_config() {
  UaConfig config;
  config.nafs[kNaf].ways.methods = {Method::psk};
  return config;
}

struct PskWorld : World {
  explicit PskWorld(UaConfig config = psk_config()) : World(std::move(config)) { naf.psk = true; }
};

ErrorCode code_of(const Result<ports::UtReport>& result) {
  REQUIRE_FALSE(result);
  return result.error().code;
}

}  // namespace

TEST_CASE("a cold request with PSK bootstraps first and needs no digest", "[UA-6][UT-3]") {
  PskWorld world;
  Sink sink;
  const auto report = world.run(put("<list/>"), sink);
  REQUIRE(report);
  CHECK(sink.head->status == 200);
  CHECK(report->round_trips == 1);
  CHECK(report->bootstrapped);
  CHECK(report->ua_method == "psk");
  CHECK(report->ua_protocol_id == "0100000007");
  CHECK(report->b_tid == world.associations.live->b_tid());
  REQUIRE(world.naf.received.size() == 1);
  const auto& request = world.naf.received.front();
  CHECK(request.method == "PUT");
  CHECK(request.body == "<list/>");
  CHECK_FALSE(request.has("Authorization"));
  CHECK(request.header("User-Agent") == "presence/1.0 3gpp-gba");
  CHECK(request.has("X-3GPP-Intended-Identity"));
}

TEST_CASE("further requests use the channel of PSK again", "[UA-6]") {
  PskWorld world;
  Sink sink;
  for (int i = 0; i < 5; ++i) {
    const auto report = world.run(get(), sink);
    REQUIRE(report);
    CHECK(report->bootstrapped == (i == 0));
    world.clock.advance(std::chrono::milliseconds(1));
  }
  CHECK(world.naf.connections == 1);
  CHECK(world.associations.bootstrappings == 1);
}

TEST_CASE("failed bootstrapping before PSK is told as what it is", "[UA-6][API-4]") {
  PskWorld world;
  world.associations.obtain_error = Error{ErrorCode::ub_bsf_unreachable, "bootstrapping"};
  Sink sink;
  CHECK(code_of(world.run(get(), sink)) == ErrorCode::ub_bsf_unreachable);
  CHECK(world.naf.connections == 0);
}

TEST_CASE("a key that PSK TLS refuses is renegotiated once", "[UA-6][UA-4]") {
  PskWorld world;
  const auto first = world.associations.make();
  world.naf.refused_b_tids = {first->b_tid()};
  Sink sink;
  const auto report = world.run(get(), sink);
  REQUIRE(report);
  CHECK(world.associations.renegotiations == 1);
  CHECK(world.associations.bootstrappings == 2);
  CHECK(report->b_tid != first->b_tid());
}

TEST_CASE("a NAF that refuses every key of PSK rests after one renegotiation", "[UA-6][UA-4]") {
  for (const auto code : {ErrorCode::tls_psk_refused, ErrorCode::tls_psk_not_chosen}) {
    PskWorld world;
    world.associations.make();
    world.naf.connect_error = Error{code, "handshake"};
    Sink sink;
    // A key that is refused is the subscriber's trouble, a NAF without PSK the operator's.
    CHECK(code_of(world.run(get(), sink)) ==
          (code == ErrorCode::tls_psk_refused ? ErrorCode::ua_refused : code));
    CHECK(world.associations.renegotiations == 1);
    CHECK(world.associations.bootstrappings == 2);
    CHECK(code_of(world.run(get(), sink)) == ErrorCode::ua_backing_off);
    CHECK(world.associations.bootstrappings == 2);
    world.clock.advance(std::chrono::seconds(6));
    world.naf.connect_error.reset();
    CHECK(world.run(get(), sink));
    CHECK(world.associations.bootstrappings == 2);
  }
}

TEST_CASE("a young key that PSK TLS refuses is not replaced", "[UA-6][UA-4]") {
  PskWorld world;
  const auto first = world.associations.make();
  world.naf.refused_b_tids = {first->b_tid()};
  world.associations.renegotiate_error = Error{ErrorCode::ua_backing_off, "young"};
  Sink sink;
  CHECK(code_of(world.run(get(), sink)) == ErrorCode::ua_refused);
  CHECK(world.associations.bootstrappings == 1);
  CHECK(code_of(world.run(get(), sink)) == ErrorCode::ua_backing_off);
  CHECK(world.associations.renegotiations == 1);
}

TEST_CASE("a renegotiation of PSK that fails is told as what it is", "[UA-6][API-4]") {
  PskWorld world;
  world.naf.refused_b_tids = {world.associations.make()->b_tid()};
  world.associations.renegotiate_error = Error{ErrorCode::card_absent, "bootstrapping"};
  Sink sink;
  CHECK(code_of(world.run(get(), sink)) == ErrorCode::card_absent);
}

TEST_CASE("a 401 on a channel of PSK is renegotiation once, on a new channel", "[UA-6][UA-4]") {
  PskWorld world;
  Sink sink;
  REQUIRE(world.run(get(), sink));
  const auto old = world.associations.live->b_tid();
  world.naf.unknown_b_tids = {old};
  const auto report = world.run(put("<list/>"), sink);
  REQUIRE(report);
  CHECK(report->round_trips == 2);
  CHECK(report->b_tid != old);
  CHECK(world.associations.renegotiations == 1);
  CHECK(world.naf.connections == 2);
  // What the challenge says of a digest is not looked at, and the session of the old channel goes.
  CHECK_FALSE(world.naf.received.back().has("Authorization"));
  CHECK(world.naf.received.back().body == "<list/>");
  CHECK(world.naf.distrusted == 1);
}

TEST_CASE("401 for ever on channels of PSK ends in a refusal", "[UA-6][UA-4][UT-12]") {
  PskWorld world;
  world.naf.refuse_always = true;
  Sink sink;
  CHECK(code_of(world.run(get(), sink)) == ErrorCode::ua_refused);
  CHECK(world.associations.renegotiations == 1);
  CHECK(world.naf.received.size() == 2);
  CHECK(world.naf.distrusted == 2);
  CHECK_FALSE(sink.head);
  CHECK(code_of(world.run(get(), sink)) == ErrorCode::ua_backing_off);
}

TEST_CASE("a 401 on a channel of PSK with a young key is a refusal", "[UA-6][UA-4]") {
  for (const auto code : {ErrorCode::ua_backing_off, ErrorCode::card_absent}) {
    PskWorld world;
    world.naf.refuse_always = true;
    world.associations.renegotiate_error = Error{code, "renegotiate"};
    Sink sink;
    CHECK(code_of(world.run(get(), sink)) ==
          (code == ErrorCode::ua_backing_off ? ErrorCode::ua_refused : code));
    CHECK(world.naf.received.size() == 1);
    CHECK(world.naf.distrusted == 1);
  }
}

TEST_CASE("channels of PSK go with their association", "[UA-6][KEY-3]") {
  PskWorld world;
  Sink sink;
  REQUIRE(world.run(get(), sink));
  const auto old = world.associations.live->b_tid();
  CHECK(world.gateway.channels().idle == 1);
  world.associations.end();
  CHECK(world.gateway.channels().idle == 0);
  CHECK(world.naf.closed == 1);
  CHECK(world.naf.forgotten_b_tids == std::vector{old});
  const auto report = world.run(get(), sink);
  REQUIRE(report);
  CHECK(report->b_tid != old);
  CHECK(world.naf.connections == 2);
}

TEST_CASE("a channel of PSK in use when its association ends is not used again", "[UA-6][KEY-3]") {
  PskWorld world;
  world.naf.serve = [&](const Received& request) {
    if (world.naf.received.size() == 1) {
      world.associations.end();
    }
    return world.naf.answer(request);
  };
  Sink sink;
  REQUIRE(world.run(get(), sink));
  CHECK(world.gateway.channels().idle == 0);
  REQUIRE(world.run(get(), sink));
  CHECK(world.naf.connections == 2);
  CHECK(world.naf.received.back().psk_b_tid == world.associations.live->b_tid());
}

TEST_CASE("channels that the old CAs vouched for go with them, those of PSK stay", "[UT-2][UT-6]") {
  UaConfig config;
  config.sweep_period = std::chrono::milliseconds(1);
  for (const bool psk : {false, true}) {
    CAPTURE(psk);
    World world(config);
    world.naf.psk = psk;
    if (psk) {
      world.naf.ask = false;
    }
    Sink sink;
    REQUIRE(world.run(get(), sink));
    CHECK(world.gateway.channels().idle == 1);
    world.naf.trust_replaced = true;
    world.loop.restart();
    world.loop.run_for(std::chrono::milliseconds(20));
    CHECK(world.gateway.channels().idle == (psk ? 1 : 0));
    CHECK(world.naf.closed == (psk ? 0 : 1));
  }
}

TEST_CASE("a digest channel outlives the association, as its TLS does not stand on it", "[UT-6]") {
  World world;
  Sink sink;
  REQUIRE(world.run(get(), sink));
  world.associations.end();
  CHECK(world.gateway.channels().idle == 1);
}

TEST_CASE("a channel whose key was replaced while it was made is not used", "[UA-6][KEY-3]") {
  PskWorld world;
  unsigned replaced = 0;
  world.naf.on_connected = [&] {
    if (replaced++ == 0) {
      world.associations.end();
      world.associations.make();
    }
  };
  Sink sink;
  const auto report = world.run(get(), sink);
  REQUIRE(report);
  CHECK(report->b_tid == world.associations.live->b_tid());
  CHECK(world.naf.connections == 2);
  REQUIRE(world.naf.received.size() == 1);
  CHECK(world.naf.received.front().channel == 2);
}

TEST_CASE("keys that go again and again before a channel of PSK is there end the request",
          "[UA-6][KEY-3]") {
  for (const auto code : {ErrorCode::ub_gba_key_lost, ErrorCode::ub_forgotten}) {
    PskWorld world;
    world.naf.connect_errors.assign(2, Error{code, "connect"});
    Sink sink;
    CHECK(world.run(get(), sink));
    world.naf.close_idle();
    world.naf.connect_errors.assign(9, Error{code, "connect"});
    CHECK(code_of(world.run(get(), sink)) == code);
    CHECK(world.naf.connect_errors.size() == 6);
  }
}

TEST_CASE("forgetting closes channels of PSK and their sessions", "[KEY-3][UA-6]") {
  PskWorld world;
  Sink sink;
  REQUIRE(world.run(get(), sink));
  world.gateway.forget();
  CHECK(world.gateway.channels().idle == 0);
  CHECK(world.naf.open == 0);
  CHECK(world.naf.sessions_forgotten == 1);
}

TEST_CASE("the key of another card authenticates nothing", "[IS-6][UA-6]") {
  PskWorld world;
  world.associations.epoch = 7;
  Sink sink;
  CHECK(code_of(world.run(get(), sink)) == ErrorCode::card_identity_changed);
  CHECK(world.naf.received.empty());
}

TEST_CASE("a dead channel of PSK is replaced once, and never for a POST", "[UT-1][UA-6]") {
  PskWorld world;
  Sink sink;
  REQUIRE(world.run(get(), sink));
  world.naf.close_idle_silently();
  REQUIRE(world.run(get(), sink));
  CHECK(world.naf.connections == 2);
  world.naf.close_idle_silently();
  auto request = put("<x/>");
  request.method = "POST";
  CHECK(code_of(world.run(request, sink)) == ErrorCode::network_closed);
}

TEST_CASE("a NAF of two methods that is reached by digest is asked for a challenge", "[UA-6]") {
  UaConfig config;
  config.nafs[kNaf].ways.methods = {Method::psk, Method::digest};
  World world(config);
  Sink sink;
  const auto report = world.run(put("<list/>"), sink);
  REQUIRE(report);
  CHECK(report->ua_method == "digest");
  CHECK(report->ua_protocol_id == "010001c02f");
  CHECK(report->round_trips == 2);
  CHECK(world.naf.received.front().body.empty());
}

TEST_CASE("requests that share a refused key of PSK share one renegotiation", "[UA-6][UB-9]") {
  PskWorld world;
  world.naf.refused_b_tids = {world.associations.make()->b_tid()};
  std::vector<Sink> sinks(8);
  const auto results =
      world.run_together(std::vector<ports::UtRequest>(sinks.size(), get()), sinks);
  CHECK(std::ranges::all_of(results, [](const auto& result) { return result.has_value(); }));
  CHECK(world.associations.bootstrappings == 2);
}

}  // namespace ut::ua::test
