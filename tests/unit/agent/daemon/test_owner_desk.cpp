// The resources of the control socket, asked as the server asks them.
#include "agent/daemon/owner_desk.h"
#include "base/encoding.h"
#include "base/log.h"
#include "tests/support/catch.h"
#include "tests/support/fake_ports.h"
#include "tests/support/own_answer.h"

#include <boost/asio/io_context.hpp>
#include <nlohmann/json.hpp>

#include <stdlib.h>

#include <filesystem>
#include <fstream>
#include <memory>
#include <string>

using namespace ut;
using namespace ut::daemon;
using local::hash_token;
using nlohmann::json;

namespace {

struct NoAgent final : control::WholeAgent {
  control::Overview overview() const override { return {}; }
  void measure(metrics::Page& /*page*/) const override {}
  void forget(std::string_view) override {}
};

class Desk {
 public:
  explicit Desk(std::string more = {}) {
    log::set_level(log::Level::error);
    std::string name = std::filesystem::temp_directory_path() / "desk-XXXXXX";
    REQUIRE(::mkdtemp(name.data()) != nullptr);
    folder = name;
    config_file = name + "/ut-agent.toml";
    write(text(more));
    auto parsed = load_config(config_file);
    INFO((parsed ? std::string() : to_text(parsed.error())));
    REQUIRE(parsed);
    config = *std::move(parsed);
    open();
  }
  ~Desk() { std::filesystem::remove_all(folder); }

  std::string text(const std::string& more = {}) const {
    return "[[socket]]\nname = \"apps\"\npath = \"/tmp/apps.sock\"\n[tokens]\nfile = \"" +
           folder.string() +
           "/tokens\"\n[[application]]\nname = \"made\"\nmade_tokens = true\n"
           "[[application]]\nname = \"plain\"\nusers = [\"1000\"]\n" +
           more;
  }
  void write(const std::string& content) const {
    std::ofstream(config_file, std::ios::trunc) << content;
  }

  void open() {
    service = std::make_unique<control::Service>(control::ControlConfig{}, agent,
                                                 std::vector<control::SubscriberPorts>(1), clock);
    auto opened = OwnerDesk::open({.loop = io.get_executor(),
                                   .config = config,
                                   .service = *service,
                                   .server = server,
                                   .cards = [](std::string_view) { return nullptr; },
                                   .clock = clock});
    REQUIRE(opened);
    desk = *std::move(opened);
  }

  // The answer, or the name of the problem.
  json ask(std::string path, const json& body = {}) {
    auto answer = test::run(
        io, test::body_of(service->answer({.door = ports::Door::control,
                                           .path = std::move(path),
                                           .body = body.is_null() ? std::string() : body.dump()})));
    return answer ? json::parse(as_text(answer->expose())) : json(name(answer.error().code));
  }

  std::filesystem::path folder;
  std::string config_file;
  boost::asio::io_context io;
  test::FakeClock clock;
  AgentConfig config;
  std::unique_ptr<local::Server> server;
  NoAgent agent;
  std::unique_ptr<control::Service> service;
  std::unique_ptr<OwnerDesk> desk;
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
  for (const char* path :
       {"/tokens", "/tokens/make", "/tokens/revoke", "/explain", "/reload", "/log-level"}) {
    INFO(path);
    CHECK_FALSE(desk.service->methods_of(ports::Door::control, path).empty());
    CHECK(desk.service->methods_of(ports::Door::application, path).empty());
  }
}

TEST_CASE("a reload changes who may do what, and tells what needs a restart", "[API-3]") {
  Desk desk;
  CHECK(desk.ask("/reload")["changed"].empty());
  desk.write(
      desk.text("methods = [\"GET\"]\n[card]\ntimeout = 5\n"
                "[[keys]]\napplication = \"plain\"\nnafs = [\"kms.home1.net\"]\n"
                "ua_protocol_ids = [\"0100000006\"]\n"));
  const json expected = {"[[application]] plain: methods", "[[keys]] plain (new)"};
  const auto planned = desk.ask("/reload", {{"dry_run", true}});
  CHECK(planned["changed"] == expected);
  CHECK(planned["needs_restart"] == json{"[card] timeout"});
  CHECK(desk.desk->applications()[1].methods.size() == 4);

  const auto done = desk.ask("/reload");
  CHECK(done["changed"] == expected);
  CHECK(done["dry_run"] == false);
  CHECK(desk.desk->applications()[1].methods == std::vector<std::string>{"GET"});
  const auto again = desk.ask("/reload");
  CHECK(again["changed"].empty());
  CHECK(again["needs_restart"] == json{"[card] timeout"});
  CHECK(desk.config.subscribers[0].card.timeout == std::chrono::seconds(3));
}

TEST_CASE("a file with mistakes changes nothing, and all of them are told", "[API-3]") {
  Desk desk;
  desk.write(desk.text("methods = [\"GET\"]\ncolour = \"red\"\nexecutables = 3\n"));
  auto answer = test::run(
      desk.io,
      test::body_of(desk.service->answer({.door = ports::Door::control, .path = "/reload"})));
  REQUIRE_FALSE(answer);
  CHECK(answer.error().code == ErrorCode::config_invalid);
  CHECK(answer.error().detail.find("application[1].colour") != std::string::npos);
  CHECK(answer.error().detail.find("application[1].executables") != std::string::npos);
  CHECK(desk.desk->applications()[1].methods.size() == 4);
  desk.write("[[[");
  CHECK(desk.ask("/reload") == "config-syntax");
  std::filesystem::remove(desk.config_file);
  CHECK(desk.ask("/reload") == "config-unreadable");
  CHECK(desk.ask("/reload", {{"dry_run", 1}}) == "request-body-malformed");
}

TEST_CASE("nobody acts for a subscriber who is not there before a restart", "[API-3][IS-7]") {
  Desk desk;
  desk.write(desk.text(
      "[[subscriber]]\nname = \"default\"\n[subscriber.card]\nreaders = [\"A\"]\n"
      "[[subscriber]]\nname = \"work\"\n[subscriber.card]\nreaders = [\"B\"]\n"
      "[[application]]\nname = \"both\"\nusers = [\"1\"]\nsubscribers = [\"work\", \"default\"]\n"
      "[[application]]\nname = \"work-only\"\nusers = [\"2\"]\nsubscribers = [\"work\"]\n"));
  const auto done = desk.ask("/reload");
  CHECK(done["left_out"].size() == 2);
  const auto now = desk.desk->applications();
  REQUIRE(now.size() == 3);
  CHECK(now[2].name == "both");
  CHECK(now[2].subscribers == std::vector<std::string>{"default"});
}

TEST_CASE("the log level is set by the owner and by the file when it changes there", "[API-2]") {
  Desk desk;
  CHECK(desk.ask("/log-level", {{"level", "trace"}})["level"] == "trace");
  CHECK(log::enabled(log::Level::trace));
  CHECK(desk.ask("/log-level", {{"level", "loud"}}) == "request-body-malformed");
  log::set_level(log::Level::error);
  desk.ask("/reload");
  CHECK_FALSE(log::enabled(log::Level::warning));
  desk.write(desk.text("[log]\nlevel = \"warning\"\n"));
  desk.ask("/reload");
  CHECK(log::enabled(log::Level::warning));
  CHECK_FALSE(log::enabled(log::Level::info));
  log::set_level(log::Level::error);
}

TEST_CASE("the desk explains by the applications of this moment", "[API-3]") {
  Desk desk;
  const json question = {{"method", "GET"}, {"url", "http://xcap.home1.net/x"}, {"uid", 1000}};
  CHECK(desk.ask("/explain", question)["rule"] == "nafs");
  desk.write(desk.text("nafs = [\"xcap.home1.net\"]\n"));
  desk.ask("/reload");
  CHECK(desk.ask("/explain", question)["rule"] == "own_xui_only");
}
