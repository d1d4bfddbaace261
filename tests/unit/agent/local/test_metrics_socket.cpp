// The TCP socket of numbers and health, and the numbers of the server itself.
#include "agent/local/own_path.h"
#include "agent/local/request_counters.h"
#include "tests/support/catch.h"
#include "tests/unit/agent/local/test_server.h"

#include <chrono>
#include <string>
#include <vector>

using namespace ut;
using namespace ut::local;
using namespace ut::local::test;
using namespace std::chrono_literals;

namespace {

bool has(const std::string& text, std::string_view line) {
  return text.find(line) != std::string::npos;
}

}  // namespace

TEST_CASE("a name that somebody else's DNS may have is none of the loopback's", "[API-5][API-8]") {
  for (const char* host :
       {"127.0.0.1", "127.0.0.1:9464", "localhost", "LOCALHOST:9464", "[::1]", "[::1]:9464"}) {
    INFO(host);
    CHECK(is_loopback_authority(host));
  }
  for (const char* host :
       {"", "evil.example", "evil.example:9464", "localhost.evil.example", "127.0.0.1.evil.example",
        "127.0.0.2", "[::1", "::1", "localhost:9464:1", "x127.0.0.1", "[::2]"}) {
    INFO(host);
    CHECK_FALSE(is_loopback_authority(host));
  }
}

TEST_CASE("the socket of metrics has numbers for whoever names it by address", "[API-5][API-8]") {
  TestServer server;
  auto client = server.connect_metrics();
  const auto ask = [&](std::string_view line, std::string_view host, std::string_view fields = {}) {
    return client
        .send(std::string(line) + " HTTP/1.1\r\nHost: " + std::string(host) + "\r\n" +
              std::string(fields) + "\r\n")
        .receive();
  };
  CHECK(ask("GET /metrics", "127.0.0.1:9464").body == "{\"answer\":42}\n");
  CHECK(server.own.requests().at(0).door == ports::Door::monitor);
  CHECK(problem_of(ask("GET /metrics", "evil.example:9464")) == "request-host-invalid");
  CHECK(problem_of(ask("GET /metrics", "ut-agent")) == "request-host-invalid");
  CHECK(problem_of(ask("GET http://127.0.0.1/metrics", "127.0.0.1")) == "request-host-invalid");
  CHECK(problem_of(ask("GET /metrics", "127.0.0.1", "Origin: http://127.0.0.1\r\n")) ==
        "policy-web-page");
  CHECK(problem_of(ask("GET /status", "127.0.0.1")) == "request-resource-unknown");
  CHECK(problem_of(ask("POST /metrics", "127.0.0.1", "Content-Length: 0\r\n")) ==
        "request-method-refused");
  CHECK(server.own.requests().size() == 1);
  CHECK(server.gateway.requests().empty());
}

TEST_CASE("readers of numbers use up none of the applications' connections", "[API-6][API-8]") {
  TestServer server({}, [](LocalConfig& config) {
    config.limits.connections = 1;
    config.limits.connections_per_uid = 1;
  });
  std::vector<Client> readers;
  for (int i = 0; i < 8; ++i) {
    readers.push_back(server.connect_metrics());
  }
  CHECK(problem_of(server.connect_metrics().receive()) == "limit-connections");
  auto client = server.connect();
  CHECK(client.send(get(kOwnDocument)).receive().status == 200);
  const auto text = server.metrics();
  CHECK(has(text, "ut_agent_connections{of=\"applications\"} 1\n"));
  CHECK(has(text, "ut_agent_connections{of=\"metrics\"} 8\n"));
  CHECK(has(text, "{application=\"app\",method=\"GET\",status=\"2xx\",problem=\"none\"} 1\n"));
}

TEST_CASE("a body is counted while it is held", "[API-6][API-8]") {
  TestServer server;
  auto client = server.connect();
  client.send("PUT http://xcap.home1.net" + std::string(kOwnDocument) +
              " HTTP/1.1\r\nHost: xcap.home1.net\r\nContent-Length: 10\r\n\r\n12345");
  const auto holds = [&](std::string_view octets) {
    const auto end = std::chrono::steady_clock::now() + 2s;
    while (std::chrono::steady_clock::now() < end) {
      if (has(server.metrics(), "ut_agent_held_body_bytes " + std::string(octets) + "\n")) {
        return true;
      }
    }
    return false;
  };
  CHECK(holds("5"));
  CHECK(has(server.metrics(), "ut_agent_held_bodies 1\n"));
  client.send("67890");
  CHECK(client.receive().status == 200);
  CHECK(holds("0"));
}

TEST_CASE("requests are counted by what they are, whatever an application invents", "[API-8]") {
  RequestCounters counters;
  counters.count({.application = "app", .method = "GET", .status = 200, .duration = 1ms});
  counters.count({.application = "app", .method = "GET", .status = 204, .duration = 1ms});
  counters.count({.application = "app",
                  .method = "PUT",
                  .status = 403,
                  .problem = ErrorFamily::policy,
                  .duration = 1ms});
  counters.count(
      {.application = "", .method = "BREW", .status = 0, .problem = ErrorFamily::internal});
  counters.count({.application = "", .method = "", .status = 999, .problem = ErrorFamily::card});
  metrics::Page page;
  counters.measure(page);
  const auto text = page.text();
  CHECK(has(text, "{application=\"app\",method=\"GET\",status=\"2xx\",problem=\"none\"} 2\n"));
  CHECK(has(text, "{application=\"app\",method=\"PUT\",status=\"4xx\",problem=\"policy\"} 1\n"));
  CHECK(has(text,
            "{application=\"other\",method=\"other\",status=\"none\",problem=\"internal\"} 1\n"));
  CHECK(has(text, "{application=\"other\",method=\"other\",status=\"none\",problem=\"card\"} 1\n"));
  CHECK(has(text, "ut_agent_request_duration_seconds_count{application=\"app\"} 3\n"));
  CHECK_FALSE(has(text, "BREW"));
}
