#include "agent/local/request_parser.h"

#include "tests/support/catch.h"

#include <string>
#include <vector>

using ut::ErrorCode;
using ut::Result;
using ut::local::HeaderScanner;
using ut::local::LocalRequest;
using ut::local::RequestParser;

namespace {

constexpr std::size_t kBodyLimit = 100;
constexpr std::size_t kFieldLimit = 20;

// The whole of a message as a server reads it: `piece` octets at a time.
Result<LocalRequest> read(std::string message, std::size_t piece = 1000) {
  HeaderScanner scanner;
  std::size_t come = 0;
  std::size_t header = 0;
  while (header == 0 && come < message.size()) {
    come = std::min(come + piece, message.size());
    TRY(header, scanner.scan(std::string_view(message).substr(0, come)));
  }
  if (header == 0) {
    return ut::fail(ErrorCode::limit_time, "test");
  }
  ut::local::TokenClaims claims;
  RequestParser parser(kFieldLimit, kBodyLimit, claims);
  TRY_VOID(parser.read_header({message.data(), header}));
  std::size_t at = header;
  std::size_t end = header;
  while (!parser.done()) {
    if (end == message.size()) {
      return ut::fail(ErrorCode::limit_time, "test");
    }
    end = std::min(end + piece, message.size());
    for (std::size_t taken = 1; taken > 0 && at < end && !parser.done(); at += taken) {
      TRY(taken, parser.read_body(std::string_view(message).substr(at, end - at)));
    }
  }
  return std::move(parser.request());
}

std::string problem(const std::string& message) {
  const auto request = read(message);
  return request ? "read" : std::string(ut::name(request.error().code));
}

const std::string kHost = "Host: xcap.home1.net\r\n";

}  // namespace

TEST_CASE("a request is read however it is cut", "[API-1]") {
  const std::string message =
      "PUT /a/users/x/i HTTP/1.1\r\n" + kHost +
      "If-Match: \"e\"\r\nContent-Type: application/xml\r\nContent-Length: 5\r\n"
      "X-3GPP-Intended-Identity: \"sip:a@home1.net\"\r\nAuthorization: Digest x\r\n\r\nhello";
  for (const std::size_t piece : {1U, 2U, 3U, 7U, 64U, 1000U}) {
    const auto request = read(message, piece);
    REQUIRE(request);
    CHECK(request->method == "PUT");
    CHECK(request->target == "/a/users/x/i");
    CHECK(request->host == "xcap.home1.net");
    CHECK(request->headers ==
          ut::ports::HeaderFields{{"If-Match", "\"e\""}, {"Content-Type", "application/xml"}});
    CHECK(request->intended_identity == "sip:a@home1.net");
    CHECK(request->body == "hello");
    CHECK(request->keep_alive);
    CHECK(request->has_body);
  }
}

TEST_CASE("chunked bodies are joined and trailers are dropped", "[API-6][API-7]") {
  const std::string message = "POST / HTTP/1.1\r\n" + kHost +
                              "Transfer-Encoding: chunked\r\n\r\n3;ext=1\r\nabc\r\n2\r\nde\r\n"
                              "0\r\nHost: evil.net\r\nCookie: x\r\nIf-Match: y\r\n\r\n";
  for (const std::size_t piece : {1U, 5U, 1000U}) {
    const auto request = read(message, piece);
    REQUIRE(request);
    CHECK(request->body == "abcde");
    CHECK(request->host == "xcap.home1.net");
    CHECK_FALSE(request->from_web_page);
    CHECK(request->headers.empty());
  }
}

TEST_CASE("a browser's request is known by its User-Agent alone", "[API-5]") {
  const auto from = [](const std::string& user_agent) {
    return read("GET / HTTP/1.1\r\n" + kHost + "User-Agent: " + user_agent + "\r\n\r\n", 1000);
  };
  REQUIRE(from("Mozilla/5.0 (X11) Chrome/150.0"));
  CHECK(from("Mozilla/5.0 (X11) Chrome/150.0")->from_web_page);
  CHECK_FALSE(from("App/1.0 Mozilla/5.0")->from_web_page);
}

TEST_CASE("a first chunk that is the last may come in pieces of any size", "[API-4][API-6]") {
  const std::string message =
      "PUT / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n";
  for (std::size_t piece = 1; piece < 6; ++piece) {
    const auto request = read(message, piece);
    REQUIRE(request);
    CHECK(request->body.empty());
  }
}

TEST_CASE("messages of doubtful length or form are refused", "[API-3][API-6]") {
  const std::string get = "GET / HTTP/1.1\r\n";
  const std::string put = "PUT / HTTP/1.1\r\n";
  const std::vector<std::string> messages = {
      get + kHost + "Content-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
      put + kHost + "Transfer-Encoding: chunked\r\nContent-Length: 1\r\n\r\n0\r\n\r\n",
      get + kHost + "Content-Length: 1\r\nContent-Length: 1\r\n\r\nx",
      put + kHost + "Content-Length: 1\r\nContent-Length: 2\r\n\r\nxx",
      put + kHost + "Content-Length: 1, 1\r\n\r\nx",
      put + kHost + "Content-Length: +1\r\n\r\nx",
      put + kHost + "Content-Length: 0x1\r\n\r\nx",
      put + kHost + "Content-Length: \r\n\r\n",
      put + kHost + "Content-Length: -1\r\n\r\n",
      put + kHost + "Transfer-Encoding: gzip\r\n\r\n",
      put + kHost + "Transfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n",
      put + kHost + "Transfer-Encoding: chunked, chunked\r\n\r\n0\r\n\r\n",
      get + kHost + "Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
      put + kHost + "Transfer-Encoding: \vchunked\r\n\r\n0\r\n\r\n",
      put + kHost + "Transfer-Encoding: chunked\r\n\r\nzz\r\n",
      put + kHost + "Transfer-Encoding: chunked\r\n\r\n1\r\nabX\r\n0\r\n\r\n",
      "GET / HTTP/1.0\r\n" + kHost + "Transfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
      get + kHost + "X: a\r\n b\r\n\r\n",
      get + kHost + "X: a\r\n\tb\r\n\r\n",
      get + "Host: xcap.home1.net\r\n :x\r\n\r\n",
      get + kHost + "X : a\r\n\r\n",
      get + kHost + "X\r\n\r\n",
      get + kHost + ": a\r\n\r\n",
      get + kHost + "X: a\nY: b\r\n\r\n",
      get + kHost + "X: a\rb\r\n\r\n",
      "GET / HTTP/1.1\n" + kHost + "\r\n",
      get + kHost + "Content-Length: 1\r\n\r\nx",
      get + kHost + "Transfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
      "HEAD / HTTP/1.1\r\n" + kHost + "Content-Length: 1\r\n\r\nx",
      "DELETE / HTTP/1.1\r\n" + kHost + "Content-Length: 1\r\n\r\nx",
      "\n\n",
      "GET /\r\n" + kHost + "\r\n",
      "GET / HTTP/2.0\r\n" + kHost + "\r\n",
      "GET / HTTP/0.9\r\n" + kHost + "\r\n",
      "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
      "GET  / HTTP/1.1\r\n" + kHost + "\r\n",
      "GET / x HTTP/1.1\r\n" + kHost + "\r\n",
      "G@T / HTTP/1.1\r\n" + kHost + "\r\n",
      get + kHost + "Expect: 200-ok\r\n\r\n",
      std::string("\x16\x03\x01\x02\r\n\r\n"),
  };
  for (const auto& message : messages) {
    INFO(message);
    CHECK(problem(message) == "request-malformed");
  }
  CHECK(problem(get + kHost + "Content-Length: 0\r\n\r\n") == "read");
  CHECK(problem(get + kHost + std::string("X: a\0b\r\n\r\n", 10)) == "request-malformed");
}

TEST_CASE("there is exactly one Host", "[API-1][API-3]") {
  CHECK(problem("GET / HTTP/1.1\r\n\r\n") == "request-host-invalid");
  CHECK(problem("GET / HTTP/1.1\r\n" + kHost + kHost + "\r\n") == "request-host-invalid");
  CHECK(problem("GET http://a.net/ HTTP/1.1\r\n\r\n") == "request-host-invalid");
  CHECK(problem("GET http://a.net/ HTTP/1.0\r\n\r\n") == "read");
}

TEST_CASE("limits of body and number of fields hold", "[API-6]") {
  const auto put = "PUT / HTTP/1.1\r\n" + kHost;
  CHECK(problem(put + "Content-Length: 100\r\n\r\n" + std::string(100, 'x')) == "read");
  CHECK(problem(put + "Content-Length: 101\r\n\r\n") == "limit-body");
  CHECK(problem(put + "Content-Length: 99999999999999999999\r\n\r\n") == "request-malformed");
  CHECK(problem(put + "Transfer-Encoding: chunked\r\n\r\n65\r\n") == "limit-body");
  CHECK(problem(put + "Transfer-Encoding: chunked\r\n\r\n40\r\n" + std::string(64, 'x') +
                "\r\n40\r\n") == "limit-body");
  CHECK(problem(put + "Transfer-Encoding: chunked\r\n\r\nffffffffffffffffff\r\n") !=
        std::string("read"));
  std::string fields;
  for (int i = 0; i < 20; ++i) {
    fields += "X: y\r\n";
  }
  CHECK(problem("GET / HTTP/1.1\r\n" + kHost + fields + "\r\n") == "limit-header");
}

TEST_CASE("hop-by-hop fields go, also those that Connection names", "[API-7]") {
  const auto request = read("GET / HTTP/1.1\r\n" + kHost +
                            "Connection: X-Hop , close\r\nX-Hop: 1\r\nKeep-Alive: 5\r\nX-End: 2\r\n"
                            "Connection: x-other\r\nX-OTHER: 3\r\n\r\n");
  REQUIRE(request);
  CHECK(request->headers == ut::ports::HeaderFields{{"X-End", "2"}});
  CHECK_FALSE(request->keep_alive);
}

TEST_CASE("the token is hashed and wiped where it stood", "[API-2][KEY-4]") {
  std::string block =
      "GET / HTTP/1.1\r\n" + kHost + "Proxy-Authorization: Basic YXBwOnRva2Vu\r\n\r\n";
  ut::local::TokenClaims claims;
  RequestParser parser(kFieldLimit, kBodyLimit, claims);
  REQUIRE(parser.read_header({block.data(), block.size()}));
  REQUIRE(parser.request().claim);
  CHECK(parser.request().claim->application == "app");
  CHECK(parser.request().claim->hash == ut::local::hash_token("token"));
  CHECK(parser.request().headers.empty());
  CHECK(block.find("YXBwOnRva2Vu") == std::string::npos);
}

TEST_CASE("intended identity: one, in quotes or not", "[UA-8]") {
  const auto with = [](const std::string& value) {
    return read("GET / HTTP/1.1\r\n" + kHost + value + "\r\n");
  };
  CHECK(with("X-3GPP-Intended-Identity: sip:a@b.net\r\n")->intended_identity == "sip:a@b.net");
  CHECK(with("x-3gpp-intended-identity: \"sip:a@b.net\"\r\n")->intended_identity == "sip:a@b.net");
  for (const char* value : {"\"sip:a@b.net\", \"sip:c@d.net\"", "\"sip:a@b.net", "sip:a@b.net\"",
                            "\"\"", "", "sip:a@b.net,sip:c@d.net", "\"a\\\"b\"", "a b", "\""}) {
    INFO(value);
    const auto request = with("X-3GPP-Intended-Identity: " + std::string(value) + "\r\n");
    REQUIRE_FALSE(request);
    CHECK(request.error().code == ErrorCode::request_malformed);
  }
  CHECK_FALSE(with("X-3GPP-Intended-Identity: a\r\nX-3GPP-Intended-Identity: a\r\n"));
}

TEST_CASE("keep-alive follows version and Connection", "[API-1]") {
  CHECK(read("GET / HTTP/1.1\r\n" + kHost + "\r\n")->keep_alive);
  CHECK_FALSE(read("GET / HTTP/1.1\r\n" + kHost + "Connection: close\r\n\r\n")->keep_alive);
  CHECK_FALSE(read("GET / HTTP/1.0\r\n" + kHost + "\r\n")->keep_alive);
  CHECK(read("GET / HTTP/1.0\r\n" + kHost + "Connection: keep-alive\r\n\r\n")->keep_alive);
}
