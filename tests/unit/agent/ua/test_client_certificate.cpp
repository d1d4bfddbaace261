// Requests on channels that a client certificate authenticates (TS 33.222 clause 5.5).
#include "tests/support/catch.h"
#include "tests/unit/agent/ua/fakes.h"

namespace ut::ua::test {
namespace {

UaConfig certificate_config(std::vector<Method> methods = {Method::certificate}) {
  UaConfig config;
  config.nafs[kNaf].ways.methods = std::move(methods);
  return config;
}

CertificateFacts from_file(const World& world) {
  return {.enrolled = false, .end = world.clock.utc() + std::chrono::hours(1)};
}

ErrorCode code_of(const Result<ports::UtReport>& result) {
  REQUIRE_FALSE(result);
  return result.error().code;
}

}  // namespace

TEST_CASE("a request on a channel of a client certificate needs no digest and no key",
          "[UA-7][UT-3][UT-8]") {
  World world(certificate_config());
  world.naf.certificate = from_file(world);
  Sink sink;
  const auto report = world.run(put("<list/>"), sink);
  REQUIRE(report);
  CHECK(sink.content == "<ok/>");
  CHECK(report->ua_method == "certificate");
  CHECK_FALSE(report->isim_based);
  CHECK(report->round_trips == 1);
  CHECK(report->b_tid.empty());
  CHECK(report->ua_protocol_id.empty());
  CHECK(world.associations.asked == 0);
  CHECK(world.card.authentications == 0);
  REQUIRE(world.naf.received.size() == 1);
  CHECK(world.naf.received[0].body == "<list/>");
  CHECK_FALSE(world.naf.received[0].has("Authorization"));
  // It is none of GBA.
  CHECK(world.naf.received[0].header("User-Agent") == "presence/1.0");
}

TEST_CASE("what the ISIM authenticates is reported as such", "[UT-3]") {
  World world;
  Sink sink;
  const auto report = world.run(get(), sink);
  REQUIRE(report);
  CHECK(report->ua_method == "digest");
  CHECK(report->isim_based);
}

TEST_CASE("an answer that nothing authenticated is reported as such", "[UT-3][UT-11]") {
  UaConfig config;
  config.nafs[kNaf].allow_unauthenticated = true;
  World world(config);
  world.naf.ask = false;
  Sink sink;
  const auto report = world.run(get(), sink);
  REQUIRE(report);
  CHECK(report->ua_method == "none");
  CHECK_FALSE(report->isim_based);
}

TEST_CASE("a 401 on such a channel is a refusal, and the NAF rests", "[UA-7][UA-4][UT-12]") {
  World world(certificate_config());
  world.naf.certificate = from_file(world);
  world.naf.refuse_always = true;
  Sink sink;
  CHECK(code_of(world.run(put("x"), sink)) == ErrorCode::ua_refused);
  CHECK(world.naf.received.size() == 1);
  CHECK(world.naf.distrusted == 1);
  CHECK(code_of(world.run(get(), sink)) == ErrorCode::ua_backing_off);
  CHECK(world.naf.received.size() == 1);
  CHECK(world.associations.asked == 0);
}

TEST_CASE("the rest after a refused certificate holds with a live association too",
          "[UA-7][UA-4]") {
  World world(certificate_config({Method::certificate, Method::digest}));
  world.associations.make();
  world.naf.certificate = from_file(world);
  world.naf.refuse_always = true;
  Sink sink;
  CHECK(code_of(world.run(get(), sink)) == ErrorCode::ua_refused);
  CHECK(code_of(world.run(get(), sink)) == ErrorCode::ua_backing_off);
  CHECK(world.associations.renegotiations == 0);
}

TEST_CASE("where digest is allowed beside it, a channel without certificate bootstraps",
          "[UA-7][UT-8]") {
  World world(certificate_config({Method::certificate, Method::digest}));
  Sink sink;
  const auto report = world.run(get(), sink);
  REQUIRE(report);
  CHECK(report->ua_method == "digest");
  CHECK(report->bootstrapped);
  CHECK(world.naf.received[0].header("User-Agent") == "presence/1.0 3gpp-gba");
}

TEST_CASE("a certificate of the PKI portal is reported as ISIM based", "[UA-7][UT-3][UT-8]") {
  World world(certificate_config({Method::subscriber_certificate}));
  world.naf.certificate =
      CertificateFacts{.enrolled = true, .end = world.clock.utc() + std::chrono::hours(1)};
  Sink sink;
  const auto report = world.run(put("<list/>"), sink);
  REQUIRE(report);
  CHECK(report->ua_method == "subscriber_certificate");
  CHECK(report->isim_based);
  CHECK(report->round_trips == 1);
}

TEST_CASE("a channel whose certificate has ended carries nothing more", "[UA-7][KEY-3]") {
  World world(certificate_config());
  world.naf.certificate = from_file(world);
  Sink sink;
  REQUIRE(world.run(get(), sink));
  REQUIRE(world.run(get(), sink));
  CHECK(world.naf.connections == 1);
  world.clock.advance_utc(std::chrono::hours(1));
  world.naf.certificate = from_file(world);
  REQUIRE(world.run(get(), sink));
  CHECK(world.naf.connections == 2);
}

TEST_CASE("when the card goes the channel goes", "[UA-7][IS-6]") {
  World world(certificate_config());
  world.naf.certificate = from_file(world);
  Sink sink;
  REQUIRE(world.run(get(), sink));
  world.card.pull();
  CHECK(world.naf.open == 0);
  CHECK(code_of(world.run(get(), sink)) == ErrorCode::card_absent);
}

}  // namespace ut::ua::test
