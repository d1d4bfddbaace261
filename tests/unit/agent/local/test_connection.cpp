#include "base/encoding.h"
#include "tests/support/catch.h"
#include "tests/unit/agent/local/test_server.h"

#include <boost/asio/steady_timer.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <sys/syscall.h>
#include <unistd.h>

#include <atomic>
#include <memory>
#include <string>

using namespace std::chrono_literals;
using namespace ut::local::test;
using ut::ErrorCode;
using ut::Result;
using ut::local::LocalConfig;
using ut::ports::ResponseSink;
using ut::ports::Task;
using ut::ports::UtReport;
using ut::ports::UtRequest;
using ut::ports::UtResponseHeader;

namespace {

UtResponseHeader ok_header(std::optional<std::uint64_t> length) {
  UtResponseHeader header;
  header.status = 200;
  header.reason = "OK";
  header.headers = {{"ETag", "\"e1\""}, {"Content-Type", "text/plain"}};
  header.content_length = length;
  return header;
}

Task<void> pause(std::chrono::milliseconds time) {
  const auto executor = co_await boost::asio::this_coro::executor;
  boost::asio::steady_timer timer(executor, time);
  co_await timer.async_wait(boost::asio::use_awaitable);
}

// Gives the request back: method, target and body.
Task<Result<UtReport>> echo(UtRequest request, ResponseSink& sink) {
  const std::string text = request.method + " " + request.target + "\n" + request.body;
  auto header = ok_header(text.size());
  CO_TRY_VOID(sink.header(std::move(header)));
  CO_TRY_VOID(co_await sink.body(ut::as_bytes(text)));
  co_return UtReport{};
}

Task<Result<UtReport>> fail_at_once(UtRequest, ResponseSink&) {
  co_return ut::fail(ErrorCode::card_absent, "test", "reader 0");
}

Task<Result<UtReport>> slow(UtRequest request, ResponseSink& sink) {
  co_await pause(150ms);
  auto report = co_await echo(std::move(request), sink);
  co_return report;
}

std::string put(std::string_view body, std::string_view fields = {}) {
  return "PUT " + std::string(kOwnDocument) + " HTTP/1.1\r\nHost: xcap.home1.net\r\n" +
         std::string(fields) + "Content-Length: " + std::to_string(body.size()) + "\r\n\r\n" +
         std::string(body);
}

}  // namespace

TEST_CASE("origin form over a Unix socket reaches the gateway", "[API-1][API-2][XC-2]") {
  TestServer server;
  auto client = server.connect();
  const auto answer = client
                          .send(get("/pres-rules/users/sip:alice@home1.net/index/~~/a%5b1%5d?x=y",
                                    "If-Match: \"a\"\r\nAuthorization: Digest x\r\n"
                                    "X-3GPP-Asserted-Identity: \"sip:bob@home1.net\"\r\n"))
                          .receive();
  CHECK(answer.status == 200);
  CHECK(answer.body == "ok");
  const auto requests = server.gateway.requests();
  REQUIRE(requests.size() == 1);
  CHECK(requests[0].method == "GET");
  CHECK(requests[0].naf == "xcap.home1.net");
  CHECK(requests[0].port == 443);
  CHECK(requests[0].target == "/pres-rules/users/sip:alice@home1.net/index/~~/a%5b1%5d?x=y");
  CHECK(requests[0].headers == ut::ports::HeaderFields{{"If-Match", "\"a\""}});
  CHECK(requests[0].application == "app");
  CHECK(requests[0].body.empty());
  CHECK(requests[0].intended_identity.empty());
}

TEST_CASE("absolute form as a proxy client sends it", "[API-1]") {
  TestServer server;
  auto client = server.connect();
  for (const char* scheme : {"http", "https"}) {
    const auto target = std::string(scheme) + "://xcap.home1.net" + std::string(kOwnDocument);
    CHECK(client.send(get(target)).receive().status == 200);
  }
  CHECK(problem_of(client.send("GET http://xcap.home1.net/ HTTP/1.1\r\nHost: evil.net\r\n\r\n")
                       .receive()) == "request-host-invalid");
  CHECK(server.gateway.requests().size() == 2);
  CHECK(server.gateway.requests()[1].target == kOwnDocument);
}

TEST_CASE("the intended identity is taken and checked", "[UA-8][API-3]") {
  TestServer server;
  auto client = server.connect();
  const auto with = [&](const char* identity) {
    const auto fields = "X-3GPP-Intended-Identity: " + std::string(identity) + "\r\n";
    return problem_of(client.send(get(kOwnDocument, fields)).receive());
  };
  CHECK(with("\"sip:alice@home1.net\"") == "200");
  CHECK(server.gateway.requests()[0].intended_identity == "sip:alice@home1.net");
  CHECK(server.gateway.requests()[0].headers.empty());
  CHECK(with("\"sip:bob@home1.net\"") == "policy-identity-denied");
}

TEST_CASE("one connection carries many requests", "[API-1]") {
  TestServer server(echo);
  auto client = server.connect();
  for (int i = 0; i < 50; ++i) {
    const auto answer = client.send(put("body " + std::to_string(i))).receive();
    CHECK(answer.body == "PUT " + std::string(kOwnDocument) + "\nbody " + std::to_string(i));
  }
  CHECK(server.counters().accepted == 1);
  CHECK(server.counters().requests == 50);
}

TEST_CASE("pipelined requests are answered one by one and in order", "[API-1][API-6]") {
  TestServer server(echo);
  auto client = server.connect();
  std::string all;
  for (int i = 0; i < 20; ++i) {
    all += put(std::to_string(i)) + "\r\n";  // with the blank line that some clients add
  }
  client.send(all);
  for (int i = 0; i < 20; ++i) {
    CHECK(client.receive().body.ends_with("\n" + std::to_string(i)));
  }
}

TEST_CASE("a request in single octets is read", "[API-1]") {
  TestServer server(echo);
  auto client = server.connect();
  for (const char c : put("hello")) {
    client.send({&c, 1});
  }
  CHECK(client.receive().body.ends_with("hello"));
}

TEST_CASE("a body is held up to the limit", "[API-6]") {
  TestServer server(echo, [](LocalConfig& c) { c.limits.body_octets = 300'000; });
  const std::string large(300'000, 'x');
  auto client = server.connect();
  CHECK(client.send(put(large)).receive().body.ends_with(large));
  CHECK(problem_of(client.send(put(large + "y")).receive()) == "limit-body");
  CHECK(client.ended());
  auto chunked = server.connect();
  chunked.send("PUT " + std::string(kOwnDocument) +
               " HTTP/1.1\r\nHost: xcap.home1.net\r\nTransfer-Encoding: chunked\r\n\r\n");
  std::string chunk(0x1000, 'z');
  for (int i = 0; i < 80; ++i) {
    chunked.send("1000\r\n" + chunk + "\r\n");
  }
  CHECK(problem_of(chunked.receive()) == "limit-body");
  CHECK(server.gateway.requests().size() == 1);
}

TEST_CASE("a chunked body is joined for the gateway", "[API-6]") {
  TestServer server(echo);
  auto client = server.connect();
  client.send("PUT " + std::string(kOwnDocument) +
              " HTTP/1.1\r\nHost: xcap.home1.net\r\nTransfer-Encoding: chunked\r\n\r\n"
              "3\r\nabc\r\n2;x=y\r\nde\r\n0\r\nX: y\r\n\r\n" +
              get(kOwnDocument));
  CHECK(client.receive().body.ends_with("\nabcde"));
  CHECK(client.receive().body.ends_with("\n"));
}

TEST_CASE("a chunked body is the same in whatever pieces it is parsed", "[API-6]") {
  TestServer server(echo);
  auto client = server.connect();
  std::string chunks;
  std::string body;
  for (int i = 0; i < 5000; ++i) {
    body += static_cast<char>('a' + i % 26);
    chunks += std::string("1\r\n") + body.back() + "\r\n";
  }
  chunks += "3;x=" + std::string(6000, 'y') + "\r\nend\r\n";
  for (int i = 0; i < 3; ++i) {
    client.send("PUT " + std::string(kOwnDocument) +
                " HTTP/1.1\r\nHost: xcap.home1.net\r\nTransfer-Encoding: chunked\r\n\r\n" + chunks +
                "0\r\n\r\n" + get(kOwnDocument));
    CHECK(client.receive().body.ends_with("\n" + body + "end"));
    CHECK(client.receive().body.ends_with("\n"));
  }
}

TEST_CASE("100 Continue is sent when the body may come, and not otherwise", "[API-1]") {
  TestServer server(echo);
  auto client = server.connect();
  const std::string head = "PUT " + std::string(kOwnDocument) +
                           " HTTP/1.1\r\nHost: xcap.home1.net\r\nContent-Length: 5\r\n"
                           "Expect: 100-continue\r\n\r\n";
  client.send(head);
  CHECK(client.receive().status == 100);
  CHECK(client.send("hello").receive().body.ends_with("hello"));
  client.send(head + "12345");
  CHECK(client.receive().body.ends_with("12345"));
  client.send(
      "PUT /pres-rules/users/sip:bob@home1.net/i HTTP/1.1\r\nHost: xcap.home1.net\r\n"
      "Content-Length: 5\r\nExpect: 100-continue\r\n\r\n");
  CHECK(problem_of(client.receive()) == "policy-path-denied");
  CHECK(client.ended());
}

TEST_CASE("an answer of unknown length is chunked for 1.1 and ends the connection for 1.0",
          "[API-1]") {
  const auto stream = [](UtRequest, ResponseSink& sink) -> Task<Result<UtReport>> {
    auto header = ok_header({});
    CO_TRY_VOID(sink.header(std::move(header)));
    for (int i = 0; i < 3; ++i) {
      CO_TRY_VOID(co_await sink.body(ut::as_bytes("piece;")));
      co_await pause(5ms);
    }
    co_return UtReport{};
  };
  TestServer server(stream);
  auto client = server.connect();
  const auto answer = client.send(get(kOwnDocument)).receive();
  CHECK(answer.has("Transfer-Encoding: chunked"));
  CHECK(answer.body == "piece;piece;piece;");
  CHECK(client.send(get(kOwnDocument)).receive().body == "piece;piece;piece;");
  auto old = server.connect();
  old.send("GET " + std::string(kOwnDocument) +
           " HTTP/1.0\r\nHost: xcap.home1.net\r\nConnection: keep-alive\r\n\r\n");
  const auto whole = old.receive();
  CHECK(whole.has("Connection: close"));
  CHECK_FALSE(whole.has("Transfer-Encoding"));
  CHECK(whole.body == "piece;piece;piece;");
}

TEST_CASE("HTTP/1.0 with keep-alive and a known length", "[API-1]") {
  TestServer server;
  auto client = server.connect();
  const auto request = "GET " + std::string(kOwnDocument) + " HTTP/1.0\r\nHost: xcap.home1.net\r\n";
  CHECK(client.send(request + "Connection: keep-alive\r\n\r\n")
            .receive()
            .has("Connection: keep-alive"));
  CHECK(client.send(request + "\r\n").receive().has("Connection: close"));
  CHECK(client.ended());
}

TEST_CASE("HEAD, 204 and 304 have no body", "[API-1]") {
  std::atomic<unsigned> status = 200;
  const auto answer = [&status](UtRequest, ResponseSink& sink) -> Task<Result<UtReport>> {
    auto header = ok_header(status == 204 ? std::nullopt : std::optional<std::uint64_t>(7));
    header.status = status;
    CO_TRY_VOID(sink.header(std::move(header)));
    co_return UtReport{};
  };
  TestServer server(answer);
  auto client = server.connect();
  client.send("HEAD " + std::string(kOwnDocument) + " HTTP/1.1\r\nHost: xcap.home1.net\r\n\r\n");
  CHECK(client.receive(true).has("Content-Length: 7\r\n"));
  status = 204;
  const auto empty = client.send(get(kOwnDocument)).receive();
  CHECK(empty.status == 204);
  CHECK_FALSE(empty.has("Content-Length"));
  CHECK_FALSE(empty.has("Transfer-Encoding"));
  status = 304;
  const auto unchanged = client.send(get(kOwnDocument)).receive();
  CHECK(unchanged.status == 304);
  CHECK(unchanged.has("Content-Length: 7\r\n"));
  CHECK(unchanged.has("ETag: \"e1\"\r\n"));
  CHECK(client.rest().empty());
}

TEST_CASE("the NAF's framing fields do not break ours", "[API-1][API-7]") {
  const auto answer = [](UtRequest, ResponseSink& sink) -> Task<Result<UtReport>> {
    auto header = ok_header(2);
    header.headers.push_back({"Transfer-Encoding", "chunked"});
    header.headers.push_back({"content-length", "99"});
    header.headers.push_back({"Connection", "close"});
    CO_TRY_VOID(sink.header(std::move(header)));
    CO_TRY_VOID(co_await sink.body(ut::as_bytes("ok")));
    co_return UtReport{};
  };
  TestServer server(answer);
  auto client = server.connect();
  const auto response = client.send(get(kOwnDocument)).receive();
  CHECK(response.body == "ok");
  CHECK_FALSE(response.has("chunked"));
  CHECK_FALSE(response.has("ength: 99"));
  CHECK_FALSE(response.has("close"));
}

TEST_CASE("an error before the answer is a problem document and the connection lives on",
          "[API-4]") {
  TestServer server(fail_at_once);
  auto client = server.connect();
  const auto answer = client.send(put("x")).receive();
  CHECK(answer.status == 503);
  CHECK(problem_of(answer) == "card-absent");
  CHECK(answer.has("Retry-After: 5\r\n"));
  CHECK(answer.has("Cache-Control: no-store\r\n"));
  CHECK(problem_of(client.send(get(kOwnDocument)).receive()) == "card-absent");
  client.send("HEAD " + std::string(kOwnDocument) + " HTTP/1.1\r\nHost: xcap.home1.net\r\n\r\n");
  CHECK(client.receive(true).status == 503);
  CHECK(problem_of(client.send(get(kOwnDocument)).receive()) == "card-absent");
  CHECK(server.counters().failed == 4);
}

TEST_CASE("an error after the header is told as long as nothing has left", "[API-4]") {
  const auto answer = [](UtRequest, ResponseSink& sink) -> Task<Result<UtReport>> {
    auto header = ok_header(5);
    CO_TRY_VOID(sink.header(std::move(header)));
    co_return ut::fail(ErrorCode::ua_rspauth_wrong, "test");
  };
  TestServer server(answer);
  CHECK(problem_of(server.connect().send(get(kOwnDocument)).receive()) == "ua-rspauth-wrong");
}

TEST_CASE("an error in the middle of the answer cuts the connection", "[API-4]") {
  std::atomic<bool> chunked = false;
  const auto answer = [&chunked](UtRequest, ResponseSink& sink) -> Task<Result<UtReport>> {
    auto header = ok_header(chunked ? std::nullopt : std::optional<std::uint64_t>(10));
    CO_TRY_VOID(sink.header(std::move(header)));
    CO_TRY_VOID(co_await sink.body(ut::as_bytes("12345")));
    co_return ut::fail(ErrorCode::network_closed, "test");
  };
  TestServer server(answer);
  auto client = server.connect();
  CHECK(client.send(get(kOwnDocument)).receive().body == "12345");
  CHECK(client.ended());
  chunked = true;
  auto other = server.connect();
  CHECK(other.send(get(kOwnDocument)).receive().body == "12345<cut>");
}

TEST_CASE("a gateway that gives more or less than it announced is cut", "[API-4]") {
  std::atomic<unsigned> announced = 3;
  const auto answer = [&announced](UtRequest, ResponseSink& sink) -> Task<Result<UtReport>> {
    auto header = ok_header(announced.load());
    CO_TRY_VOID(sink.header(std::move(header)));
    CO_TRY_VOID(co_await sink.body(ut::as_bytes("12")));
    CO_TRY_VOID(co_await sink.body(ut::as_bytes("34")));
    co_return UtReport{};
  };
  TestServer server(answer);
  auto more = server.connect();
  CHECK(more.send(get(kOwnDocument)).receive().body == "12");
  CHECK(more.ended());
  announced = 5;
  auto less = server.connect();
  CHECK(less.send(get(kOwnDocument)).receive().body == "1234");
  CHECK(less.ended());
}

TEST_CASE("CONNECT is refused with the reason", "[API-1]") {
  TestServer server;
  auto client = server.connect();
  const auto answer =
      client.send("CONNECT xcap.home1.net:443 HTTP/1.1\r\nHost: xcap.home1.net:443\r\n\r\n")
          .receive();
  CHECK(answer.status == 405);
  CHECK(problem_of(answer) == "request-connect-refused");
  CHECK(server.gateway.requests().empty());
}

TEST_CASE("methods beyond the five are refused with Allow", "[API-3]") {
  TestServer server;
  auto client = server.connect();
  for (const char* method : {"OPTIONS", "PATCH", "TRACE", "get", "PROPFIND", "FOO"}) {
    INFO(method);
    const auto answer = client
                            .send(std::string(method) + " " + std::string(kOwnDocument) +
                                  " HTTP/1.1\r\nHost: xcap.home1.net\r\n\r\n")
                            .receive();
    CHECK(problem_of(answer) == "request-method-refused");
    CHECK(answer.has("Allow: GET, HEAD, PUT, POST, DELETE\r\n"));
  }
  CHECK(server.gateway.requests().empty());
}

TEST_CASE("web pages are refused and get no CORS", "[API-5]") {
  TestServer server;
  for (const char* field :
       {"Origin: https://evil.net", "Origin: null", "Cookie: a=b", "Sec-Fetch-Site: cross-site",
        "Sec-Fetch-Mode: no-cors", "Access-Control-Request-Method: PUT"}) {
    INFO(field);
    auto client = server.connect();
    const auto answer = client.send(get(kOwnDocument, std::string(field) + "\r\n")).receive();
    CHECK(answer.status == 403);
    CHECK(problem_of(answer) == "policy-web-page");
    CHECK_FALSE(answer.has("Access-Control"));
  }
  CHECK(server.gateway.requests().empty());
}

TEST_CASE("policy is asked with the target that goes on the wire", "[API-3]") {
  TestServer server;
  auto client = server.connect();
  const std::pair<const char*, const char*> rows[] = {
      {"/pres-rules/users/sip:bob@home1.net/index", "policy-path-denied"},
      {"/resource-lists/users/sip:alice@home1.net/index", "policy-path-denied"},
      {"/pres-rules/users/sip:alice@home1.net/../sip:bob@home1.net/i", "request-target-invalid"},
      {"/pres-rules/users/sip:alice@home1.net%2f../x", "request-target-invalid"},
      {"http://other.home1.net/pres-rules/users/sip:alice@home1.net/i", "request-host-invalid"},
      {"/pres-rules/users/sip:Alice@home1.net/index", "policy-path-denied"},
      {"/pres-rules/users/SIP%3aalice@HOME1.net/index", "200"},
  };
  for (const auto& [target, expected] : rows) {
    INFO(target);
    CHECK(problem_of(client.send(get(target)).receive()) == expected);
  }
  CHECK(server.gateway.requests().size() == 1);
  CHECK(server.counters().denied == 3);
}

TEST_CASE("the card's problem is told when its identities are needed", "[API-4]") {
  TestServer server;
  server.identities.answer = ut::fail(ErrorCode::card_removed, "test");
  auto client = server.connect();
  CHECK(problem_of(client.send(get(kOwnDocument)).receive()) == "card-removed");
  CHECK(problem_of(client.send(get("/pres-rules/global/index")).receive()) == "200");
  server.identities.answer = std::make_shared<const std::vector<std::string>>(
      std::vector<std::string>{"sip:carol@home1.net"});
  CHECK(problem_of(client.send(get(kOwnDocument)).receive()) == "policy-path-denied");
}

namespace {

ut::local::PublicIdentities identities(std::vector<std::string> list) {
  return std::make_shared<const std::vector<std::string>>(std::move(list));
}

// An application that may act for alice and bob.
void act_for_two(LocalConfig& config) {
  config.subscribers = {"alice", "bob", "carol"};
  config.applications[0].subscribers = {"alice", "bob"};
  config.applications[0].identities = {"*"};
}

}  // namespace

TEST_CASE("a request is for the subscriber that it names, or whose it is", "[API-3][IS-7]") {
  TestServer server({}, act_for_two);
  server.identities.of_subscriber["alice"] = identities({"sip:alice@home1.net"});
  server.identities.of_subscriber["bob"] = identities({"sip:bob@home2.net"});
  auto client = server.connect();
  const auto subscriber = [&](std::string_view target, std::string_view fields) {
    const auto problem = problem_of(client.send(get(target, fields)).receive());
    return problem == "200" ? server.gateway.requests().back().subscriber : problem;
  };
  const std::string_view bobs = "/pres-rules/users/sip:bob@home2.net/index";
  const std::string_view global = "/pres-rules/global/index";
  CHECK(subscriber(global, "") == "alice");
  CHECK(subscriber(global, "Ut-Subscriber: bob\r\n") == "bob");
  CHECK(subscriber(kOwnDocument, "") == "alice");
  CHECK(subscriber(bobs, "") == "bob");
  CHECK(subscriber("/pres-rules/users/sip:bob%40HOME2.net/index", "") == "bob");
  CHECK(subscriber(global, "X-3GPP-Intended-Identity: \"sip:bob@home2.net\"\r\n") == "bob");
  // What is said counts, not what might be meant.
  CHECK(subscriber(bobs, "Ut-Subscriber: alice\r\n") == "policy-path-denied");
  CHECK(subscriber(global,
                   "Ut-Subscriber: alice\r\nX-3GPP-Intended-Identity: \"sip:bob@home2.net\"\r\n") ==
        "alice");
  // Nobody's is the first one's, as with one subscriber.
  CHECK(subscriber("/pres-rules/users/sip:eve@home1.net/index", "") == "policy-path-denied");
  CHECK(subscriber(global, "X-3GPP-Intended-Identity: \"sip:eve@home1.net\"\r\n") == "alice");
  CHECK(server.gateway.requests().back().headers.empty());
}

TEST_CASE("an application acts for no subscriber but its own", "[API-3][IS-7]") {
  TestServer server({}, act_for_two);
  server.identities.of_subscriber["alice"] = identities({"sip:alice@home1.net"});
  server.identities.of_subscriber["bob"] = identities({"sip:bob@home2.net"});
  server.identities.of_subscriber["carol"] = identities({"sip:carol@home3.net"});
  auto client = server.connect();
  const auto outcome = [&](std::string_view target, std::string_view fields) {
    return problem_of(client.send(get(target, fields)).receive());
  };
  CHECK(outcome(kOwnDocument, "Ut-Subscriber: carol\r\n") == "policy-subscriber-denied");
  CHECK(outcome(kOwnDocument, "Ut-Subscriber: ALICE\r\n") == "policy-subscriber-denied");
  CHECK(outcome("/pres-rules/users/sip:carol@home3.net/index", "") == "policy-path-denied");
  CHECK(outcome(kOwnDocument, "Ut-Subscriber: alice\r\nUt-Subscriber: bob\r\n") ==
        "request-malformed");
  CHECK(server.gateway.requests().empty());
}

TEST_CASE("a card that is not there is told only where it might be meant", "[API-4][IS-7]") {
  TestServer server({}, act_for_two);
  server.identities.of_subscriber["alice"] = identities({"sip:alice@home1.net"});
  server.identities.of_subscriber["bob"] = ut::fail(ErrorCode::card_absent, "test");
  auto client = server.connect();
  const auto outcome = [&](std::string_view target, std::string_view fields) {
    return problem_of(client.send(get(target, fields)).receive());
  };
  CHECK(outcome(kOwnDocument, "") == "200");
  CHECK(outcome("/pres-rules/global/index", "") == "200");
  CHECK(outcome("/pres-rules/users/sip:bob@home2.net/index", "") == "card-absent");
  CHECK(outcome("/pres-rules/global/index",
                "X-3GPP-Intended-Identity: \"sip:bob@home2.net\"\r\n") == "card-absent");
  CHECK(outcome("/pres-rules/global/index", "Ut-Subscriber: bob\r\n") == "200");
}

TEST_CASE("a caller without an application is told who it is", "[API-2]") {
  TestServer server({}, [](LocalConfig& c) { c.applications[0].uids = {::geteuid() + 1}; });
  const auto answer = server.connect().send(get(kOwnDocument)).receive();
  CHECK(answer.status == 403);
  CHECK(problem_of(answer) == "policy-unknown-application");
  CHECK(answer.body.find("uid " + std::to_string(::geteuid())) != std::string::npos);
  CHECK(server.gateway.requests().empty());
}

TEST_CASE("another user's uid and groups are the kernel's word", "[API-2]") {
  if (::geteuid() != 0) {
    WARN("needs root to become another user; the kernel's word is tested for this user above");
    return;
  }
  constexpr uid_t kOther = 65534;
  TestServer server({}, [](LocalConfig& c) {
    c.unix_sockets[0].mode = 0666;
    auto others = c.applications[0];
    others.name = "others";
    others.uids = {kOther};
    others.methods = {"GET"};
    c.applications.push_back(others);
  });
  std::filesystem::permissions(std::filesystem::path(server.path).parent_path(),
                               std::filesystem::perms(0711));
  // The bare system call changes this thread alone.
  REQUIRE(::syscall(SYS_setresuid, -1, kOther, -1) == 0);
  auto client = server.connect();
  REQUIRE(::syscall(SYS_setresuid, -1, 0, -1) == 0);
  CHECK(client.send(get(kOwnDocument)).receive().status == 200);
  CHECK(problem_of(client.send(put("x")).receive()) == "policy-method-denied");
  REQUIRE(server.gateway.requests().size() == 1);
  CHECK(server.gateway.requests()[0].application == "others");
  CHECK(server.connect().send(put("x")).receive().status == 200);
}

TEST_CASE("other applications count from the next request on, also on open connections",
          "[API-2][API-3]") {
  std::vector<ut::local::Application> now;
  TestServer server({}, [&](LocalConfig& config) { now = config.applications; });
  auto client = server.connect();
  CHECK(client.send(get(kOwnDocument)).receive().status == 200);
  auto narrower = now;
  narrower[0].methods = {"PUT"};
  server.set_applications(narrower);
  CHECK(problem_of(client.send(get(kOwnDocument)).receive()) == "policy-method-denied");
  server.set_applications({});
  CHECK(problem_of(client.send(get(kOwnDocument)).receive()) == "policy-unknown-application");
  server.set_applications(now);
  CHECK(client.send(get(kOwnDocument)).receive().status == 200);
}

TEST_CASE("other limits hold for the next request", "[API-6]") {
  TestServer server;
  auto client = server.connect();
  CHECK(client.send(put("twelve octet")).receive().status == 200);
  ut::local::LocalLimits limits;
  limits.body_octets = 11;
  server.set_limits(limits);
  CHECK(problem_of(client.send(put("twelve octet")).receive()) == "limit-body");
  CHECK(server.connect().send(put("eleven octe")).receive().status == 200);
}

TEST_CASE("TCP needs the token", "[API-2]") {
  TestServer server;
  auto client = server.connect_tcp();
  const auto without = client.send(get(kOwnDocument)).receive();
  CHECK(without.status == 407);
  CHECK(problem_of(without) == "policy-token-wrong");
  CHECK(without.has("Proxy-Authenticate: Basic realm=\"ut-agent\""));
  CHECK(without.has("Proxy-Authenticate: Bearer realm=\"ut-agent\""));
  CHECK(client.send(get(kOwnDocument, "Proxy-Authorization: Bearer secret\r\n")).receive().status ==
        200);
  CHECK(client.send(get(kOwnDocument, "Proxy-Authorization: Bearer other\r\n")).receive().status ==
        407);
  const auto with = [&](const char* credentials) {
    const auto text = ut::to_base64(ut::as_bytes(credentials));
    return client.send(get(kOwnDocument, "Proxy-Authorization: Basic " + text + "\r\n"))
        .receive()
        .status;
  };
  CHECK(with("tcp-app:secret") == 200);
  CHECK(with("tcp-app:Secret") == 407);
  CHECK(with("tcp-app:") == 407);
  CHECK(with("app:secret") == 407);
  CHECK(with(":secret") == 407);
  CHECK(client.send(get(kOwnDocument, "Proxy-Authorization: Bearer x\r\n")).receive().status ==
        407);
  CHECK(client.send(get(kOwnDocument, "Authorization: Basic dGNwLWFwcDpzZWNyZXQ=\r\n"))
            .receive()
            .status == 407);
  const auto requests = server.gateway.requests();
  REQUIRE(requests.size() == 2);
  for (const auto& request : requests) {
    CHECK(request.application == "tcp-app");
    CHECK(request.headers.empty());
  }
}

TEST_CASE("doubtful framing is refused and the connection ends", "[API-3][API-6]") {
  TestServer server;
  for (const std::string fields :
       {"Content-Length: 5\r\nTransfer-Encoding: chunked\r\n", "Host: other.net\r\n",
        "X: a\r\n b\r\n", "X : a\r\n", "Content-Length: 1\r\nContent-Length: 1\r\n"}) {
    INFO(fields);
    auto client = server.connect();
    const auto smuggled = get(kOwnDocument);
    const auto answer = client.send(get(kOwnDocument, fields) + smuggled).receive();
    CHECK(answer.status == 400);
    CHECK(answer.has("Connection: close"));
    CHECK(client.ended());
    CHECK(client.rest().empty());
  }
  CHECK(server.gateway.requests().empty());
}

TEST_CASE("a header beyond the limit is refused", "[API-6]") {
  TestServer server({}, [](LocalConfig& c) { c.limits.header_octets = 2048; });
  auto client = server.connect();
  CHECK(client.send(get(kOwnDocument, "X: " + std::string(1500, 'x') + "\r\n")).receive().status ==
        200);
  CHECK(client.send(get(kOwnDocument, "X: " + std::string(2048, 'x') + "\r\n")).receive().status ==
        431);
  CHECK(client.ended());
  auto endless = server.connect();
  endless.send("GET /" + std::string(100'000, 'x'));
  CHECK(problem_of(endless.receive()) == "limit-header");
}

TEST_CASE("slow senders end by the clock and harm no other", "[API-6]") {
  TestServer server({}, [](LocalConfig& c) {
    c.timeouts.idle = 100ms;
    c.timeouts.header = 100ms;
    c.timeouts.body = 100ms;
  });
  auto idle = server.connect();
  auto header = server.connect();
  auto body = server.connect();
  header.send("GET / HTTP/1.1\r\nHost: x");
  body.send("PUT " + std::string(kOwnDocument) +
            " HTTP/1.1\r\nHost: xcap.home1.net\r\nContent-Length: 5\r\n\r\nab");
  CHECK(server.connect().send(get(kOwnDocument)).receive().status == 200);
  CHECK(idle.ended());
  CHECK(idle.rest().empty());
  CHECK(problem_of(header.receive()) == "limit-time");
  CHECK(header.ended());
  CHECK(problem_of(body.receive()) == "limit-time");
  CHECK(body.ended());
  header.close();
  body.close();
}

TEST_CASE("drops of a header do not stretch its time", "[API-6]") {
  TestServer server({}, [](LocalConfig& c) { c.timeouts.header = 100ms; });
  auto client = server.connect();
  const auto begin = std::chrono::steady_clock::now();
  std::atomic<bool> over = false;
  std::thread dripping([&] {
    while (!over) {
      client.send("X");
      std::this_thread::sleep_for(10ms);
    }
  });
  const auto answer = client.receive();
  over = true;
  dripping.join();
  CHECK(problem_of(answer) == "limit-time");
  CHECK(std::chrono::steady_clock::now() - begin < 1s);
}

TEST_CASE("a gateway that does not answer in time is told as 504", "[API-6]") {
  const auto never = [](UtRequest, ResponseSink& sink) -> Task<Result<UtReport>> {
    co_await pause(300ms);
    auto header = ok_header(0);
    CO_TRY_VOID(sink.header(std::move(header)));
    co_return UtReport{};
  };
  TestServer server(never, [](LocalConfig& c) { c.timeouts.answer = 50ms; });
  auto client = server.connect();
  const auto answer = client.send(get(kOwnDocument)).receive();
  CHECK(answer.status == 504);
  CHECK(problem_of(answer) == "network-timeout");
  CHECK(client.ended());
}

TEST_CASE("an application that does not read is cut and harms no other", "[API-6]") {
  auto result = std::make_shared<std::promise<ErrorCode>>();
  const auto flood = [result](UtRequest request, ResponseSink& sink) -> Task<Result<UtReport>> {
    if (request.method == "GET") {
      auto report = co_await echo(std::move(request), sink);
      co_return report;
    }
    auto header = ok_header({});
    CO_TRY_VOID(sink.header(std::move(header)));
    const std::string block(100'000, 'x');
    for (int i = 0; i < 1000; ++i) {
      auto sent = co_await sink.body(ut::as_bytes(block));
      if (!sent) {
        result->set_value(sent.error().code);
        co_return std::unexpected(sent.error());
      }
    }
    co_return UtReport{};
  };
  TestServer server(flood, [](LocalConfig& c) { c.timeouts.write = 200ms; });
  auto lazy = server.connect();
  lazy.send(put("x"));
  auto other = server.connect();
  for (int i = 0; i < 10; ++i) {
    CHECK(other.send(get(kOwnDocument)).receive().status == 200);
  }
  auto ended = result->get_future();
  REQUIRE(ended.wait_for(2s) == std::future_status::ready);
  CHECK(ended.get() == ErrorCode::request_abandoned);
}

TEST_CASE("a slow reader gets everything", "[API-6]") {
  const std::string large(2'000'000, 'y');
  const auto answer = [&large](UtRequest, ResponseSink& sink) -> Task<Result<UtReport>> {
    auto header = ok_header(large.size());
    CO_TRY_VOID(sink.header(std::move(header)));
    CO_TRY_VOID(co_await sink.body(ut::as_bytes(large)));
    co_return UtReport{};
  };
  TestServer server(answer);
  auto client = server.connect_tcp();
  client.send(get(kOwnDocument, "Proxy-Authorization: Basic dGNwLWFwcDpzZWNyZXQ=\r\n"));
  CHECK(client.receive().body == large);
}

TEST_CASE("an application that leaves is noticed by the gateway", "[API-6]") {
  auto left = std::make_shared<std::promise<void>>();
  auto result = std::make_shared<std::promise<ErrorCode>>();
  const auto answer = [left, result](UtRequest, ResponseSink& sink) -> Task<Result<UtReport>> {
    co_await pause(50ms);
    auto header = ok_header(2);
    CO_TRY_VOID(sink.header(std::move(header)));
    auto sent = co_await sink.body(ut::as_bytes("ok"));
    result->set_value(sent ? ErrorCode::crypto_failed : sent.error().code);
    CO_TRY_VOID(std::move(sent));
    co_return UtReport{};
  };
  TestServer server(answer);
  server.connect().send(get(kOwnDocument)).close();
  auto ended = result->get_future();
  REQUIRE(ended.wait_for(2s) == std::future_status::ready);
  CHECK(ended.get() == ErrorCode::request_abandoned);
  CHECK(server.connect().send("x").ended() == false);
}

TEST_CASE("a client that stops sending still gets its answer", "[API-1]") {
  TestServer server(slow);
  auto client = server.connect();
  client.send(get(kOwnDocument)).finish_sending();
  CHECK(client.receive().status == 200);
  CHECK(client.ended());
}

TEST_CASE("connections are limited in all and per user", "[API-6]") {
  TestServer server({}, [](LocalConfig& c) {
    c.limits.connections = 4;
    c.limits.connections_per_uid = 3;
  });
  std::vector<Client> open;
  for (int i = 0; i < 3; ++i) {
    open.push_back(server.connect());
    CHECK(open.back().send(get(kOwnDocument)).receive().status == 200);
  }
  const auto over = server.connect().receive();
  CHECK(problem_of(over) == "limit-connections");
  CHECK(over.body.find("connections_per_uid") != std::string::npos);
  open.push_back(server.connect_tcp());
  CHECK(open.back().send(get(kOwnDocument)).receive().status == 407);
  CHECK(problem_of(server.connect_tcp().receive()) == "limit-connections");
  CHECK(server.counters().turned_away == 2);
  open.clear();
  while (server.counters().connections > 0) {
    std::this_thread::yield();
  }
  CHECK(server.connect().send(get(kOwnDocument)).receive().status == 200);
}

TEST_CASE("draining lets the running request finish and takes no more", "[API-6]") {
  TestServer server(slow);
  auto idle = server.connect();
  CHECK(idle.send(get(kOwnDocument)).receive().status == 200);
  auto busy = server.connect();
  busy.send(get(kOwnDocument));
  while (server.gateway.requests().size() < 2) {
    std::this_thread::yield();
  }
  server.drain(2s);
  CHECK(idle.ended());
  CHECK(busy.receive().status == 200);
  CHECK(busy.ended());
  busy.close();
  server.wait_drained();
  CHECK(server.counters().connections == 0);
  CHECK(server.connect().send(get(kOwnDocument)).receive().status == 0);
  CHECK_FALSE(std::filesystem::exists(server.path));
}

TEST_CASE("draining ends at its time whatever runs", "[API-6]") {
  TestServer server(slow);
  auto busy = server.connect();
  busy.send(get(kOwnDocument));
  while (server.gateway.requests().empty()) {
    std::this_thread::yield();
  }
  server.drain(20ms);
  server.wait_drained();
  CHECK(busy.receive().status == 0);
}

TEST_CASE("an exception of the gateway ends one connection only", "[API-4]") {
  const auto broken = [](UtRequest request, ResponseSink& sink) -> Task<Result<UtReport>> {
    if (request.method == "PUT") {
      throw std::bad_alloc();
    }
    auto report = co_await echo(std::move(request), sink);
    co_return report;
  };
  TestServer server(broken);
  CHECK(server.connect().send(put("x")).receive().status == 0);
  CHECK(server.connect().send(get(kOwnDocument)).receive().status == 200);
}
