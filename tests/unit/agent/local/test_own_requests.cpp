#include "agent/local/own_path.h"
#include "base/encoding.h"
#include "tests/support/catch.h"
#include "tests/unit/agent/local/test_server.h"

#include <unistd.h>

#include <string>
#include <vector>

using namespace ut;
using namespace ut::local;
using namespace ut::local::test;

namespace {

std::optional<std::string> path_of(std::string_view target, const char* host) {
  const auto path =
      own_path(target, host != nullptr ? std::optional<std::string_view>(host) : std::nullopt);
  return path ? *path : std::optional<std::string>("error");
}

std::string own(std::string_view request_line, std::string_view body = {},
                std::string_view fields = {}) {
  return std::string(request_line) + " HTTP/1.1\r\nHost: ut-agent\r\n" + std::string(fields) +
         "Content-Length: " + std::to_string(body.size()) + "\r\n\r\n" + std::string(body);
}

std::string token_field() {
  return "Proxy-Authorization: Basic " + to_base64(as_bytes("tcp-app:secret")) + "\r\n";
}

}  // namespace

TEST_CASE("the agent's own host name is told from every NAF's", "[KEY-5][API-1]") {
  CHECK(path_of("/keys", "ut-agent") == "/keys");
  CHECK(path_of("/keys?x=y", "UT-Agent:80") == "/keys?x=y");
  CHECK(path_of("http://ut-agent/keys", "ut-agent") == "/keys");
  CHECK(path_of("HTTP://ut-agent:80/keys", nullptr) == "/keys");
  CHECK(path_of("http://ut-agent", "ut-agent") == "/");
  CHECK(path_of("http://ut-agent/keys", "xcap.home1.net") == "error");
  for (const char* host : {"ut-agent.home1.net", "xut-agent", "ut-agent.", "ut-agent:443",
                           "user@ut-agent", "", "xcap.home1.net"}) {
    INFO(host);
    CHECK(path_of("/keys", host) == std::nullopt);
    CHECK(path_of("http://" + std::string(host) + "/keys", "xcap.home1.net") == std::nullopt);
  }
  CHECK(path_of("/keys", nullptr) == std::nullopt);
  CHECK(path_of("https://ut-agent/keys", "ut-agent") == std::nullopt);
  CHECK(path_of("*", "ut-agent") == std::nullopt);
}

TEST_CASE("a request to the agent itself arrives with its caller and its body", "[KEY-5][API-2]") {
  TestServer server;
  auto client = server.connect();
  const auto answer = client.send(own("POST /keys", "{}")).receive();
  CHECK(answer.status == 200);
  CHECK(answer.body == "{\"answer\":42}\n");
  CHECK(answer.has("Content-Type: application/json\r\n"));
  CHECK(answer.has("Cache-Control: no-store\r\n"));
  CHECK(client.send(own("POST http://ut-agent/keys", "{}")).receive().status == 200);
  const auto requests = server.own.requests();
  REQUIRE(requests.size() == 2);
  CHECK(requests[0].door == ports::Door::application);
  CHECK(requests[0].path == "/keys");
  CHECK(requests[0].body == "{}");
  CHECK(requests[0].application == "app");
  CHECK(requests[0].uid == ::geteuid());
  CHECK(requests[1].path == "/keys");
  CHECK(server.gateway.requests().empty());
}

TEST_CASE("over TCP nothing of the agent itself is served, token or not", "[KEY-5]") {
  TestServer server;
  auto client = server.connect_tcp();
  const auto with_token = own("POST /keys", "{}", token_field());
  CHECK(problem_of(client.send(with_token).receive()) == "policy-tcp-denied");
  auto other = server.connect_tcp();
  CHECK(problem_of(other.send(own("POST /keys", "{}")).receive()) == "policy-token-wrong");
  auto proxied = server.connect_tcp();
  CHECK(problem_of(proxied.send(own("GET http://ut-agent/status", {}, token_field())).receive()) ==
        "policy-tcp-denied");
  CHECK(server.own.requests().empty());
  CHECK(server.counters().denied == 3);
}

TEST_CASE("a web page gets no key and no status", "[KEY-5][API-5]") {
  TestServer server;
  for (const char* field :
       {"Origin: https://evil.net\r\n", "Sec-Fetch-Mode: no-cors\r\n", "Cookie: a=b\r\n"}) {
    auto client = server.connect();
    CHECK(problem_of(client.send(own("POST /keys", "{}", field)).receive()) == "policy-web-page");
    auto owner = server.connect_control();
    CHECK(problem_of(owner.send(own("GET /status", {}, field)).receive()) == "policy-web-page");
  }
  CHECK(server.own.requests().empty());
}

TEST_CASE("a caller that is no application gets no key", "[KEY-5][API-2]") {
  TestServer server({}, [](LocalConfig& config) { config.applications[0].uids = {4711}; });
  auto client = server.connect();
  CHECK(problem_of(client.send(own("POST /keys", "{}")).receive()) == "policy-unknown-application");
  CHECK(server.own.requests().empty());
}

TEST_CASE("each door has its own resources", "[KEY-5][API-4]") {
  TestServer server;
  auto client = server.connect();
  auto owner = server.connect_control();
  CHECK(owner.send(own("GET /status")).receive().body == "{\"answer\":42}\n");
  CHECK(owner.send(own("HEAD /status")).receive(true).has("Content-Length: 14\r\n"));
  CHECK(owner.send(own("POST /forget")).receive().status == 200);
  CHECK(server.own.requests().size() == 3);
  for (const auto& request : server.own.requests()) {
    CHECK(request.door == ports::Door::control);
    CHECK(request.application.empty());
    CHECK(request.uid == ::geteuid());
  }
  for (const char* line : {"GET /status", "POST /forget", "GET /", "POST /keys/", "POST /keys?a=b",
                           "GET //keys", "POST /%6beys"}) {
    INFO(line);
    const auto answer = client.send(own(line)).receive();
    CHECK(problem_of(answer) == "request-resource-unknown");
    CHECK(answer.has("HTTP/1.1 404 Not Found\r\n"));
  }
  CHECK(problem_of(owner.send(own("GET /status/")).receive()) == "request-resource-unknown");
  CHECK(problem_of(owner.send(own("POST /keys", "{}")).receive()) == "request-resource-unknown");
  CHECK(server.own.requests().size() == 3);
  CHECK(server.counters().requests == 7);  // the owner's are not counted
}

TEST_CASE("a wrong method is told those that there are", "[API-4]") {
  TestServer server;
  auto client = server.connect();
  const auto keys = client.send(own("GET /keys")).receive();
  CHECK(problem_of(keys) == "request-method-refused");
  CHECK(keys.has("Allow: POST\r\n"));
  auto owner = server.connect_control();
  for (const char* method : {"POST", "DELETE", "PATCH", "GETX", "HEA"}) {
    const auto answer = owner.send(own(std::string(method) + " /status")).receive();
    INFO(method);
    CHECK(problem_of(answer) == "request-method-refused");
    CHECK(answer.has("Allow: GET, HEAD\r\n"));
  }
  CHECK(owner.send(own("HEAD /forget")).receive(true).status == 405);
  CHECK(server.own.requests().empty());
}

TEST_CASE("the control socket carries nothing to a NAF", "[API-1][UT-1]") {
  TestServer server;
  auto owner = server.connect_control();
  CHECK(problem_of(owner.send(get(kOwnDocument)).receive()) == "request-host-invalid");
  CHECK(problem_of(owner.send("GET http://xcap.home1.net/ HTTP/1.1\r\nHost: ut-agent\r\n\r\n")
                       .receive()) == "request-host-invalid");
  CHECK(server.gateway.requests().empty());
  CHECK(server.own.requests().empty());
}

TEST_CASE("the body of a request to the agent itself is small", "[KEY-5][API-6]") {
  TestServer server;
  const std::string most(4096, 'x');
  auto client = server.connect();
  CHECK(client.send(own("POST /keys", most)).receive().status == 200);
  CHECK(problem_of(client.send(own("POST /keys", most + "x")).receive()) == "limit-body");
  auto chunked = server.connect();
  chunked.send(
      "POST /keys HTTP/1.1\r\nHost: ut-agent\r\nTransfer-Encoding: chunked\r\n\r\n1001\r\n" + most +
      "x\r\n0\r\n\r\n");
  CHECK(problem_of(chunked.receive()) == "limit-body");
  CHECK(server.own.requests().size() == 1);
}

TEST_CASE("what the agent itself refuses is a problem document", "[API-4][KEY-5]") {
  TestServer server;
  server.own.set_error({ErrorCode::policy_key_denied, "test", {}, "no grant"});
  auto client = server.connect();
  const auto answer = client.send(own("POST /keys", "{}")).receive();
  CHECK(problem_of(answer) == "policy-key-denied");
  CHECK(answer.status == 403);
  CHECK(client.send(own("POST /keys", "{}")).receive().status == 403);  // the connection goes on
  CHECK(server.counters().denied == 2);
}

TEST_CASE("an answer is gone from locked memory once it is sent", "[KEY-4][KEY-5]") {
  TestServer server;
  auto client = server.connect();
  CHECK(client.send(own("POST /keys", "{}")).receive().status == 200);
  (void)server.counters();  // the loop has done what it had to do
  const auto before = locked_memory::in_use();
  for (int i = 0; i < 20; ++i) {
    CHECK(client.send(own("POST /keys", "{}")).receive().status == 200);
  }
  (void)server.counters();
  CHECK(locked_memory::in_use() == before);
}

TEST_CASE("applications cannot use up the owner's connections, nor the owner without end",
          "[API-6]") {
  TestServer server({}, [](LocalConfig& config) {
    config.limits.connections = 4;
    config.limits.connections_per_uid = 2;
  });
  std::vector<Client> applications;
  for (int i = 0; i < 3; ++i) {
    applications.push_back(server.connect());
  }
  CHECK(problem_of(applications.back().receive()) == "limit-connections");
  std::vector<Client> owners;
  for (int i = 0; i < 17; ++i) {
    owners.push_back(server.connect_control());
  }
  CHECK(owners.front().send(own("GET /status")).receive().status == 200);
  CHECK(owners[15].send(own("GET /status")).receive().status == 200);
  CHECK(problem_of(owners[16].receive()) == "limit-connections");
  owners.clear();
  // Those of the owner are none of the applications'.
  CHECK(applications.front().send(get(kOwnDocument)).receive().status == 200);
  CHECK(server.connect_tcp().send(get(kOwnDocument, token_field())).receive().status != 503);
}

TEST_CASE("events are streamed at the control socket alone, until the server drains",
          "[API-2][API-6]") {
  TestServer server;
  auto client = server.connect_control();
  client.send("GET /events HTTP/1.1\r\nHost: ut-agent\r\n\r\n");
  while (client.rest().find("data: 2\n\n") == std::string::npos) {
    REQUIRE(client.read_some());
  }
  CHECK(client.rest().starts_with("HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\n"));
  CHECK(problem_of(
            server.connect().send("GET /events HTTP/1.1\r\nHost: ut-agent\r\n\r\n").receive()) ==
        "request-resource-unknown");
  CHECK(problem_of(server.connect_control().send(own("POST /events")).receive()) ==
        "request-method-refused");
  server.drain(std::chrono::seconds(30));
  CHECK(client.ended());
  server.wait_drained();
}

TEST_CASE("an application without AUIDs is not told whose documents there are", "[XC-1][API-3]") {
  TestServer server;
  auto client = server.connect();
  CHECK(client.send(own("GET /xcap")).receive().status == 200);
  TestServer other({}, [](LocalConfig& config) { config.applications[0].auids.clear(); });
  auto stranger = other.connect();
  CHECK(problem_of(stranger.send(own("GET /xcap")).receive()) == "policy-path-denied");
  CHECK(other.own.requests().empty());
}
