// Conversations: the service on the real association manager, with a BSF and a card that obey.
#include "agent/control/service.h"

#include "agent/gba/security_association.h"
#include "agent/ub/association_manager.h"
#include "base/encoding.h"
#include "base/log.h"
#include "tests/support/catch.h"
#include "tests/support/fake_bsf.h"
#include "tests/support/fake_ports.h"
#include "tests/support/own_answer.h"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>

#include <nlohmann/json.hpp>

#include <optional>
#include <string>
#include <string_view>
#include <tuple>
#include <utility>
#include <vector>

using namespace ut;
using namespace ut::control;
using namespace std::chrono_literals;
namespace asio = boost::asio;
using nlohmann::json;
using ports::Door;
using ports::OwnRequest;
using test::FakeBsf;

namespace {

constexpr const char* kNaf = "kms.home1.net";
constexpr const char* kUa = "0100000006";

ControlConfig granted() {
  ControlConfig config;
  config.key_grants = {{"kms", {kNaf}, {gba::UaProtocolId::from_text(kUa).value()}}};
  return config;
}

// Gives one association and shows another as the live one.
struct FixedAssociations final : ports::AssociationSource {
  ports::Association current() const override { return live; }
  ports::Task<Result<ports::Association>> obtain(ports::Cause /*cause*/ = {}) override {
    co_return obtained;
  }
  ports::Task<Result<ports::Association>> renegotiate(ports::Association,
                                                      ports::Cause /*cause*/ = {}) override {
    co_return obtained;
  }
  ports::Task<Result<gba::KsNaf>> ks_naf(ports::Association, gba::NafId,
                                         ports::Cause /*cause*/ = {}) override {
    if (lost_keys > 0) {
      --lost_keys;
      co_return fail(ErrorCode::ub_gba_key_lost, "NAF derivation");
    }
    co_return *gba::KsNaf::from(Bytes(32, 0x5a));
  }
  void on_association_gone(std::function<void(const std::string&)>) override {}

  ports::Association live;
  ports::Association obtained;
  unsigned lost_keys = 0;
};

constexpr metrics::Family kMeasured{"measured", metrics::Kind::gauge, "Something."};

struct Agent final : WholeAgent {
  explicit Agent(ControlConfig config = granted())
      : service(std::move(config), *this,
                {{"default", &card, &associations}, {"work", &card, &work}}, clock) {
    log::set_level(log::Level::error);
  }

  void measure(metrics::Page& page) const override { page.add(kMeasured, {}, std::uint64_t{7}); }
  Overview overview() const override {
    Overview now{.subscribers = {shown, shown}, .sockets = sockets};
    now.subscribers[0].name = "default";
    now.subscribers[0].association = associations.status().association;
    now.subscribers[1].name = "work";
    now.subscribers[1].association = work.current();
    return now;
  }
  void forget(std::string_view subscriber) override {
    forgotten.emplace_back(subscriber);
    if (subscriber == "work") {
      work.live = nullptr;
    } else {
      associations.forget();
    }
  }

  Result<std::string> ask(Service& asked, OwnRequest request) {
    auto answer = test::run(io, test::body_of(asked.answer(std::move(request))));
    return answer ? Result<std::string>(std::string(as_text(answer->expose())))
                  : std::unexpected(answer.error());
  }
  Result<std::string> ask(OwnRequest request) { return ask(service, std::move(request)); }
  // Another service than the agent's own: with associations of the test's.
  Result<std::string> keys_of(Service& other);
  Result<std::string> keys(json body, std::string application = "kms") {
    return ask({.door = Door::application,
                .path = "/keys",
                .body = body.dump(),
                .application = std::move(application),
                .subscribers = subscribers});
  }
  Result<std::string> owner(std::string path, std::string body = {}) {
    return ask({.door = Door::control, .path = std::move(path), .body = std::move(body)});
  }
  // Lets everything happen that can happen now.
  void settle() {
    io.restart();
    while (io.poll() != 0) {
    }
  }

  asio::io_context io;
  test::FakeClock clock;
  test::FakeRandom random;
  test::FakeCardService card;
  FakeBsf bsf;
  test::FakeHttpClient http{io, [this](const ub::HttpRequest& request) {
                              return bsf.answer(as_text(request.authorization.expose()));
                            }};
  ub::AssociationManager associations{io.get_executor(), {}, card, http, clock, random};
  FixedAssociations work;
  Overview::Subscriber shown;
  Overview::Sockets sockets;
  std::vector<std::string> subscribers{"default"};  // for whom the application may act
  std::vector<std::string> forgotten;
  Service service;
};

ports::Association association_of(std::uint64_t epoch) {
  gba::SecurityAssociation::Parts parts;
  parts.b_tid = "b@bsf.home1.net";
  parts.epoch = epoch;
  parts.remaining = 1h;
  return std::make_shared<const gba::SecurityAssociation>(std::move(parts));
}

json wanted(json more = json::object()) {
  json body = {{"naf", kNaf}, {"ua_protocol_id", kUa}};
  body.update(more);
  return body;
}

Result<std::string> Agent::keys_of(Service& other) {
  return ask(other, {.path = "/keys", .body = wanted().dump(), .application = "kms"});
}

ErrorCode code_of(const Result<std::string>& answer) {
  REQUIRE_FALSE(answer.has_value());
  return answer.error().code;
}

json read(const Result<std::string>& answer) {
  if (!answer) {
    FAIL(to_text(answer.error()));
  }
  return json::parse(*answer);
}

// Ks_NAF as it must be for the challenge with this number.
std::string expected_key(std::uint8_t number) {
  const auto nonce = from_base64(FakeBsf::nonce(number)).value();
  const auto rand = isim::Rand::from(ByteView(nonce).first(16)).value();
  const auto aka = test::fake_aka(rand);
  const auto naf_id = gba::NafId::make(kNaf, gba::UaProtocolId::from_text(kUa).value()).value();
  return to_base64(
      gba::derive_ks_naf(gba::make_ks(aka.ck, aka.ik), rand, "user1_private@home1.net", naf_id)
          .expose());
}

}  // namespace

TEST_CASE("a granted application gets the key, bootstrapped for it where needed", "[KEY-5][UB-9]") {
  Agent agent;
  const auto first = read(agent.keys(wanted()));
  CHECK(first == json({{"naf", kNaf},
                       {"ua_protocol_id", kUa},
                       {"key_kind", "Ks_NAF"},
                       {"b_tid", FakeBsf::b_tid(1)},
                       {"expires", "2026-03-01T01:00:00Z"},
                       {"expires_in", 3600},
                       {"key", expected_key(1)}}));
  agent.clock.advance(10min);
  const auto second = read(agent.keys(wanted()));
  CHECK(second["key"] == first["key"]);
  CHECK(second["expires_in"] == 3000);
  CHECK(agent.http.requests() == 2);
  CHECK(agent.card.authentications() == 1);
}

TEST_CASE("without the key the rest is told", "[KEY-5]") {
  Agent agent;
  const auto answer = read(agent.keys(wanted({{"with_key", false}})));
  CHECK_FALSE(answer.contains("key"));
  CHECK(answer["b_tid"] == FakeBsf::b_tid(1));
}

TEST_CASE("a key stands in locked memory alone, in the answer and nowhere else", "[KEY-4][KEY-5]") {
  Agent agent;
  (void)agent.keys(wanted());
  const auto before = locked_memory::in_use();
  {
    const auto answer =
        test::run(agent.io, test::body_of(agent.service.answer(
                                {.path = "/keys", .body = wanted().dump(), .application = "kms"})));
    REQUIRE(answer.has_value());
    CHECK(as_text(answer->expose()).ends_with("\"key\":\"" + expected_key(1) + "\"}\n"));
    CHECK(locked_memory::in_use() > before);
  }
  CHECK(locked_memory::in_use() == before);
}

TEST_CASE("what is not granted costs no bootstrapping", "[KEY-5][UB-9]") {
  Agent off{ControlConfig{}};
  CHECK(code_of(off.keys(wanted())) == ErrorCode::policy_key_denied);
  Agent agent;
  CHECK(code_of(agent.keys(wanted(), "other")) == ErrorCode::policy_key_denied);
  CHECK(code_of(agent.keys(wanted({{"naf", "bmsc.home1.net"}}))) == ErrorCode::policy_key_denied);
  CHECK(code_of(agent.keys(wanted({{"with_key", false}}), "other")) ==
        ErrorCode::policy_key_denied);
  for (const char* id : {"0100000000", "0100000002", "0100000007", "0100000100", "0100011301"}) {
    CHECK(code_of(agent.keys(wanted({{"ua_protocol_id", id}}))) == ErrorCode::policy_key_reserved);
  }
  CHECK(code_of(agent.keys({{"naf", kNaf}})) == ErrorCode::request_body_malformed);
  CHECK(agent.http.requests() == 0);
  CHECK(agent.card.authentications() == 0);
  const auto keys = read(agent.owner("/status"))["keys"];
  CHECK(keys == json({{"given", 0}, {"refused", 9}}));
}

TEST_CASE("failures of card and BSF arrive as they are, and back off", "[KEY-5][UB-9][API-4]") {
  Agent agent;
  agent.card.set_error(Error{ErrorCode::card_absent, "test"});
  CHECK(code_of(agent.keys(wanted())) == ErrorCode::card_absent);
  agent.card.set_error(std::nullopt);
  agent.http.set_handler([](const ub::HttpRequest&) -> Result<ub::HttpResponse> {
    return fail(ErrorCode::ub_bsf_unreachable, "test");
  });
  CHECK(code_of(agent.keys(wanted())) == ErrorCode::ub_bsf_unreachable);
  CHECK(code_of(agent.keys(wanted())) == ErrorCode::ub_backing_off);
  CHECK(code_of(agent.keys(wanted({{"force_bootstrapping", true}}))) == ErrorCode::ub_backing_off);
}

TEST_CASE("a forced bootstrapping has its price", "[KEY-5][UA-4]") {
  Agent agent;
  const auto force = wanted({{"force_bootstrapping", true}});
  // Without an association there is nothing to replace.
  CHECK(read(agent.keys(force))["b_tid"] == FakeBsf::b_tid(1));
  // Younger than the minimum age.
  CHECK(code_of(agent.keys(force)) == ErrorCode::ua_backing_off);
  agent.clock.advance(31s);
  const auto renewed = read(agent.keys(force));
  CHECK(renewed["b_tid"] == FakeBsf::b_tid(2));
  CHECK(renewed["key"] == expected_key(2));
  // Old enough, but this application had its run.
  agent.clock.advance(30s);
  CHECK(read(agent.keys(force))["b_tid"] == FakeBsf::b_tid(3));
  agent.clock.advance(59s);
  CHECK(code_of(agent.keys(force)) == ErrorCode::ua_backing_off);
  CHECK(read(agent.keys(wanted()))["b_tid"] == FakeBsf::b_tid(3));
  agent.clock.advance(1s);
  CHECK(read(agent.keys(force))["b_tid"] == FakeBsf::b_tid(4));
  CHECK(agent.card.authentications() == 4);
}

TEST_CASE("a thousand forced requests in a minute cost three runs", "[KEY-5][UA-4]") {
  Agent agent;
  for (int i = 0; i < 1000; ++i) {
    (void)agent.keys(wanted({{"force_bootstrapping", true}}));
    agent.clock.advance(60ms);
  }
  CHECK(agent.card.authentications() <= 3);
}

TEST_CASE("a card that is swapped while the key is made gives no key of the one before",
          "[KEY-3][KEY-5][IS-6]") {
  Agent agent;
  agent.http.hold();
  std::optional<Result<SecretBytes>> answer;
  asio::co_spawn(agent.io,
                 test::body_of(agent.service.answer(
                     {.path = "/keys", .body = wanted().dump(), .application = "kms"})),
                 [&](std::exception_ptr, Result<SecretBytes> got) { answer = std::move(got); });
  agent.settle();
  isim::Identity other = *test::run(agent.io, agent.card.subscriber())->identity;
  other.impi = "user2_private@home1.net";
  agent.card.swap(other);
  agent.http.release();
  agent.settle();
  REQUIRE(answer.has_value());
  REQUIRE_FALSE(answer->has_value());
  CHECK(answer->error().code == ErrorCode::card_identity_changed);
}

TEST_CASE("an association of another card, or one that has gone, gives no key",
          "[KEY-3][KEY-5][IS-6]") {
  Agent agent;
  FixedAssociations fixed;
  Service service(granted(), agent, {{"default", &agent.card, &fixed}}, agent.clock);
  const auto outcome = [&] {
    const auto answer = agent.keys_of(service);
    return answer ? std::string("given") : std::string(name(answer.error().code));
  };
  fixed.obtained = fixed.live = association_of(agent.card.epoch());
  CHECK(outcome() == "given");
  fixed.live = nullptr;
  CHECK(outcome() == "ub-forgotten");
  fixed.live = association_of(agent.card.epoch());
  CHECK(outcome() == "ub-forgotten");
  fixed.obtained = fixed.live = association_of(agent.card.epoch() + 1);
  CHECK(outcome() == "card-identity-changed");
}

TEST_CASE("where the card keeps Ks the card makes the key, and a lost one is made anew once",
          "[KEY-5][UB-7]") {
  Agent agent;
  FixedAssociations fixed;
  Service service(granted(), agent, {{"default", &agent.card, &fixed}}, agent.clock);
  fixed.obtained = fixed.live = association_of(agent.card.epoch());
  const auto ask = [&] {
    const auto answer = agent.keys_of(service);
    return answer ? json::parse(*answer) : json{{"problem", name(answer.error().code)}};
  };
  const auto key = to_base64(Bytes(32, 0x5a));
  CHECK(ask()["key_kind"] == "Ks_ext_NAF");
  CHECK(ask()["key"] == key);
  fixed.lost_keys = 1;
  CHECK(ask()["key"] == key);
  fixed.lost_keys = 2;
  CHECK(ask()["problem"] == "ub-gba-key-lost");
  CHECK(fixed.lost_keys == 0);
}

TEST_CASE("forget deletes the association; the next key is another", "[KEY-3]") {
  Agent agent;
  CHECK(read(agent.owner("/forget")) == json({{"association", false}}));
  CHECK(read(agent.keys(wanted()))["b_tid"] == FakeBsf::b_tid(1));
  CHECK(read(agent.owner("/forget")) == json({{"association", true}}));
  CHECK(agent.forgotten == std::vector<std::string>{"default", "work", "default", "work"});
  CHECK(read(agent.owner("/status"))["subscribers"][0]["association"].is_null());
  CHECK(read(agent.keys(wanted()))["b_tid"] == FakeBsf::b_tid(2));
}

TEST_CASE("who waits for a key while all are forgotten gets none", "[KEY-3][KEY-5]") {
  Agent agent;
  agent.http.hold();
  std::optional<Result<SecretBytes>> answer;
  asio::co_spawn(agent.io,
                 test::body_of(agent.service.answer(
                     {.path = "/keys", .body = wanted().dump(), .application = "kms"})),
                 [&](std::exception_ptr, Result<SecretBytes> got) { answer = std::move(got); });
  agent.settle();
  CHECK(agent.owner("/forget").has_value());
  agent.http.release();
  agent.settle();
  REQUIRE(answer.has_value());
  REQUIRE_FALSE(answer->has_value());
  CHECK(answer->error().code == ErrorCode::ub_forgotten);
  CHECK(agent.associations.current() == nullptr);
}

TEST_CASE("the resources are where they belong", "[KEY-5]") {
  const Agent agent;
  CHECK(agent.service.methods_of(Door::control, "/status") == "GET, HEAD");
  CHECK(agent.service.methods_of(Door::control, "/forget") == "POST");
  CHECK(agent.service.methods_of(Door::application, "/keys") == "POST");
  CHECK(agent.service.methods_of(Door::control, "/keys").empty());
  CHECK(agent.service.methods_of(Door::application, "/status").empty());
  CHECK(agent.service.methods_of(Door::application, "/forget").empty());
  CHECK(agent.service.methods_of(Door::control, "").empty());
}

TEST_CASE("the owner has an association made anew, as seldom as applications", "[API-2][UA-4]") {
  Agent agent;
  const auto first = agent.owner("/bootstrap");
  REQUIRE(first);
  CHECK(json::parse(*first)["mode"] == "GBA_ME");
  CHECK(json::parse(*first)["seconds_left"] > 0);
  CHECK(agent.associations.status().runs == 1);
  CHECK(code_of(agent.owner("/bootstrap")) == ErrorCode::ua_backing_off);
  agent.clock.advance(1min);
  CHECK(agent.owner("/bootstrap"));
  CHECK(agent.associations.status().runs == 2);
  agent.clock.advance(29s);
  CHECK(code_of(agent.owner("/bootstrap")) == ErrorCode::ua_backing_off);
  CHECK(agent.associations.status().runs == 2);
  CHECK(code_of(agent.owner("/bootstrap", R"({"subscriber":"nobody"})")) ==
        ErrorCode::request_body_malformed);
  CHECK(agent.service.methods_of(Door::application, "/bootstrap").empty());
}

TEST_CASE("an application is told where the documents are of those for whom it may act",
          "[XC-1][API-2]") {
  Agent agent;
  const auto xcap = [&](std::vector<std::string> subscribers) {
    return agent.ask({.door = Door::application,
                      .path = "/xcap",
                      .application = "app",
                      .subscribers = std::move(subscribers)});
  };
  CHECK(read(xcap({"default"})) ==
        json::parse(R"({"subscribers":[{"name":"default","root":"http://xcap.home1.net/",)"
                    R"("root_from":"TS 23.003","identities":["sip:user1_public1@home1.net"]}]})"));
  CHECK(read(xcap({}))["subscribers"].size() == 1);
  CHECK(read(xcap({"default", "nobody"}))["subscribers"].size() == 1);
  CHECK(agent.service.methods_of(Door::control, "/xcap").empty());
  CHECK(agent.service.methods_of(Door::application, "/xcap") == "GET, HEAD");

  isim::Identity identity;
  identity.impi = "user@home1.net";
  identity.impus = {"sip:user@home1.net", "tel:+4916012345"};
  identity.xcap_root = "https://xcap.card.example";
  agent.card.set_identity(identity);
  const auto of_card = read(xcap({"default"}))["subscribers"][0];
  CHECK(of_card["root"] == "https://xcap.card.example/");
  CHECK(of_card["root_from"] == "card");
  CHECK(of_card["identities"] == json(identity.impus));

  Service configured({}, agent,
                     {{"default", &agent.card, &agent.associations, "http://xcap.lab.example/"}},
                     agent.clock);
  const auto answer = read(
      agent.ask(configured, {.door = Door::application, .path = "/xcap", .application = "app"}));
  CHECK(answer["subscribers"][0]["root"] == "http://xcap.lab.example/");

  agent.card.set_error(Error{ErrorCode::card_absent, "card"});
  CHECK(code_of(xcap({"default"})) == ErrorCode::card_absent);
  const auto both = read(xcap({"default", "work"}))["subscribers"];
  REQUIRE(both.size() == 2);
  CHECK(both[1]["problem"] == "urn:ut-agent:problem:card-absent");
  CHECK_FALSE(both[1].contains("root"));
}

TEST_CASE("what other parts answer is the owner's alone", "[API-2]") {
  Agent agent;
  agent.service.add(
      {"/more", "GET, POST", [](OwnRequest request) -> ports::Task<Result<ports::OwnAnswer>> {
         co_return SecretBytes::copy_of(as_bytes("more " + request.body));
       }});
  CHECK(agent.service.methods_of(Door::control, "/more") == "GET, POST");
  CHECK(agent.service.methods_of(Door::application, "/more").empty());
  CHECK(agent.service.methods_of(Door::monitor, "/more").empty());
  CHECK(agent.owner("/more", "body") == "more body");
}

TEST_CASE("a key is of the subscriber that is named, if the application may act for him",
          "[KEY-5][IS-7]") {
  Agent agent;
  agent.work.obtained = agent.work.live = association_of(agent.card.epoch());
  const auto of_work = wanted({{"subscriber", "work"}});
  CHECK(code_of(agent.keys(of_work)) == ErrorCode::policy_subscriber_denied);
  agent.subscribers = {"default", "work"};
  CHECK(read(agent.keys(wanted()))["b_tid"] == FakeBsf::b_tid(1));
  CHECK(read(agent.keys(of_work))["b_tid"] == "b@bsf.home1.net");
  agent.subscribers = {"work"};
  CHECK(read(agent.keys(wanted()))["b_tid"] == "b@bsf.home1.net");
  CHECK(code_of(agent.keys(wanted({{"subscriber", "default"}}))) ==
        ErrorCode::policy_subscriber_denied);
  agent.subscribers = {"default", "nobody"};
  CHECK(code_of(agent.keys(wanted({{"subscriber", "nobody"}}))) ==
        ErrorCode::policy_subscriber_denied);
}

TEST_CASE("one subscriber is forgotten, and the other stays", "[KEY-3][IS-7]") {
  Agent agent;
  agent.work.live = association_of(agent.card.epoch());
  (void)agent.keys(wanted());
  CHECK(read(agent.owner("/forget", R"({"subscriber": "work"})")) == json({{"association", true}}));
  CHECK(agent.forgotten == std::vector<std::string>{"work"});
  CHECK(agent.work.live == nullptr);
  CHECK(agent.associations.current() != nullptr);
  CHECK(read(agent.owner("/forget", R"({"subscriber": "work"})")) ==
        json({{"association", false}}));
  CHECK(code_of(agent.owner("/forget", R"({"subscriber": "nobody"})")) ==
        ErrorCode::request_body_malformed);
  CHECK(agent.forgotten.size() == 2);
}

TEST_CASE("the status tells how things stand, without personal data", "[KEY-6][UT-11]") {
  Agent agent;
  (void)agent.keys(wanted());
  agent.clock.advance(10min);
  agent.shown.card = {.state = "ready",
                      .reader = "Reader 0",
                      .epoch = 1,
                      .identity = test::run(agent.io, agent.card.subscriber())->identity};
  agent.shown.bootstrapping = {.running = true,
                               .runs = 3,
                               .failures = 2,
                               .last_failure = Error{ErrorCode::ub_timeout, "test"},
                               .retry_in = 7s};
  agent.shown.channels = {.idle = 1, .in_use = 2, .waiting = 3};
  agent.shown.nafs = {{.fqdn = "xcap.home1.net",
                       .port = 443,
                       .way = "certificate",
                       .passed_over = {"psk TLSv1.3: tls-psk-not-chosen"}}};
  agent.sockets = {
      .connections = 1, .accepted = 2, .turned_away = 3, .requests = 4, .denied = 5, .failed = 6};
  const auto text = agent.owner("/status").value();
  const auto document = json::parse(text);
  CHECK(document["subscribers"].size() == 2);
  CHECK(document["sockets"]["failed"] == 6);
  CHECK(document["keys"] == json({{"given", 1}, {"refused", 0}}));
  const auto& status = document["subscribers"][0];
  CHECK(status["name"] == "default");
  CHECK(status["card"]["state"] == "ready");
  CHECK(status["card"]["reader"] == "Reader 0");
  CHECK(status["card"]["last_error"].is_null());
  CHECK(status["card"]["subscriber"]["application"] == "ISIM");
  CHECK(status["card"]["subscriber"]["home_domain"] == "home1.net");
  CHECK(status["association"]["mode"] == "GBA_ME");
  CHECK(status["association"]["expires"] == "2026-03-01T01:00:00Z");
  CHECK(status["association"]["seconds_left"] == 3000);
  CHECK(status["bootstrapping"]["last_failure"]["code"] == "ub-timeout");
  CHECK(status["bootstrapping"]["retry_in"] == 7);
  CHECK(status["channels"] == json({{"idle", 1}, {"in_use", 2}, {"waiting", 3}}));
  CHECK(status["nafs"].dump() == R"([{"name":"xcap.home1.net","passed_over":)"
                                 R"(["psk TLSv1.3: tls-psk-not-chosen"],"port":443,)"
                                 R"("way":"certificate"}])");
  for (const std::string& personal :
       {std::string("user1"), std::string("8944000000"), FakeBsf::b_tid(1)}) {
    INFO(personal);
    CHECK(text.find(personal) == std::string::npos);
  }
  log::show_personal_data(true);
  const auto open = json::parse(agent.owner("/status").value())["subscribers"][0];
  log::show_personal_data(false);
  CHECK(open["association"]["b_tid"] == FakeBsf::b_tid(1));
  CHECK(open["card"]["subscriber"]["impi"] == "user1_private@home1.net");
  CHECK(open["card"]["subscriber"]["iccid"] == "89440000000000000001");
}

TEST_CASE("a status without card and association says so", "[KEY-6]") {
  Agent agent;
  agent.shown.card = {.state = "card-absent", .last_error = Error{ErrorCode::card_removed, "test"}};
  const auto status = read(agent.owner("/status"))["subscribers"][0];
  CHECK(status["card"]["subscriber"].is_null());
  CHECK(status["card"]["reader"].is_null());
  CHECK(status["card"]["last_error"]["code"] == "card-removed");
  CHECK(status["association"].is_null());
  CHECK(status["bootstrapping"]["last_failure"].is_null());
}

TEST_CASE("numbers and health are for the owner and the socket of metrics, and nobody else",
          "[API-8]") {
  Agent agent;
  for (const char* path : {"/metrics", "/health", "/ready"}) {
    INFO(path);
    CHECK(agent.service.methods_of(Door::control, path) == "GET, HEAD");
    CHECK(agent.service.methods_of(Door::monitor, path) == "GET, HEAD");
    CHECK(agent.service.methods_of(Door::application, path).empty());
  }
  for (const char* path : {"/status", "/forget", "/bootstrap", "/events", "/keys"}) {
    INFO(path);
    CHECK(agent.service.methods_of(Door::monitor, path).empty());
  }
}

TEST_CASE("a scrape has the numbers of all parts and of the key service", "[API-8]") {
  Agent agent;
  (void)agent.keys(wanted());
  const auto page = agent.owner("/metrics");
  REQUIRE(page);
  CHECK(page->find("\nmeasured 7\n") != std::string::npos);
  CHECK(page->find("ut_agent_keys_total{outcome=\"given\"} 1\n") != std::string::npos);
  CHECK(page->find("ut_agent_keys_total{outcome=\"refused\"} 0\n") != std::string::npos);
}

TEST_CASE("the agent is ready while each subscriber could be served", "[API-8]") {
  Agent agent;
  const auto ready = [&] {
    const auto answer = test::run(
        agent.io, test::told(agent.service.answer({.door = Door::monitor, .path = "/ready"})));
    REQUIRE(answer.body);
    auto document = json::parse(as_text(answer.body->expose()));
    CHECK(document["ready"] == (answer.status == 200));
    return std::pair(answer.status, std::move(document["subscribers"]));
  };
  auto [status, subscribers] = ready();
  CHECK(status == 200);
  CHECK(subscribers[0]["name"] == "default");
  CHECK(subscribers[0]["reasons"].empty());

  agent.card.set_error(Error{ErrorCode::pin_wrong, "VERIFY"});
  std::tie(status, subscribers) = ready();
  CHECK(status == 503);
  CHECK(subscribers[0]["reasons"][0]["type"] == "urn:ut-agent:problem:pin-wrong");
  CHECK(subscribers[0]["reasons"][0]["family"] == "pin");
  agent.card.set_error(std::nullopt);

  agent.shown.bootstrapping.last_failure = Error{ErrorCode::ub_bsf_unreachable, "connect"};
  std::tie(status, subscribers) = ready();
  CHECK(status == 503);
  CHECK(subscribers[1]["reasons"][0]["type"] == "urn:ut-agent:problem:ub-bsf-unreachable");
  // One whose keys live needs no BSF.
  agent.work.live = association_of(agent.card.epoch());
  (void)agent.keys(wanted());
  CHECK(ready().first == 200);
}
