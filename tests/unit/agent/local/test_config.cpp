#include "agent/local/config.h"

#include "tests/support/catch.h"

#include <functional>

using ut::local::Application;
using ut::local::hash_token;
using ut::local::LocalConfig;
using ut::local::problems_of;

namespace {

LocalConfig good() {
  LocalConfig config;
  config.unix_sockets.push_back({.name = "main", .path = "/run/ut-agent/ut.sock"});
  Application application;
  application.name = "app";
  application.uids = {1000};
  application.nafs = {"xcap.home1.net", "*.home2.net"};
  application.methods = {"GET", "PUT"};
  config.applications.push_back(application);
  return config;
}

}  // namespace

TEST_CASE("a good configuration has no problems", "[API-2]") {
  CHECK(problems_of(good()).empty());
  auto tcp = good();
  tcp.tcp_sockets.push_back({.address = "::1"});
  Application application;
  application.name = "over-tcp";
  application.sockets = {"tcp"};
  application.token = hash_token("x");
  tcp.applications.push_back(application);
  CHECK(problems_of(tcp).empty());
}

TEST_CASE("each mistake in the configuration is named", "[API-1][API-2][API-6]") {
  using Change = std::function<void(LocalConfig&)>;
  const std::pair<const char*, Change> rows[] = {
      {"no socket is configured", [](LocalConfig& c) { c.unix_sockets.clear(); }},
      {"must not be empty, \"tcp\", \"control\" or \"metrics\"",
       [](LocalConfig& c) { c.unix_sockets[0].name = "tcp"; }},
      {"must be absolute", [](LocalConfig& c) { c.unix_sockets[0].path = "ut.sock"; }},
      {"longer than", [](LocalConfig& c) { c.unix_sockets[0].path = "/" + std::string(100, 'a'); }},
      {"outside of 0777", [](LocalConfig& c) { c.unix_sockets[0].mode = 04600; }},
      {"given twice", [](LocalConfig& c) { c.unix_sockets.push_back(c.unix_sockets[0]); }},
      {"127.0.0.1 or ::1", [](LocalConfig& c) { c.tcp_sockets.push_back({.address = "0.0.0.0"}); }},
      {"127.0.0.1 or ::1", [](LocalConfig& c) { c.tcp_sockets.push_back({.address = "::"}); }},
      {"given twice", [](LocalConfig& c) { c.applications.push_back(c.applications[0]); }},
      {"or hold ':'", [](LocalConfig& c) { c.applications[0].name = "a:b"; }},
      {"nothing tells who", [](LocalConfig& c) { c.applications[0].uids.clear(); }},
      {"no socket \"x\"", [](LocalConfig& c) { c.applications[0].sockets = {"x"}; }},
      {"needs a token", [](LocalConfig& c) { c.applications[0].sockets = {"tcp"}; }},
      {"the kernel tells no uid", [](LocalConfig& c) { c.applications[0].sockets = {"tcp"}; }},
      {"is none of GET", [](LocalConfig& c) { c.applications[0].methods = {"get"}; }},
      {"is not an FQDN", [](LocalConfig& c) { c.applications[0].nafs = {"XCAP.home1.net"}; }},
      {"is not an FQDN", [](LocalConfig& c) { c.applications[0].nafs = {"*"}; }},
      {"must begin with '/'", [](LocalConfig& c) { c.applications[0].roots = {"services"}; }},
      {"not end with one", [](LocalConfig& c) { c.applications[0].roots = {"/services/"}; }},
      {"must not be 0", [](LocalConfig& c) { c.limits.connections = 0; }},
      {"header_octets", [](LocalConfig& c) { c.limits.header_octets = 100; }},
      {"greater than 0", [](LocalConfig& c) { c.timeouts.idle = std::chrono::milliseconds(0); }},
  };
  for (const auto& [expected, change] : rows) {
    INFO(expected);
    auto config = good();
    change(config);
    std::string all;
    for (const auto& problem : problems_of(config)) {
      all += problem + "\n";
    }
    CHECK_THAT(all, Catch::Contains(expected));
  }
}

TEST_CASE("a control socket that others may use, or of an application, is refused", "[KEY-5]") {
  const auto with = [](ut::local::UnixSocketConfig socket) {
    auto config = good();
    config.control_socket = std::move(socket);
    return problems_of(config);
  };
  CHECK(with({.name = "control", .path = "/run/ut-agent/control.sock", .mode = 0660}).empty());
  for (const mode_t mode : {0601U, 0602U, 0604U, 0666U}) {
    const auto problems =
        with({.name = "control", .path = "/run/ut-agent/control.sock", .mode = mode});
    REQUIRE(problems.size() == 1);
    CHECK(problems[0].starts_with("control: the mode must leave others out"));
  }
  CHECK(with({.name = "control", .path = "control.sock"}).at(0) ==
        "control: the path must be absolute");
  auto config = good();
  config.unix_sockets.front().name = "control";
  CHECK(problems_of(config).at(0).find("must not be empty, \"tcp\", \"control\" or \"metrics\"") !=
        std::string::npos);
  config = good();
  config.control_socket = {.name = "control", .path = "/run/ut-agent/control.sock"};
  config.applications.front().sockets = {"control"};
  CHECK(problems_of(config).at(0).find("there is no socket \"control\"") != std::string::npos);
}
