// PSK TLS with servers of which only the octets are known that they send; real ones are in
// tests/interop/psk-servers.
#include "base/clock.h"
#include "base/encoding.h"
#include "tests/support/catch.h"
#include "tests/unit/tls/scripted_server.h"
#include "tls/stream.h"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/io_context.hpp>

#include <initializer_list>
#include <memory>
#include <optional>
#include <string>
#include <vector>

using namespace ut;
using namespace ut::tls;
using namespace ut::tls::test_server;
using namespace std::chrono_literals;

namespace {

std::shared_ptr<Context> context(Version version) {
  auto made = Context::create(psk_profile(version), Trust(), nullptr);
  REQUIRE(made.has_value());
  return *made;
}

struct Asked {
  std::vector<PskRequest> requests{};
  std::string identity = "3GPP-bootstrapping;me@bsf.home1.net";
  std::optional<Error> error{};
};

asio::awaitable<Result<Psk>> give(Asked& asked, PskRequest request) {
  asked.requests.push_back(std::move(request));
  if (asked.error) {
    co_return std::unexpected(*asked.error);
  }
  Psk psk;
  psk.identity = asked.identity;
  psk.key = SecretBytes::copy_of(Bytes(32, 0x4b));
  co_return psk;
}

asio::awaitable<void> shake(std::shared_ptr<Context> with, tcp::endpoint to, Asked& asked,
                            std::optional<Result<Negotiated>>& result) {
  tcp::socket socket(co_await asio::this_coro::executor);
  co_await socket.async_connect(to, asio::use_awaitable);
  auto stream = Stream::create(std::move(with), std::move(socket),
                               Peer{.host = "xcap.home1.net", .b_tid = "me@bsf.home1.net"});
  REQUIRE(stream.has_value());
  result = co_await stream->handshake(
      [&asked](PskRequest request) { return give(asked, std::move(request)); });
}

Error handshake_with(Script& script, Asked& asked, Version version) {
  asio::io_context loop;
  tcp::acceptor acceptor(loop, {asio::ip::address_v4::loopback(), 0});
  std::optional<Result<Negotiated>> result;
  asio::co_spawn(loop, play(acceptor, script), asio::detached);
  asio::co_spawn(loop, shake(context(version), acceptor.local_endpoint(), asked, result),
                 asio::detached);
  run(loop);
  REQUIRE(result.has_value());
  REQUIRE_FALSE(result->has_value());
  return result->error();
}

Bytes handshake_record(std::initializer_list<Bytes> messages) {
  Bytes payload;
  for (const auto& message : messages) {
    append(payload, message);
  }
  Bytes octets = {22, 3, 3, static_cast<std::uint8_t>(payload.size() >> 8),
                  static_cast<std::uint8_t>(payload.size())};
  append(octets, payload);
  return octets;
}

Bytes server_hello(std::uint8_t suite_high, std::uint8_t suite_low) {
  Bytes octets = {2, 0, 0, 38, 3, 3};
  octets.insert(octets.end(), 32, 0x55);
  append(octets, Bytes{0, suite_high, suite_low, 0});
  return octets;
}

// ECDHE-PSK with the base point of P-256, and the end of the flight.
Bytes key_exchange(std::string_view hint) {
  Bytes octets = {12, 0,
                  0,  static_cast<std::uint8_t>(2 + hint.size() + 69),
                  0,  static_cast<std::uint8_t>(hint.size())};
  append(octets, as_bytes(hint));
  append(octets, Bytes{3, 0, 23, 65, 4});
  append(octets, *from_hex("6b17d1f2e12c4247f8bce6e563a440f277037d812deb33a0f4a13945d898c296"
                           "4fe342e2fe1a7f9b8ee7eb4a7c0f9e162bce33576b315ececbb6406837bf51f5"));
  return octets;
}

const Bytes kDone = {14, 0, 0, 0};

Bytes alert(std::uint8_t number) {
  return {21, 3, 3, 0, 2, 2, number};
}

bool contains(const Bytes& octets, std::string_view text) {
  return as_text(octets).find(text) != std::string_view::npos;
}

}  // namespace

TEST_CASE("in TLS 1.2 the key is asked for with suite and hint of the server", "[UA-6][KEY-2]") {
  Asked asked;
  Script script{.answer = handshake_record(
                    {server_hello(0xcc, 0xac), key_exchange("3GPP-bootstrapping"), kDone}),
                .second = alert(115)};
  const Error error = handshake_with(script, asked, Version::tls12);
  CHECK(error.code == ErrorCode::tls_psk_refused);
  CHECK(error.foreign == ForeignNumber{ForeignKind::tls_alert, 115});
  REQUIRE(asked.requests.size() == 1);
  CHECK(asked.requests[0].version == Version::tls12);
  CHECK(asked.requests[0].suite == 0xccac);
  CHECK(asked.requests[0].hint == "3GPP-bootstrapping");
  // The identity leaves after the server's flight, and the key never.
  CHECK_FALSE(contains(script.hello, "3GPP-bootstrapping"));
  CHECK(contains(script.got, asked.identity));
  CHECK_FALSE(contains(script.got, std::string(8, 0x4b)));
}

TEST_CASE("in TLS 1.3 the key is asked for before the ClientHello", "[UA-6][KEY-2]") {
  Asked asked;
  Script script{.answer = alert(115)};
  const Error error = handshake_with(script, asked, Version::tls13);
  CHECK(error.code == ErrorCode::tls_psk_refused);
  REQUIRE(asked.requests.size() == 1);
  CHECK(asked.requests[0].version == Version::tls13);
  CHECK(asked.requests[0].suite == 0);
  CHECK(asked.requests[0].hint.empty());
  CHECK(contains(script.hello, asked.identity));
  CHECK(contains(script.hello, "xcap.home1.net"));
}

TEST_CASE("without a key nothing of PSK leaves", "[UA-6][KEY-2]") {
  for (const Version version : {Version::tls12, Version::tls13}) {
    Asked asked;
    asked.error = Error{ErrorCode::tls_psk_hint_unsupported, "test"};
    Script script{
        .answer = handshake_record({server_hello(0xcc, 0xac), key_exchange("bank"), kDone}),
        .close = version == Version::tls13};
    if (version == Version::tls13) {
      // There is not even a ClientHello: the server would wait for ever.
      asio::io_context loop;
      tcp::acceptor acceptor(loop, {asio::ip::address_v4::loopback(), 0});
      std::optional<Result<Negotiated>> result;
      asio::co_spawn(loop, shake(context(version), acceptor.local_endpoint(), asked, result),
                     asio::detached);
      run(loop);
      REQUIRE(result.has_value());
      CHECK(result->error().code == ErrorCode::tls_psk_hint_unsupported);
      continue;
    }
    CHECK(handshake_with(script, asked, version).code == ErrorCode::tls_psk_hint_unsupported);
    CHECK(script.got == alert(40));
  }
}

TEST_CASE("a handshake of PSK to which nobody gives a key fails", "[UA-6][UT-1]") {
  asio::io_context loop;
  tcp::acceptor acceptor(loop, {asio::ip::address_v4::loopback(), 0});
  std::optional<Result<Negotiated>> result;
  asio::co_spawn(
      loop,
      [](std::shared_ptr<Context> with, tcp::endpoint to,
         std::optional<Result<Negotiated>>& shaken) -> asio::awaitable<void> {
        tcp::socket socket(co_await asio::this_coro::executor);
        co_await socket.async_connect(to, asio::use_awaitable);
        auto stream =
            Stream::create(std::move(with), std::move(socket), Peer{.host = "xcap.home1.net"});
        REQUIRE(stream.has_value());
        shaken = co_await stream->handshake();
      }(context(Version::tls13), acceptor.local_endpoint(), result),
      asio::detached);
  run(loop);
  REQUIRE(result.has_value());
  REQUIRE_FALSE(result->has_value());
  CHECK(result->error().code == ErrorCode::tls_handshake_failed);
}

TEST_CASE("what an alert says of PSK depends on what the server has seen", "[UA-6][UA-4]") {
  using enum ErrorCode;
  struct Case {
    std::uint8_t number;
    ErrorCode after_key;  // TLS 1.2, after the key exchange
    ErrorCode hello12;    // TLS 1.2, in answer to the ClientHello
    ErrorCode hello13;    // TLS 1.3, where identity and binder are in the ClientHello
  };
  for (const Case& each : std::initializer_list<Case>{
           {115, tls_psk_refused, tls_handshake_failed, tls_psk_refused},
           {51, tls_psk_refused, tls_handshake_failed, tls_psk_refused},
           {20, tls_psk_refused, tls_handshake_failed, tls_psk_refused},
           {40, tls_psk_refused, tls_psk_not_chosen, tls_psk_not_chosen},
           {49, tls_psk_refused, tls_psk_not_chosen, tls_psk_not_chosen},
           {71, tls_psk_refused, tls_psk_not_chosen, tls_psk_not_chosen},
           {47, tls_handshake_failed, tls_handshake_failed, tls_psk_refused},
           {70, tls_version_refused, tls_version_refused, tls_version_refused},
           {80, tls_handshake_failed, tls_handshake_failed, tls_handshake_failed}}) {
    CAPTURE(each.number);
    Asked asked;
    Script after{.answer = handshake_record({server_hello(0xcc, 0xac), key_exchange(""), kDone}),
                 .second = alert(each.number)};
    CHECK(handshake_with(after, asked, Version::tls12).code == each.after_key);
    Script hello12{.answer = alert(each.number)};
    CHECK(handshake_with(hello12, asked, Version::tls12).code == each.hello12);
    Script hello13{.answer = alert(each.number)};
    CHECK(handshake_with(hello13, asked, Version::tls13).code == each.hello13);
  }
}

TEST_CASE("a server that shows a certificate where PSK is wanted gets an alert and nothing else",
          "[UA-6][UT-2][UT-1]") {
  Asked asked;
  Script script{
      .answer = handshake_record(
          {server_hello(0xcc, 0xac), {11, 0, 0, 6, 0, 0, 3, 0, 0, 0}, key_exchange(""), kDone})};
  CHECK(handshake_with(script, asked, Version::tls12).code == ErrorCode::tls_psk_not_chosen);
  CHECK(script.got == alert(47));
  CHECK(asked.requests.empty());
  Script other{.answer = handshake_record({server_hello(0xc0, 0x2b)})};
  CHECK(handshake_with(other, asked, Version::tls12).code == ErrorCode::tls_profile_violated);
  CHECK(other.got == alert(47));
}

TEST_CASE("an identity that the library has no room for is not cut short", "[UA-6]") {
  Asked asked;
  asked.identity = std::string(2000, 'x');
  Script script{.answer = handshake_record(
                    {server_hello(0xcc, 0xac), key_exchange("3GPP-bootstrapping"), kDone})};
  CHECK(handshake_with(script, asked, Version::tls12).code == ErrorCode::tls_handshake_failed);
  CHECK_FALSE(contains(script.got, "xxxx"));
  // The longest that a B-TID can make.
  asked.identity = "3GPP-bootstrapping;" + std::string(512, 'x');
  Script long_one{.answer = script.answer, .second = alert(115)};
  CHECK(handshake_with(long_one, asked, Version::tls12).code == ErrorCode::tls_psk_refused);
  CHECK(contains(long_one.got, asked.identity));
}
