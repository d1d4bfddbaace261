// The resources of the control socket, asked as the server asks them.
#include "agent/daemon/owner_desk.h"
#include "base/encoding.h"
#include "base/log.h"
#include "tests/support/catch.h"
#include "tests/support/fake_ports.h"

#include <boost/asio/io_context.hpp>
#include <nlohmann/json.hpp>

#include <stdlib.h>

#include <filesystem>
#include <memory>
#include <string>

using namespace ut;
using namespace ut::daemon;
using local::hash_token;
using nlohmann::json;

namespace {

struct NoAgent final : control::WholeAgent {
  control::Overview overview() const override { return {}; }
  void forget(std::string_view) override {}
};

class Desk {
 public:
  explicit Desk(std::string more = {}) {
    log::set_level(log::Level::error);
    std::string name = std::filesystem::temp_directory_path() / "desk-XXXXXX";
    REQUIRE(::mkdtemp(name.data()) != nullptr);
    folder = name;
    auto parsed = parse_config(
        "[[socket]]\nname = \"apps\"\npath = \"/tmp/apps.sock\"\n"
        "[tokens]\nfile = \"" +
        name +
        "/tokens\"\n"
        "[[application]]\nname = \"made\"\nmade_tokens = true\n"
        "[[application]]\nname = \"plain\"\nusers = [\"1000\"]\n" +
        more);
    INFO((parsed ? std::string() : to_text(parsed.error())));
    REQUIRE(parsed);
    config = *std::move(parsed);
    open();
  }
  ~Desk() { std::filesystem::remove_all(folder); }

  void open() {
    auto opened = OwnerDesk::open(config, server, clock);
    REQUIRE(opened);
    desk = *std::move(opened);
    service = std::make_unique<control::Service>(control::ControlConfig{}, agent,
                                                 std::vector<control::SubscriberPorts>(1), clock);
    desk->serve(*service);
  }

  // The answer, or the name of the problem.
  json ask(std::string path, const json& body = {}) {
    auto answer =
        test::run(io, service->answer({.door = ports::Door::control,
                                       .path = std::move(path),
                                       .body = body.is_null() ? std::string() : body.dump()}));
    return answer ? json::parse(as_text(answer->expose())) : json(name(answer.error().code));
  }

  std::filesystem::path folder;
  boost::asio::io_context io;
  test::FakeClock clock;
  AgentConfig config;
  std::unique_ptr<local::Server> server;
  NoAgent agent;
  std::unique_ptr<OwnerDesk> desk;
  std::unique_ptr<control::Service> service;
};

}  // namespace

TEST_CASE("a token is made by its digest, listed without it and revoked", "[API-2]") {
  Desk desk;
  const auto hash = hash_token("token");
  const json wanted = {{"application", "made"}, {"sha256", to_hex(hash)}};
  const auto made = desk.ask("/tokens/make", wanted);
  CHECK(made["id"] == token_id(hash));
  CHECK(made["application"] == "made");
  REQUIRE(desk.desk->applications().size() == 2);
  CHECK(desk.desk->applications()[0].made_tokens == std::vector{hash});
  CHECK(desk.desk->applications()[1].made_tokens.empty());
  const auto listed = desk.ask("/tokens");
  CHECK(listed["tokens"] == json::array({made}));
  CHECK(listed.dump().find(to_hex(hash)) == std::string::npos);
  CHECK(desk.ask("/tokens/make", wanted) == "request-body-malformed");

  desk.open();
  CHECK(desk.desk->applications()[0].made_tokens == std::vector{hash});
  CHECK(desk.ask("/tokens/revoke", {{"id", made["id"]}})["application"] == "made");
  CHECK(desk.desk->applications()[0].made_tokens.empty());
  CHECK(desk.ask("/tokens")["tokens"] == json::array());
  CHECK(desk.ask("/tokens/revoke", {{"id", made["id"]}}) == "request-body-malformed");
}

TEST_CASE("no token is made for an application that takes none", "[API-2]") {
  Desk desk;
  for (const json& body :
       {json{{"application", "plain"}, {"sha256", std::string(64, 'a')}},
        json{{"application", "nobody"}, {"sha256", std::string(64, 'a')}},
        json{{"application", "made"}, {"sha256", "abc"}}, json{{"application", "made"}},
        json{{"application", "made"}, {"sha256", std::string(64, 'a')}, {"x", 1}},
        json{{"application", 1}, {"sha256", std::string(64, 'a')}}, json::array()}) {
    INFO(body.dump());
    CHECK(desk.ask("/tokens/make", body) == "request-body-malformed");
  }
  CHECK(desk.ask("/tokens")["tokens"].empty());
}

TEST_CASE("the resources of the desk are at the control socket alone", "[API-2]") {
  const Desk desk;
  for (const char* path : {"/tokens", "/tokens/make", "/tokens/revoke"}) {
    INFO(path);
    CHECK_FALSE(desk.service->methods_of(ports::Door::control, path).empty());
    CHECK(desk.service->methods_of(ports::Door::application, path).empty());
  }
}
