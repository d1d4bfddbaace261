#include "tests/support/catch.h"
#include "tests/support/vectors.h"
#include "tests/unit/agent/ua/fakes.h"

#include "agent/ua/exchange.h"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/post.hpp>

#include <algorithm>

namespace ut::ua::test {
namespace {

std::string value_of(const Sink& sink, std::string_view name) {
  for (const auto& field : sink.head->headers) {
    if (field.name == name) {
      return std::string(field.value);
    }
  }
  return {};
}

ErrorCode code_of(const Result<ports::UtReport>& result) {
  REQUIRE_FALSE(result);
  return result.error().code;
}

// Takes whatever it is given at once, and so never ends a turn.
struct Greedy final : ports::ResponseSink {
  Result<void> header(ports::UtResponseHeader) override { return {}; }
  ports::Task<Result<void>> body(ByteView octets) override {
    take(octets);
    co_return Result<void>{};
  }
  Result<bool> body_now(ByteView octets) override {
    take(octets);
    return true;
  }
  void take(ByteView octets) {
    taken += octets.size();
    taken_in_turn += octets.size();
    most_in_turn = std::max(most_in_turn, taken_in_turn);
  }
  std::size_t taken = 0;
  std::size_t taken_in_turn = 0;
  std::size_t most_in_turn = 0;
};

}  // namespace

TEST_CASE("a cold GET is challenged, bootstraps and carries Authorization", "[UA-1][UT-1][UT-3]") {
  World world;
  Sink sink;
  const auto report = world.run(get(), sink);
  REQUIRE(report);
  CHECK(sink.head->status == 200);
  CHECK(sink.content == "<ok/>");
  CHECK(sink.head->content_length == 5);
  CHECK(report->round_trips == 2);
  CHECK(report->bootstrapped);
  CHECK(report->tls_new_channel);
  CHECK(report->ua_protocol_id == "010001c02f");
  CHECK(report->b_tid == ut::test::vectors()["gba"]["ub"]["btid"].get<std::string>());
  REQUIRE(world.naf.received.size() == 2);
  CHECK_FALSE(world.naf.received[0].has("Authorization"));
  CHECK(world.naf.received[1].parameter("nc") == "00000001");
  CHECK(world.naf.received[1].parameter("realm") == kRealm);
  CHECK(world.naf.received[1].parameter("cnonce").size() == 32);
}

TEST_CASE("what happened towards NAFs is counted, and NAFs by the names of the configuration",
          "[API-8]") {
  const auto page_of = [](const UaConfig& config) {
    World world(config);
    Sink sink;
    REQUIRE(world.run(get(), sink));
    REQUIRE(world.run(get(), sink));
    metrics::Page page;
    world.gateway.measure(page, "default");
    return page.text();
  };
  const auto text = page_of({});
  const auto has = [&](std::string_view line) {
    INFO(line);
    CHECK(text.find(line) != std::string::npos);
  };
  has("ut_agent_round_trips_total{subscriber=\"default\"} 3\n");
  has("ut_agent_challenges_total{subscriber=\"default\"} 1\n");
  has("ut_agent_channels{subscriber=\"default\",state=\"idle\"} 1\n");
  has("ut_agent_exchanges_total{subscriber=\"default\",naf=\"other\",outcome=\"done\"} 2\n");
  CHECK(text.find(kNaf) == std::string::npos);
  UaConfig config;
  config.nafs[kNaf] = {};
  CHECK(page_of(config).find("naf=\"" + std::string(kNaf) + "\",outcome=\"done\"} 2\n") !=
        std::string::npos);
}

TEST_CASE("further requests on a channel cost no challenge and count nc in hexadecimal", "[UA-2]") {
  World world;
  Sink sink;
  for (int i = 0; i < 12; ++i) {
    REQUIRE(world.run(get(), sink));
  }
  CHECK(world.naf.connections == 1);
  CHECK(world.naf.challenged[1] == 1);
  CHECK(world.associations.bootstrappings == 1);
  CHECK(world.naf.received.back().parameter("nc") == "0000000c");
  CHECK(world.naf.received[9].parameter("nc") == "00000009");
  CHECK(world.naf.received[10].parameter("nc") == "0000000a");
}

TEST_CASE("a cold PUT fetches its challenge with a bodyless GET of the same URI", "[UT-1]") {
  for (const std::string method : {"PUT", "DELETE", "POST"}) {
    World world;
    Sink sink;
    auto request = put("<secret/>", "/pres-rules/users/sip:a@b/index?x=%41/~~/a%5B1%5D");
    request.method = method;
    const auto report = world.run(request, sink);
    REQUIRE(report);
    REQUIRE(world.naf.received.size() == 2);
    const auto& probe = world.naf.received[0];
    CHECK(probe.method == "GET");
    CHECK(probe.target == "/pres-rules/users/sip:a@b/index?x=%41/~~/a%5B1%5D");
    CHECK(probe.body.empty());
    CHECK_FALSE(probe.has("Content-Type"));
    CHECK_FALSE(probe.has("Content-Length"));
    CHECK_FALSE(probe.has("If-Match"));
    CHECK(probe.header("User-Agent") == "presence/1.0 3gpp-gba");
    const auto& real = world.naf.received[1];
    CHECK(real.method == method);
    CHECK(real.target == probe.target);
    CHECK(real.body == "<secret/>");
    CHECK(real.header("Content-Length") == "9");
    CHECK(real.header("If-Match") == "\"etag\"");
  }
}

TEST_CASE("auth-int covers the real body, on PUT too", "[UA-2]") {
  for (const std::string algorithm : {"MD5", "MD5-sess", "SHA-256"}) {
    World world;
    world.naf.qop = "auth-int";
    world.naf.algorithm = algorithm;
    Sink sink;
    REQUIRE(world.run(put("<list name=\"friends\"/>"), sink));
    CHECK(sink.content == "<ok/>");
    REQUIRE(world.run(put("<list name=\"foes\"/>"), sink));
    CHECK(world.naf.received.back().parameter("qop") == "auth-int");
    CHECK(world.naf.challenged[1] == 1);
  }
}

TEST_CASE("auth-int refuses a tampered answer before anything of it is passed on", "[UA-2][UA-3]") {
  World world;
  world.naf.qop = "auth-int";
  world.naf.serve = [&](const Received& request) {
    auto reply = world.naf.answer(request);
    if (const auto at = reply.octets.find("<ok/>"); at != std::string::npos) {
      reply.octets.replace(at, 5, "<no/>");
    }
    return reply;
  };
  Sink sink;
  CHECK(code_of(world.run(get(), sink)) == ErrorCode::ua_rspauth_wrong);
  CHECK_FALSE(sink.head);
  CHECK(sink.content.empty());
}

TEST_CASE("of two qops the setting chooses", "[UA-2]") {
  for (const auto preference : {QopPreference::auth, QopPreference::auth_int}) {
    UaConfig config;
    config.nafs[kNaf].qop = preference;
    World world(config);
    world.naf.qop = "auth,auth-int";
    Sink sink;
    REQUIRE(world.run(get(), sink));
    CHECK(world.naf.received.back().parameter("qop") ==
          (preference == QopPreference::auth ? "auth" : "auth-int"));
  }
}

TEST_CASE("the key is that of the channel's cipher suite", "[KEY-2]") {
  World world;
  world.naf.suite = 0x1301;
  Sink sink;
  const auto report = world.run(get(), sink);
  REQUIRE(report);
  CHECK(report->ua_protocol_id == "0100011301");
}

TEST_CASE("the realm alternative for the ME-based key is chosen and sent alone", "[UA-1]") {
  World world;
  world.naf.realm = "3GPP-bootstrapping-uicc@" + kNaf + ";" + kRealm;
  Sink sink;
  REQUIRE(world.run(get(), sink));
  CHECK(world.naf.received.back().parameter("realm") == kRealm);
}

TEST_CASE("a challenge among others, with commas and escapes, is found", "[UA-1][UA-2]") {
  World world;
  world.naf.serve = [&](const Received& request) {
    auto reply = world.naf.answer(request);
    const std::string mark = "WWW-Authenticate: Digest";
    if (const auto at = reply.octets.find(mark); at != std::string::npos) {
      reply.octets.replace(at, mark.size(),
                           "WWW-Authenticate: Basic realm=\"a, b\\\"c\", Negotiate YII=\r\n"
                           "WWW-Authenticate: Digest realm=\"x,y\", nonce=\"1\", qop=\"auth\", "
                           "Digest");
    }
    return reply;
  };
  Sink sink;
  REQUIRE(world.run(get(), sink));
  CHECK(world.naf.received.back().parameter("realm") == kRealm);
}

TEST_CASE("a realm for another host drops the connection and forgets its session",
          "[UA-1][UT-7][UT-12]") {
  World world;
  world.naf.realm = "3GPP-bootstrapping@evil.example.org";
  Sink sink;
  CHECK(code_of(world.run(get(), sink)) == ErrorCode::ua_realm_mismatch);
  CHECK(world.naf.received.size() == 1);
  CHECK(world.naf.distrusted == 1);
  CHECK(world.gateway.channels().idle == 0);
  CHECK(world.associations.bootstrappings == 0);
  CHECK_FALSE(sink.head);
}

TEST_CASE("challenges that cannot be answered name the reason", "[UA-1]") {
  const auto outcome = [](std::vector<std::string> challenges) {
    World world;
    world.naf.challenges = std::move(challenges);
    Sink sink;
    const auto code = code_of(world.run(get(), sink));
    CHECK(world.naf.received.size() == 1);
    CHECK(world.associations.bootstrappings == 0);
    return code;
  };
  CHECK(outcome({"Basic realm=\"x\""}) == ErrorCode::ua_challenge_unsupported);
  CHECK(outcome({"Digest realm=\"3GPP-bootstrapping-uicc@" + kNaf +
                 "\", nonce=\"1\", qop=\"auth\""}) == ErrorCode::ua_challenge_unsupported);
  CHECK(outcome({"Digest realm=\"" + kRealm + "\", nonce=\"1\", algorithm=FOO"}) ==
        ErrorCode::ua_challenge_unsupported);
  CHECK(outcome({"Digest realm=\"" + kRealm +
                 "\", nonce=\"1\", algorithm=AKAv1-MD5, qop=\"auth-int\""}) ==
        ErrorCode::ua_challenge_unsupported);
  CHECK(outcome({"Digest realm=\"" + kRealm + "\""}) == ErrorCode::ua_challenge_malformed);
  CHECK(outcome({"Digest realm=\"" + kRealm + ", nonce=1"}) == ErrorCode::ua_challenge_malformed);
}

TEST_CASE("a wrong rspauth fails the request and drops the channel", "[UA-3][UT-12]") {
  World world;
  world.naf.rspauth_override = "00000000000000000000000000000000";
  Sink sink;
  CHECK(code_of(world.run(get(), sink)) == ErrorCode::ua_rspauth_wrong);
  CHECK_FALSE(sink.head);
  CHECK(world.naf.distrusted == 1);
}

TEST_CASE("a missing rspauth fails the request unless policy allows it", "[UA-3]") {
  Sink sink;
  {
    World world;
    world.naf.rspauth_override = "none";
    CHECK(code_of(world.run(get(), sink)) == ErrorCode::ua_rspauth_wrong);
    CHECK_FALSE(sink.head);
  }
  UaConfig config;
  config.nafs[kNaf].require_rspauth = false;
  {
    World world(config);
    world.naf.rspauth_override = "none";
    REQUIRE(world.run(get(), sink));
    CHECK(sink.content == "<ok/>");
  }
  // Policy forgives silence, never a wrong proof.
  World world(config);
  world.naf.rspauth_override = "00000000000000000000000000000000";
  CHECK(code_of(world.run(get(), sink)) == ErrorCode::ua_rspauth_wrong);
}

TEST_CASE("a 404 without rspauth is passed on, with a wrong one it is not", "[UA-3][XC-2]") {
  Sink sink;
  {
    World world;
    world.naf.status = "404 Not Found";
    world.naf.rspauth_override = "none";
    REQUIRE(world.run(get(), sink));
    CHECK(sink.head->status == 404);
  }
  World world;
  world.naf.status = "404 Not Found";
  world.naf.rspauth_override = "11111111111111111111111111111111";
  CHECK(code_of(world.run(get(), sink)) == ErrorCode::ua_rspauth_wrong);
}

TEST_CASE("nextnonce is used, and one-time nonces cost one challenge a channel", "[UA-2]") {
  World world;
  world.naf.one_time = true;
  world.naf.nextnonce = true;
  Sink sink;
  for (int i = 0; i < 5; ++i) {
    REQUIRE(world.run(get(), sink));
  }
  CHECK(world.naf.challenged[1] == 1);
  CHECK(world.naf.received.back().parameter("nc") == "00000001");
  CHECK(world.associations.bootstrappings == 1);
}

TEST_CASE("stale asks for a new nonce, not for a new key", "[UA-2]") {
  World world;
  world.naf.stale_after = 2;
  Sink sink;
  for (int i = 0; i < 6; ++i) {
    REQUIRE(world.run(put("<a/>"), sink));
  }
  CHECK(world.associations.bootstrappings == 1);
  CHECK(world.associations.renegotiations == 0);
  CHECK(world.naf.challenged[1] == 3);
}

TEST_CASE("stale for ever ends", "[UA-2][UA-4]") {
  World world;
  world.naf.serve = [](const Received&) {
    return Reply{"HTTP/1.1 401 No\r\nWWW-Authenticate: Digest realm=\"" + kRealm +
                 "\", nonce=\"n\", qop=\"auth\", stale=TRUE\r\nContent-Length: 0\r\n\r\n"};
  };
  Sink sink;
  CHECK(code_of(world.run(get(), sink)) == ErrorCode::ua_refused);
  CHECK(world.naf.received.size() <= 4);
  CHECK(world.associations.bootstrappings == 1);
}

TEST_CASE("401 on a live association renegotiates the bootstrapping once", "[UA-4]") {
  World world;
  Sink sink;
  world.associations.make();
  world.naf.refused_b_tids.insert(world.associations.live->b_tid());
  world.clock.advance(std::chrono::minutes(10));
  const auto report = world.run(get(), sink);
  REQUIRE(report);
  CHECK(world.associations.renegotiations == 1);
  CHECK(world.associations.bootstrappings == 2);
  CHECK(report->bootstrapped);
  CHECK(report->round_trips == 3);
  CHECK(sink.head->status == 200);
}

TEST_CASE("401 on a used nonce of a live association renegotiates too", "[UA-4]") {
  World world;
  Sink sink;
  REQUIRE(world.run(get(), sink));
  world.naf.refused_b_tids.insert(world.associations.live->b_tid());
  const auto report = world.run(put("<a/>"), sink);
  REQUIRE(report);
  CHECK(world.associations.renegotiations == 1);
  CHECK(report->round_trips == 2);
}

TEST_CASE("401 for ever ends with one renegotiation and a rest for this NAF", "[UA-4][UT-12]") {
  World world;
  Sink sink;
  world.naf.refuse_always = true;
  CHECK(code_of(world.run(get(), sink)) == ErrorCode::ua_refused);
  CHECK(world.associations.renegotiations == 1);
  CHECK(world.naf.received.size() == 3);
  CHECK(world.naf.distrusted == 1);
  CHECK_FALSE(sink.head);

  const auto before = world.naf.received.size();
  CHECK(code_of(world.run(get(), sink)) == ErrorCode::ua_backing_off);
  CHECK(world.naf.received.size() == before);

  world.clock.advance(std::chrono::seconds(6));
  world.naf.refuse_always = false;
  REQUIRE(world.run(get(), sink));
  REQUIRE(world.run(get(), sink));
}

TEST_CASE("a young association is kept, and its NAF rests", "[UA-4]") {
  World world;
  Sink sink;
  world.associations.renegotiate_error = Error{ErrorCode::ua_backing_off, "renegotiate"};
  world.naf.refuse_always = true;
  CHECK(code_of(world.run(get(), sink)) == ErrorCode::ua_refused);
  CHECK(world.associations.bootstrappings == 1);
  CHECK(code_of(world.run(get(), sink)) == ErrorCode::ua_backing_off);
  // Another association may be welcome.
  world.associations.end();
  world.associations.make();
  world.naf.refuse_always = false;
  REQUIRE(world.run(get(), sink));
}

TEST_CASE("a young association gets a second chance when only the nonce was old", "[UA-4]") {
  World world;
  Sink sink;
  REQUIRE(world.run(get(), sink));
  world.associations.renegotiate_error = Error{ErrorCode::ua_backing_off, "renegotiate"};
  // A NAF that forgot its nonces and does not say stale.
  bool forgot = false;
  world.naf.serve = [&](const Received& request) {
    if (!forgot) {
      forgot = true;
      auto plain = request;
      plain.headers = {};
      return world.naf.answer(plain);
    }
    return world.naf.answer(request);
  };
  REQUIRE(world.run(get(), sink));
  CHECK(world.associations.bootstrappings == 1);
}

TEST_CASE("errors of bootstrapping and card come through", "[UA-4]") {
  Sink sink;
  {
    World world;
    world.associations.obtain_error = Error{ErrorCode::ub_refused, "bootstrap"};
    CHECK(code_of(world.run(get(), sink)) == ErrorCode::ub_refused);
  }
  World world;
  world.card.present = false;
  CHECK(code_of(world.run(get(), sink)) == ErrorCode::card_absent);
  CHECK(world.naf.connections == 0);
}

TEST_CASE("bootstrapping begins beside the way to the NAF, not after its challenge",
          "[UA-1][UB-9]") {
  Sink sink;
  SECTION("while the NAF has heard nothing yet") {
    World world;
    unsigned asked_before = 0;
    world.naf.serve = [&](const Received& request) {
      if (world.naf.received.size() == 1) {
        asked_before = world.associations.asked;
      }
      return world.naf.answer(request);
    };
    REQUIRE(world.run(get(), sink));
    CHECK(asked_before == 1);
    CHECK(world.associations.asked == 1);
    CHECK(world.associations.bootstrappings == 1);
  }
  SECTION("not when there is an association") {
    World world;
    world.associations.make();
    REQUIRE(world.run(get(), sink));
    REQUIRE(world.run(get(), sink));
    CHECK(world.associations.bootstrappings == 1);
    CHECK(world.associations.asked == 1);  // for the challenge of the new channel
  }
  SECTION("not for a NAF that need not ask") {
    UaConfig config;
    config.nafs[kNaf].allow_unauthenticated = true;
    World world(config);
    world.naf.ask = false;
    REQUIRE(world.run(get(), sink));
    CHECK(world.associations.asked == 0);
  }
  SECTION("one that ended meanwhile is not used") {
    World world;
    world.naf.serve = [&](const Received& request) {
      if (world.naf.received.size() == 1) {
        world.associations.make();
        world.associations.end();
      }
      return world.naf.answer(request);
    };
    REQUIRE(world.run(get(), sink));
  }
}

TEST_CASE("an unchallenged 2xx is refused unless policy names the NAF", "[UT-1]") {
  Sink sink;
  for (const bool body : {false, true}) {
    World world;
    world.naf.ask = false;
    CHECK(code_of(world.run(body ? put("<a/>") : get(), sink)) == ErrorCode::ua_not_authenticated);
    CHECK_FALSE(sink.head);
    REQUIRE(world.naf.received.size() == 1);
    CHECK(world.naf.received[0].method == "GET");
    CHECK(world.naf.received[0].body.empty());
  }
  UaConfig config;
  config.nafs[kNaf].allow_unauthenticated = true;
  World world(config);
  world.naf.ask = false;
  REQUIRE(world.run(get(), sink));
  const auto report = world.run(put("<a/>"), sink);
  REQUIRE(report);
  CHECK(world.naf.received.back().method == "PUT");
  CHECK(world.naf.received.back().body == "<a/>");
  CHECK(report->b_tid.empty());
}

TEST_CASE("a probe that is refused without a challenge never sends the PUT", "[UT-1]") {
  Sink sink;
  {
    World world;
    world.naf.ask = false;
    world.naf.status = "403 Forbidden";
    REQUIRE(world.run(put("<a/>"), sink));
    CHECK(sink.head->status == 403);
    CHECK(world.naf.received.size() == 1);
  }
  World world;
  world.naf.ask = false;
  world.naf.status = "404 Not Found";
  CHECK(code_of(world.run(put("<a/>"), sink)) == ErrorCode::ua_not_authenticated);
  CHECK(world.naf.received.size() == 1);
}

TEST_CASE("answers of the XCAP server pass byte-exact and redirects are not followed", "[XC-2]") {
  for (const std::string status : {"409 Conflict", "412 Precondition Failed", "404 Not Found",
                                   "403 Forbidden", "301 Moved", "307 Away", "201 Created"}) {
    World world;
    world.naf.status = status;
    world.naf.extra_headers = "ETag: \"v1\"\r\nLocation: https://elsewhere.example/\r\n";
    world.naf.body = "<xcap-error/>\n\r\n ";
    Sink sink;
    REQUIRE(world.run(put("<a/>"), sink));
    CHECK(std::to_string(sink.head->status) == status.substr(0, 3));
    CHECK(sink.head->reason == status.substr(4));
    CHECK(sink.content == "<xcap-error/>\n\r\n ");
    CHECK(value_of(sink, "ETag") == "\"v1\"");
    CHECK(value_of(sink, "Location") == "https://elsewhere.example/");
    CHECK(world.naf.received.size() == 2);
  }
}

TEST_CASE("chunked, HEAD, 204, 304 and close-delimited answers end where they end", "[XC-2]") {
  Sink sink;
  World world;
  world.naf.chunked = true;
  world.naf.body = std::string(3000, 'x');
  REQUIRE(world.run(get(), sink));
  CHECK(sink.content == world.naf.body);
  CHECK_FALSE(sink.head->content_length);
  CHECK(value_of(sink, "ETag").empty());
  CHECK(value_of(sink, "Transfer-Encoding").empty());

  auto head = get();
  head.method = "HEAD";
  REQUIRE(world.run(head, sink));
  CHECK(sink.content.empty());
  CHECK(sink.head->content_length == 5);

  world.naf.status = "204 No Content";
  REQUIRE(world.run(put("<a/>"), sink));
  CHECK(sink.content.empty());

  world.naf.status = "304 Not Modified";
  world.naf.rspauth_override = "none";
  REQUIRE(world.run(get(), sink));
  CHECK(sink.head->status == 304);
  CHECK(world.naf.connections == 1);

  world.naf.serve = [&](const Received&) {
    return Reply{"HTTP/1.0 404 No\r\n\r\nuntil the end", true};
  };
  REQUIRE(world.run(get(), sink));
  CHECK(sink.content == "until the end");
  CHECK_FALSE(sink.head->content_length);
  CHECK(world.gateway.channels().idle == 0);
}

TEST_CASE("interim answers are passed over", "[XC-2]") {
  World world;
  world.naf.serve = [&](const Received& request) {
    auto reply = world.naf.answer(request);
    reply.octets =
        "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early\r\nLink: x\r\n\r\n" + reply.octets;
    return reply;
  };
  Sink sink;
  REQUIRE(world.run(get(), sink));
  CHECK(sink.content == "<ok/>");
  CHECK(value_of(sink, "Link").empty());
}

TEST_CASE("answers that are not HTTP are refused", "[UT-5]") {
  const auto outcome = [](std::string octets) {
    World world;
    world.naf.serve = [&](const Received&) { return Reply{octets, true}; };
    Sink sink;
    const auto code = code_of(world.run(get(), sink));
    CHECK_FALSE(sink.head);
    return code;
  };
  CHECK(outcome("SSH-2.0-x\r\n\r\n") == ErrorCode::ua_answer_malformed);
  CHECK(outcome("HTTP/2.0 200 OK\r\n\r\n") == ErrorCode::ua_answer_malformed);
  CHECK(outcome("HTTP/1.1 404 No\r\nContent-Length: 3\r\nContent-Length: 4\r\n\r\nabc") ==
        ErrorCode::ua_answer_malformed);
  CHECK(outcome("HTTP/1.1 404 No\r\nContent-Length: -1\r\n\r\n") == ErrorCode::ua_answer_malformed);
  CHECK(outcome("HTTP/1.1 404 No\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n") ==
        ErrorCode::ua_answer_malformed);
  CHECK(outcome("HTTP/1.1 404 No\r\nA\r\nB: c\r\n\r\n") == ErrorCode::ua_answer_malformed);
  CHECK(outcome("HTTP/1.1 101 Switching\r\nUpgrade: x\r\n\r\n") == ErrorCode::ua_answer_malformed);
  CHECK(outcome("HTTP/1.1 404 No\r\nX: " + std::string(20000, 'a') + "\r\n\r\n") ==
        ErrorCode::limit_header);
  std::string interim;
  for (int i = 0; i < 20; ++i) {
    interim += "HTTP/1.1 100 Continue\r\n\r\n";
  }
  CHECK(outcome(interim) == ErrorCode::ua_answer_malformed);
  CHECK(outcome("HTTP/1.1 404 No\r\nX: y") == ErrorCode::network_closed);
  CHECK(outcome("") == ErrorCode::network_closed);
}

TEST_CASE("an answer that breaks off after its header is an error", "[UT-5]") {
  World world;
  world.naf.serve = [&](const Received&) {
    return Reply{"HTTP/1.1 404 No\r\nContent-Length: 100\r\n\r\nhalf", true};
  };
  Sink sink;
  CHECK(code_of(world.run(get(), sink)) == ErrorCode::network_closed);
  CHECK(sink.head->status == 404);
  CHECK(sink.content == "half");
  CHECK(world.naf.received.size() == 1);
  CHECK(world.gateway.channels().idle == 0);
}

TEST_CASE("a channel that died unseen is replaced and the request sent once more", "[UA-2]") {
  for (const std::string method : {"GET", "PUT", "DELETE"}) {
    World world;
    Sink sink;
    REQUIRE(world.run(get(), sink));
    world.naf.close_idle_silently();
    auto request = get();
    request.method = method;
    const auto report = world.run(request, sink);
    REQUIRE(report);
    CHECK(report->tls_new_channel);
    CHECK(world.naf.connections == 2);
    CHECK(world.associations.bootstrappings == 1);
  }
}

TEST_CASE("a POST is not sent twice, and nothing is after half an answer", "[UA-2]") {
  Sink sink;
  {
    World world;
    REQUIRE(world.run(get(), sink));
    world.naf.close_idle_silently();
    auto request = put("<a/>");
    request.method = "POST";
    CHECK(code_of(world.run(request, sink)) == ErrorCode::network_closed);
    CHECK(world.naf.connections == 1);
  }
  World world;
  REQUIRE(world.run(get(), sink));
  world.naf.serve = [](const Received&) { return Reply{"HTTP/1.1 2", true}; };
  CHECK(code_of(world.run(get(), sink)) == ErrorCode::network_closed);
  CHECK(world.naf.connections == 1);
}

TEST_CASE("the second channel that dies ends the request", "[UA-2]") {
  World world;
  Sink sink;
  REQUIRE(world.run(get(), sink));
  world.naf.serve = [](const Received&) { return Reply{"", true}; };
  CHECK(code_of(world.run(get(), sink)) == ErrorCode::network_closed);
  CHECK(world.naf.connections == 2);
}

TEST_CASE("a channel that the NAF closed while idle is not used", "[UA-2]") {
  World world;
  Sink sink;
  REQUIRE(world.run(get(), sink));
  world.naf.close_idle();
  auto request = put("<a/>");
  request.method = "POST";
  REQUIRE(world.run(request, sink));
  CHECK(world.naf.connections == 2);
}

TEST_CASE("a NAF that closes after each answer is served all the same", "[UA-1][UA-2]") {
  World world;
  world.naf.close_after = 1;
  world.naf.extra_headers = "Connection: close\r\n";
  world.naf.serve = [&](const Received& request) {
    auto reply = world.naf.answer(request);
    const auto line = reply.octets.find("\r\n") + 2;
    reply.octets.insert(line, "Connection: close\r\n");
    return reply;
  };
  Sink sink;
  REQUIRE(world.run(put("<a/>"), sink));
  CHECK(world.naf.connections == 2);
  CHECK(world.naf.received.back().body == "<a/>");
}

TEST_CASE("octets after the answer end the channel", "[UT-5]") {
  World world;
  world.naf.serve = [&](const Received& request) {
    auto reply = world.naf.answer(request);
    reply.octets += "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n";
    return reply;
  };
  Sink sink;
  const auto result = world.run(get(), sink);
  // The smuggled answer may at most cost the request, never stand for the answer of another one.
  if (result) {
    CHECK(sink.content == "<ok/>");
  }
  CHECK(world.gateway.channels().idle == 0);
}

TEST_CASE("64 requests together: nc right, one challenge a channel, one bootstrapping", "[UA-2]") {
  for (const bool one_time : {false, true}) {
    UaConfig config;
    config.channels_per_naf = 8;
    World world(config);
    world.naf.one_time = one_time;
    world.naf.nextnonce = one_time;
    world.associations.make();
    for (int round = 0; round < 3; ++round) {
      std::vector<Sink> sinks(64);
      std::vector<ports::UtRequest> requests;
      for (int i = 0; i < 64; ++i) {
        requests.push_back(i % 2 == 0 ? get("/doc/" + std::to_string(i))
                                      : put("<a/>", "/doc/" + std::to_string(i)));
      }
      const auto results = world.run_together(std::move(requests), sinks);
      for (const auto& result : results) {
        REQUIRE(result);
      }
    }
    CHECK(world.naf.connections <= 8);
    for (const auto& [channel, count] : world.naf.challenged) {
      CHECK(count == 1);
    }
    CHECK(world.associations.bootstrappings == 1);
    CHECK(world.associations.renegotiations == 0);
    CHECK(world.gateway.channels().in_use == 0);
    CHECK(world.gateway.channels().waiting == 0);
  }
}

TEST_CASE("more requests than may wait are told so, and another application's may",
          "[UA-2 API-6]") {
  UaConfig config;
  config.channels_per_naf = 1;
  config.waiting_per_naf = 4;
  World world(config);
  std::vector<Sink> sinks(10);
  std::vector<ports::UtRequest> requests(10, get());
  requests.back().application = "another";
  const auto results = world.run_together(std::move(requests), sinks);
  CHECK(results.back().has_value());
  CHECK(std::ranges::count_if(results, [](const auto& r) { return r.has_value(); }) == 4);
  CHECK(std::ranges::count_if(results, [](const auto& r) {
          return !r && r.error().code == ErrorCode::limit_queue;
        }) == 6);
}

TEST_CASE("a NAF that cannot be reached fails every request that waits", "[UT-1]") {
  UaConfig config;
  config.channels_per_naf = 2;
  World world(config);
  world.naf.connect_error = Error{ErrorCode::tls_certificate_untrusted, "handshake"};
  std::vector<Sink> sinks(5);
  std::vector<ports::UtRequest> requests(5, put("<a/>"));
  for (const auto& result : world.run_together(std::move(requests), sinks)) {
    CHECK(code_of(result) == ErrorCode::tls_certificate_untrusted);
  }
  CHECK(world.naf.received.empty());
  CHECK(world.gateway.channels().waiting == 0);
}

TEST_CASE("the card's default identity goes quoted, an owned one on request", "[UA-8]") {
  World world;
  Sink sink;
  auto request = get();
  request.headers.push_back({"X-3GPP-Asserted-Identity", "\"sip:boss@home1.net\""});
  request.headers.push_back({"x_3gpp_asserted_identity", "\"sip:boss@home1.net\""});
  request.headers.push_back({"X-3GPP-Intended-Identity", "\"sip:boss@home1.net\""});
  REQUIRE(world.run(request, sink));
  for (const auto& received : world.naf.received) {
    CHECK(received.header("X-3GPP-Intended-Identity") == "\"" + kImpu + "\"");
    CHECK(std::ranges::count_if(received.headers, [](const auto& field) {
            return field.value.find("boss") != std::string::npos;
          }) == 0);
  }
  request.intended_identity = kSecondImpu;
  REQUIRE(world.run(request, sink));
  CHECK(world.naf.received.back().header("X-3GPP-Intended-Identity") == "\"" + kSecondImpu + "\"");
  const auto before = world.naf.received.size();
  request.intended_identity = "sip:boss@home1.net";
  CHECK(code_of(world.run(request, sink)) == ErrorCode::ua_identity_not_owned);
  CHECK(world.naf.received.size() == before);
}

TEST_CASE("what would smuggle a request is refused before a connection is made", "[API-7]") {
  const auto outcome = [](auto change) {
    World world;
    auto request = get();
    change(request);
    Sink sink;
    const auto code = code_of(world.run(request, sink));
    CHECK(world.naf.connections == 0);
    return code;
  };
  CHECK(outcome([](auto& r) { r.headers.push_back({"A", "b\r\nHost: evil"}); }) ==
        ErrorCode::request_malformed);
  CHECK(outcome([](auto& r) { r.headers.push_back({"A: b\r\nX", "y"}); }) ==
        ErrorCode::request_malformed);
  CHECK(outcome([](auto& r) { r.headers.push_back({"A", std::string("b\0c", 3)}); }) ==
        ErrorCode::request_malformed);
  CHECK(outcome([](auto& r) { r.target = "/a HTTP/1.1\r\nX: y"; }) ==
        ErrorCode::request_target_invalid);
  CHECK(outcome([](auto& r) { r.target = "http://evil/"; }) == ErrorCode::request_target_invalid);
  CHECK(outcome([](auto& r) { r.method = "GET /x HTTP/1.1\r\nA:"; }) ==
        ErrorCode::request_method_refused);
  CHECK(outcome([](auto& r) { r.method = "CONNECT"; }) == ErrorCode::request_method_refused);
}

TEST_CASE("Authorization and rspauth are those of the vectors", "[UA-1][UA-2][KEY-1]") {
  for (const auto& [name, vector] : ut::test::vectors()["gba"]["ua_digest"].items()) {
    const auto text = [&](const char* key) { return vector.at(key).get<std::string>(); };
    if (!vector.contains("rspauth_empty_response_body")) {
      continue;
    }
    CAPTURE(name);
    World world;
    world.random.fixed = ut::test::hex(text("cnonce"));
    const std::string algorithm = name.starts_with("md5sess")  ? "MD5-sess"
                                  : name.starts_with("sha256") ? "SHA-256"
                                                               : "MD5";
    world.naf.serve = [&](const Received& request) {
      if (!request.has("Authorization")) {
        return Reply{"HTTP/1.1 401 No\r\nWWW-Authenticate: Digest realm=\"" + text("realm") +
                     "\", nonce=\"" + text("nonce") + "\", qop=\"" + text("qop") +
                     "\", algorithm=" + algorithm + "\r\nContent-Length: 0\r\n\r\n"};
      }
      return Reply{"HTTP/1.1 200 OK\r\nAuthentication-Info: rspauth=\"" +
                   text("rspauth_empty_response_body") + "\"\r\nContent-Length: 0\r\n\r\n"};
    };
    auto request = get(text("uri"));
    request.method = text("method");
    request.body = text("body");
    Sink sink;
    REQUIRE(world.run(request, sink));
    const auto& sent = world.naf.received.back();
    CHECK(sent.parameter("response") == text("response"));
    CHECK(sent.parameter("username") == text("username"));
    CHECK(sent.parameter("realm") == text("realm"));
    CHECK(sent.parameter("nc") == text("nc"));
  }
}

TEST_CASE("an idle channel is closed after its time, or when the NAF closed it", "[API-6]") {
  UaConfig config;
  config.sweep_period = std::chrono::milliseconds(1);
  World world(config);
  Sink sink;
  const auto turn = [&] { world.loop.run_for(std::chrono::milliseconds(20)); };
  REQUIRE(world.run(get(), sink));
  turn();
  CHECK(world.naf.open == 1);
  world.clock.advance(std::chrono::seconds(31));
  turn();
  CHECK(world.naf.open == 0);
  CHECK(world.loop.stopped());  // nothing wakes up any more

  REQUIRE(world.run(get(), sink));
  CHECK(world.naf.open == 1);
  world.naf.close_idle();
  turn();
  CHECK(world.naf.open == 0);
}

TEST_CASE("each refusal doubles the rest of a NAF up to a limit", "[UA-4]") {
  using std::chrono::seconds;
  BackOff back_off(seconds(5), seconds(15));
  const NafAddress naf{kNaf, 443};
  SteadyTime now{seconds(1000)};
  for (const int length : {5, 10, 15, 15}) {
    back_off.refused(naf, "b", now);
    back_off.refused(naf, "b", now);  // under way at the same time
    CHECK(back_off.resting(naf, "b", now + seconds(length) - seconds(1)));
    CHECK(back_off.resting(naf, "", now));
    CHECK_FALSE(back_off.resting(naf, "other", now));
    CHECK_FALSE(back_off.resting({kNaf, 8443}, "b", now));
    CHECK_FALSE(back_off.resting(naf, "b", now + seconds(length)));
    now += seconds(length);
  }
  back_off.accepted(naf);
  back_off.refused(naf, "b", now);
  CHECK_FALSE(back_off.resting(naf, "b", now + seconds(5)));
}

TEST_CASE("when the card goes, requests under way end and channels close", "[IS-6][KEY-3]") {
  World world;
  Sink sink;
  REQUIRE(world.run(get(), sink));
  unsigned asked = 0;
  world.naf.serve = [&](const Received&) {
    ++asked;
    boost::asio::post(world.loop, [&] { world.card.pull(); });
    return Reply{"", false, true};
  };
  CHECK(code_of(world.run(get(), sink)) == ErrorCode::card_removed);
  CHECK(asked == 1);
  CHECK(world.gateway.channels().idle == 0);
  CHECK(world.gateway.channels().in_use == 0);
  CHECK(world.naf.open == 0);
  CHECK(world.naf.sessions_forgotten == 1);
  CHECK(code_of(world.run(get(), sink)) == ErrorCode::card_absent);
}

TEST_CASE("forget ends requests under way and closes channels; the next one starts anew",
          "[KEY-3]") {
  World world;
  Sink sink;
  REQUIRE(world.run(get(), sink));
  REQUIRE(world.gateway.channels().idle == 1);
  world.gateway.forget();
  REQUIRE(world.gateway.channels().idle == 0);
  REQUIRE(world.naf.open == 0);
  CHECK(world.naf.sessions_forgotten == 1);
  REQUIRE(world.run(get(), sink));
  const auto serve = world.naf.serve;
  unsigned asked = 0;
  world.naf.serve = [&](const Received&) {
    ++asked;
    boost::asio::post(world.loop, [&] { world.gateway.forget(); });
    return Reply{"", false, true};
  };
  CHECK(code_of(world.run(get(), sink)) == ErrorCode::ub_forgotten);
  CHECK(asked == 1);
  CHECK(world.gateway.channels().idle == 0);
  CHECK(world.gateway.channels().in_use == 0);
  CHECK(world.naf.open == 0);
  CHECK(world.naf.sessions_forgotten == 2);
  world.naf.serve = serve;
  CHECK(world.run(get(), sink));
}

TEST_CASE("a key that the card has lost is bootstrapped for once", "[UB-7][UA-4]") {
  World world;
  Sink sink;
  world.associations.lost_keys = 1;
  const auto report = world.run(put("<a/>"), sink);
  REQUIRE(report);
  CHECK(sink.head->status == 200);
  CHECK(world.associations.bootstrappings == 2);
  CHECK(report->b_tid == world.associations.live->b_tid());
  CHECK(report->round_trips == 2);

  World for_ever;
  for_ever.associations.lost_keys = 9;
  CHECK(code_of(for_ever.run(put("<a/>"), sink)) == ErrorCode::ub_gba_key_lost);
  CHECK(for_ever.associations.bootstrappings == 2);
  CHECK(for_ever.naf.received.size() == 1);
}

TEST_CASE("a key is asked for at a challenge, and not by requests that have one", "[UB-7][UA-2]") {
  World world;
  Sink sink;
  unsigned asked = 0;
  world.associations.on_key = [&] { ++asked; };
  for (int i = 0; i < 5; ++i) {
    REQUIRE(world.run(get(), sink));
  }
  CHECK(asked == 1);
}

TEST_CASE("a card that goes while it makes the key ends the request", "[UB-7][IS-6][KEY-3]") {
  World world;
  Sink sink;
  world.associations.on_key = [&] { world.card.pull(); };
  CHECK(code_of(world.run(put("<a/>"), sink)) == ErrorCode::card_removed);
  CHECK(world.naf.received.size() == 1);
  CHECK(world.naf.open == 0);
}

TEST_CASE("an association of another card is never used for this subscriber", "[KEY-3]") {
  World world;
  Sink sink;
  world.associations.epoch = 2;
  CHECK(code_of(world.run(put("<a/>"), sink)) == ErrorCode::card_identity_changed);
  CHECK(world.naf.received.size() == 1);
}

TEST_CASE("after an association ended its key is not used again", "[KEY-3]") {
  World world;
  Sink sink;
  REQUIRE(world.run(get(), sink));
  const auto old = world.associations.live->b_tid();
  world.associations.end();
  REQUIRE(world.run(get(), sink));
  CHECK(world.naf.received.back().parameter("username") != old);
  CHECK(world.naf.connections == 1);
  CHECK(world.associations.renegotiations == 0);
}

TEST_CASE("a NAF that does not answer in time is given up", "[UT-1]") {
  UaConfig config;
  config.sweep_period = std::chrono::milliseconds(5);
  World world(config);
  Sink sink;
  REQUIRE(world.run(get(), sink));
  world.naf.serve = [&](const Received&) {
    boost::asio::post(world.loop, [&] { world.clock.advance(std::chrono::seconds(31)); });
    return Reply{"", false, true};
  };
  CHECK(code_of(world.run(get(), sink)) == ErrorCode::network_timeout);
  // A timeout says nothing about the channel's death: no second try.
  CHECK(world.naf.connections == 1);
  CHECK(world.gateway.channels().in_use == 0);
}

TEST_CASE("an application that has gone ends its exchange alone", "[API-6]") {
  World world;
  Sink sink;
  sink.fail_header = Error{ErrorCode::network_closed, "application"};
  CHECK(code_of(world.run(get(), sink)) == ErrorCode::network_closed);
  Sink other;
  REQUIRE(world.run(get(), other));
}

TEST_CASE("others have their turns while an answer of many pieces is passed on", "[API-6]") {
  Greedy sink;
  World world;
  world.naf.chunked = true;  // by one octet
  world.naf.body = std::string(3000, 'x');
  world.naf.piece = GENERATE(37U, 16384U);
  bool done = false;
  const std::function<void()> other = [&] {
    sink.taken_in_turn = 0;
    if (!done) {
      boost::asio::post(world.loop, other);
    }
  };
  boost::asio::post(world.loop, other);
  bool answered = false;
  auto request = get();
  boost::asio::co_spawn(world.loop, world.gateway.exchange(std::move(request), sink),
                        [&](std::exception_ptr, const Result<ports::UtReport>& result) {
                          done = true;
                          answered = result.has_value();
                        });
  while (!done && world.loop.run_one_for(std::chrono::seconds(5)) > 0) {
  }
  CHECK(answered);
  CHECK(sink.taken == world.naf.body.size());
  CHECK(sink.most_in_turn <= 32);
}

TEST_CASE("a stopped gateway takes nothing", "[KEY-3]") {
  World world;
  Sink sink;
  REQUIRE(world.run(get(), sink));
  world.gateway.stop();
  CHECK(world.naf.open == 0);
  CHECK(code_of(world.run(get(), sink)) == ErrorCode::shutting_down);
}

TEST_CASE("a gateway that goes answers who waits for a channel", "[KEY-3]") {
  World world;
  std::optional<Gateway> gateway(std::in_place, world.loop.get_executor(), UaConfig(), world.card,
                                 world.associations, world.naf, world.random, world.clock);
  world.naf.on_connected = [&gateway] { gateway.reset(); };
  Sink sink;
  std::optional<Result<ports::UtReport>> result;
  auto request = get();
  boost::asio::co_spawn(
      world.loop, gateway->exchange(std::move(request), sink),
      [&result](std::exception_ptr, Result<ports::UtReport> given) { result = std::move(given); });
  world.loop.run_for(std::chrono::seconds(5));
  REQUIRE(result.has_value());
  CHECK(code_of(*result) == ErrorCode::shutting_down);
  CHECK(world.naf.received.empty());
}

TEST_CASE("no copy of Authorization stays in the request buffer", "[KEY-4]") {
  // The buffer lives in the channel; what the NAF saw must not be readable there afterwards.
  UaConfig config;
  NafAddress address{kNaf, 443};
  boost::asio::io_context loop;
  FakeClock clock;
  FakeRandom random;
  FakeAssociations associations(clock);
  FakeNaf naf(loop, associations);
  FakeCard card;
  Shared shared{.config = config,
                .cards = card,
                .associations = associations,
                .pool = ChannelPool::create(loop.get_executor(), naf, config, clock),
                .back_off = BackOff(config.first_back_off, config.longest_back_off),
                .random = random,
                .clock = clock};
  Sink sink;
  auto identity = std::make_shared<const isim::Identity>(card.identity);
  Exchange exchange(shared, put("<a/>"), sink, {1, identity}, kImpu);
  std::string left;
  boost::asio::co_spawn(
      loop,
      [](Exchange& of, Shared& with, NafAddress to, std::string& out) -> ports::Task<void> {
        const auto report = co_await of.run();
        if (report) {
          const auto lease = co_await with.pool->acquire(to, "app", ChannelWanted::any);
          out = (*lease)->out;
        }
      }(exchange, shared, address, left),
      [](std::exception_ptr thrown) {
        if (thrown) {
          std::rethrow_exception(thrown);
        }
      });
  loop.run_for(std::chrono::seconds(2));
  CHECK(left.find("PUT /") == 0);
  const auto response = naf.received.back().parameter("response");
  REQUIRE(response.size() == 32);
  CHECK(left.find(response) == std::string::npos);
  CHECK(left.find("username") == std::string::npos);
}

TEST_CASE("in another network idle channels that begin elsewhere are closed", "[UT-1]") {
  World world;
  Sink sink;
  REQUIRE(world.run(get(), sink));
  REQUIRE(world.naf.connections == 1);
  SECTION("not those that a new one would equal") {
    world.gateway.network_changed();
    CHECK(world.naf.open == 1);
  }
  SECTION("those that would start from another address") {
    world.naf.path = GENERATE(net::Path::other, net::Path::gone);
    world.gateway.network_changed();
    CHECK(world.naf.open == 0);
    world.naf.path = net::Path::same;
    Sink next;
    REQUIRE(world.run(get(), next));
    CHECK(world.naf.connections == 2);
  }
}

TEST_CASE("a request on a channel whose address has gone goes on over another one", "[UT-1]") {
  UaConfig config;
  config.sweep_period = std::chrono::milliseconds(10);
  World world(config);
  Sink sink;
  const bool gone = GENERATE(true, false);
  world.naf.path = gone ? net::Path::gone : net::Path::other;
  unsigned requests = 0;
  world.naf.serve = [&](const Received& request) {
    if (++requests > 1) {
      return world.naf.answer(request);
    }
    // The first answer never comes: its way is gone.
    boost::asio::post(world.loop, [&] {
      world.gateway.network_changed();
      world.naf.path = net::Path::same;
      world.clock.advance(std::chrono::minutes(5));
    });
    return Reply{.octets = {}, .close = false, .silent = true};
  };
  const auto result = world.run(get(), sink);
  if (gone) {
    REQUIRE(result);
    CHECK(sink.head->status == 200);
    CHECK(world.naf.connections == 2);
  } else {
    // A way that may still work is left to its time.
    REQUIRE_FALSE(result);
    CHECK(result.error().code == ErrorCode::network_timeout);
    CHECK(world.naf.connections == 1);
  }
}

TEST_CASE("another network does not end the rest of a NAF that refused", "[UA-4]") {
  World world;
  world.naf.refuse_always = true;
  Sink sink;
  REQUIRE_FALSE(world.run(get(), sink));
  world.naf.refuse_always = false;
  world.gateway.network_changed();
  const auto again = world.run(get(), sink);
  REQUIRE_FALSE(again);
  CHECK(again.error().code == ErrorCode::ua_backing_off);
}

}  // namespace ut::ua::test
