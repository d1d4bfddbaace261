#include "agent/ub/curl_http_client.h"

#include "agent/gba/security_association.h"
#include "agent/ub/association_manager.h"
#include "base/log.h"
#include "tests/support/catch.h"
#include "tests/support/fake_bsf.h"
#include "tests/support/fake_ports.h"

#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/cancellation_signal.hpp>

#include <cstdlib>

using namespace ut;
using namespace ut::ub;
using namespace std::chrono_literals;
namespace asio = boost::asio;
using test::field_of;
using test::LoopbackServer;

namespace {

struct Setup {
  asio::io_context io;
  std::vector<std::string> heads;
  LoopbackServer::Handler handler;
  LoopbackServer server{io, [this](const std::string& head) {
                          heads.push_back(head);
                          return handler(head);
                        }};
  CurlSettings settings{.address = server.address(), .user_agent = "ut-agent/1 3gpp-gba"};

  explicit Setup(std::string octets = "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n",
                 bool close = false)
      : handler([octets, close](const std::string&) {
          return LoopbackServer::Answer{octets, close};
        }) {}

  Result<HttpResponse> get(HttpClient& client) {
    HttpRequest request{.host = "bsf.home1.net"};
    request.authorization = SecretBytes::copy_of(as_bytes("Digest username=\"u\""));
    return test::run(io, client.get(std::move(request)));
  }
  Result<HttpResponse> get() {
    CurlHttpClient client(io.get_executor(), settings);
    return get(client);
  }
  ErrorCode error() {
    const auto result = get();
    REQUIRE_FALSE(result);
    return result.error().code;
  }
};

}  // namespace

TEST_CASE("the request is what Ub asks for and nothing more", "[UB-2]") {
  Setup setup;
  REQUIRE(setup.get());
  REQUIRE(setup.heads.size() == 1);
  CHECK(setup.heads.front() ==
        "GET / HTTP/1.1\r\n"
        "Host: bsf.home1.net\r\n"
        "User-Agent: ut-agent/1 3gpp-gba\r\n"
        "Accept: application/vnd.3gpp.bsf+xml, */*\r\n"
        "Authorization: Digest username=\"u\"\r\n\r\n");
}

TEST_CASE("the answer comes with all fields in order and its body untouched", "[UB-2]") {
  const std::string body("\x1f\x8b\x00\xff<x/>", 8);
  Setup setup(
      "HTTP/1.1 100 Continue\r\nX-Early: 1\r\n\r\n"
      "HTTP/1.1 401 Unauthorized\r\nA: 1\r\nwww-authenticate: x\r\nB:  two \r\n"
      "WWW-Authenticate: y\r\nContent-Encoding: gzip\r\nContent-Length: 8\r\n\r\n" +
      body);
  const auto response = setup.get();
  REQUIRE(response);
  CHECK(response->status == 401);
  CHECK(response->values("WWW-Authenticate") == std::vector<std::string_view>{"x", "y"});
  CHECK(response->values("b") == std::vector<std::string_view>{"two"});
  CHECK(response->values("X-Early").empty());
  CHECK(response->body == body);
}

TEST_CASE("chunked answers are put together, trailers are no headers", "[UB-2]") {
  Setup setup(
      "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
      "3\r\nabc\r\n2;x=y\r\nde\r\n0\r\nAuthentication-Info: rspauth=\"0\"\r\n\r\n");
  const auto response = setup.get();
  REQUIRE(response);
  CHECK(response->body == "abcde");
  CHECK(response->values("Authentication-Info").empty());
}

TEST_CASE("a redirect is an answer like any other", "[UB-10]") {
  Setup setup("HTTP/1.1 302 Found\r\nLocation: /other\r\nContent-Length: 0\r\n\r\n");
  const auto response = setup.get();
  REQUIRE(response);
  CHECK(response->status == 302);
  CHECK(setup.heads.size() == 1);
}

TEST_CASE("cookies are not kept", "[UB-2]") {
  Setup setup("HTTP/1.1 200 OK\r\nSet-Cookie: a=b\r\nContent-Length: 0\r\n\r\n");
  CurlHttpClient client(setup.io.get_executor(), setup.settings);
  REQUIRE(setup.get(client));
  REQUIRE(setup.get(client));
  CHECK(field_of(setup.heads.back(), "Cookie").empty());
}

TEST_CASE("a run uses one connection, and it is closed at the end", "[UB-9]") {
  Setup setup;
  CurlHttpClient client(setup.io.get_executor(), setup.settings);
  REQUIRE(setup.get(client));
  REQUIRE(setup.get(client));
  CHECK(setup.server.connections() == 1);
  CHECK(setup.server.open_connections() == 1);
  client.disconnect();
  setup.io.restart();
  while (setup.server.open_connections() != 0 && setup.io.run_one_for(5s) != 0) {
  }
  CHECK(setup.server.open_connections() == 0);
  REQUIRE(setup.get(client));
  CHECK(setup.server.connections() == 2);
}

TEST_CASE("several requests at a time", "[UB-9]") {
  Setup setup;
  CurlHttpClient client(setup.io.get_executor(), setup.settings);
  int done = 0;
  for (int i = 0; i < 8; ++i) {
    asio::co_spawn(setup.io, client.get({.host = "bsf.home1.net"}),
                   [&](std::exception_ptr exception, Result<HttpResponse> response) {
                     CHECK(exception == nullptr);
                     CHECK(response.has_value());
                     ++done;
                   });
  }
  while (done < 8 && setup.io.run_one_for(5s) != 0) {
  }
  CHECK(done == 8);
}

TEST_CASE("sizes are bounded", "[UB-4]") {
  const auto answer = [](std::size_t header, std::size_t body) {
    return "HTTP/1.1 200 OK\r\nX: " + std::string(header, 'x') +
           "\r\nContent-Length: " + std::to_string(body) + "\r\n\r\n" + std::string(body, 'y');
  };
  CHECK(Setup(answer(30000, 65536)).get());
  CHECK(Setup(answer(1, 65537)).error() == ErrorCode::ub_answer_malformed);
  CHECK(Setup(answer(33000, 0)).error() == ErrorCode::ub_answer_malformed);
}

TEST_CASE("an answer that is cut short or is no HTTP is malformed", "[UB-2]") {
  CHECK(Setup("HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nabc", true).error() ==
        ErrorCode::ub_answer_malformed);
  CHECK(Setup("hello there, this is no HTTP at all\r\n\r\n", true).error() ==
        ErrorCode::ub_answer_malformed);
  CHECK(Setup("", true).error() == ErrorCode::ub_connection_lost);
}

TEST_CASE("Retry-After is read as seconds and as a date", "[UB-9]") {
  const auto retry_after = [](const std::string& value) {
    const auto response =
        Setup("HTTP/1.1 503 Busy\r\nRetry-After: " + value + "\r\nContent-Length: 0\r\n\r\n").get();
    REQUIRE(response);
    return response->retry_after;
  };
  CHECK(retry_after("120") == 120s);
  CHECK(retry_after("Fri, 31 Dec 2100 23:59:59 GMT") > 24h);
  CHECK_FALSE(retry_after("Fri, 31 Dec 1999 23:59:59 GMT"));
  CHECK_FALSE(retry_after("soon"));
  CHECK_FALSE(retry_after("-5"));
}

TEST_CASE("a BSF that is not there and one that does not answer", "[UB-9]") {
  Setup setup;
  {
    asio::io_context other;
    const LoopbackServer closed(other, {});
    setup.settings.address = closed.address();
  }
  const auto result = setup.get();
  REQUIRE_FALSE(result);
  CHECK(result.error().code == ErrorCode::ub_bsf_unreachable);
  CHECK(result.error().foreign == ForeignNumber{ForeignKind::curl, 7});

  Setup silent("");
  silent.settings.timeout = 20ms;
  CHECK(silent.error() == ErrorCode::ub_timeout);
}

TEST_CASE("a proxy is used when configured and never from the environment", "[UB-10]") {
  ::setenv("http_proxy", "http://127.0.0.1:1", 1);
  Setup direct;
  CHECK(direct.get());
  ::unsetenv("http_proxy");
  Setup proxied;
  proxied.settings.proxy = "http://" + proxied.server.address();
  proxied.settings.address.clear();
  CHECK(proxied.get());
  CHECK(proxied.heads.front().starts_with("GET http://bsf.home1.net/ HTTP/1.1\r\n"));
}

TEST_CASE("a request may be given up at any time", "[UB-9]") {
  Setup setup("");
  CurlHttpClient client(setup.io.get_executor(), setup.settings);
  asio::cancellation_signal signal;
  bool ended = false;
  asio::co_spawn(
      setup.io, client.get({.host = "bsf.home1.net"}),
      asio::bind_cancellation_slot(
          signal.slot(), [&](std::exception_ptr, Result<HttpResponse>) { ended = true; }));
  while (setup.heads.empty() && setup.io.run_one_for(5s) != 0) {
  }
  signal.emit(asio::cancellation_type::terminal);
  while (!ended && setup.io.run_one_for(5s) != 0) {
  }
  CHECK(ended);
}

TEST_CASE("in another network a request that is not connected yet ends at once", "[UB-9]") {
  Setup setup("");
  CurlHttpClient client(setup.io.get_executor(), setup.settings);
  setup.io.poll();  // the server has begun
  std::optional<Result<HttpResponse>> result;
  asio::co_spawn(
      setup.io, client.get({.host = "bsf.home1.net"}),
      [&result](std::exception_ptr, Result<HttpResponse> got) { result = std::move(got); });
  SECTION("and one that may still be answered goes on") {
    setup.handler = [&](const std::string&) {
      client.network_changed();
      return LoopbackServer::Answer{"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n", false};
    };
    while (!result) {
      setup.io.run_one();
    }
    REQUIRE(*result);
    CHECK((*result)->status == 200);
  }
  SECTION("before its first octet") {
    setup.io.run_one();  // libcurl was told of it, and has not begun
    client.network_changed();
    while (!result) {
      setup.io.run_one();
    }
    REQUIRE_FALSE(*result);
    CHECK(result->error().code == ErrorCode::ub_bsf_unreachable);
    CHECK(setup.heads.empty());
  }
}

TEST_CASE("the loop may end while a request is under way", "[UB-9]") {
  Setup setup("");
  auto io = std::make_unique<asio::io_context>();
  auto client = std::make_unique<CurlHttpClient>(io->get_executor(), setup.settings);
  asio::co_spawn(*io, client->get({.host = "bsf.home1.net"}),
                 [](std::exception_ptr, Result<HttpResponse>) {});
  io->run_one_for(1s);
  io->poll();
  client.reset();
  io.reset();
  CHECK(setup.heads.empty());
}

TEST_CASE("bootstrapping over the loopback", "[UB-2][UB-3][UB-9]") {
  Setup setup;
  log::set_level(log::Level::error);
  test::FakeBsf bsf;
  setup.handler = [&](const std::string& head) {
    return LoopbackServer::Answer{test::to_octets(bsf.answer(field_of(head, "Authorization")))};
  };
  test::FakeClock clock;
  test::FakeRandom random;
  test::FakeCardService card;
  CurlHttpClient client(setup.io.get_executor(), setup.settings);
  AssociationManager manager(setup.io.get_executor(), {}, card, client, clock, random);
  card.push_synchronisation_failure();
  const auto association = test::run(setup.io, manager.obtain());
  REQUIRE(association);
  CHECK((*association)->b_tid() == test::FakeBsf::b_tid(2));
  CHECK(setup.heads.size() == 3);
  CHECK(setup.server.connections() == 1);
}
