#include "tls/crypto/aes_gcm.h"
#include "tls/crypto_device.h"
#include "tls/stream.h"
#include "tls/trust_files.h"

#include "base/clock.h"
#include "base/secret.h"
#include "tests/support/catch.h"
#include "tests/support/vectors.h"
#include "tests/unit/tls/scripted_server.h"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/experimental/awaitable_operators.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/read.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/write.hpp>

#include <wolfssl/options.h>
// options.h first: it holds the switches the library was built with.
#include <wolfssl/wolfcrypt/aes.h>

#include <array>
#include <chrono>
#include <functional>
#include <limits>
#include <memory>
#include <optional>
#include <string>
#include <vector>

using namespace ut;
using namespace ut::tls;
using namespace ut::tls::test_server;
using namespace std::chrono_literals;

namespace {

Trust trust() {
  auto made = Trust::from_pem(test::source_file("tests/vectors/tls/ca.pem"));
  REQUIRE(made.has_value());
  return *made;
}

std::shared_ptr<Context> context(std::shared_ptr<SessionCache> sessions = nullptr) {
  auto made = Context::create(standard_profile(), trust(), std::move(sessions));
  REQUIRE(made.has_value());
  return *made;
}

asio::awaitable<Result<Stream>> connect(std::shared_ptr<Context> with, tcp::endpoint to) {
  tcp::socket socket(co_await asio::this_coro::executor);
  co_await socket.async_connect(to, asio::use_awaitable);
  co_return Stream::create(std::move(with), std::move(socket), Peer{.host = "XCAP.home1.net."});
}

asio::awaitable<void> shake(std::shared_ptr<Context> with, tcp::endpoint to,
                            std::optional<Result<Negotiated>>& result) {
  auto stream = co_await connect(std::move(with), to);
  REQUIRE(stream.has_value());
  result = co_await stream->handshake();
}

// The error of a handshake with the script.
Error handshake_with(Script& script, std::shared_ptr<Context> with = context()) {
  asio::io_context loop;
  tcp::acceptor acceptor(loop, {asio::ip::address_v4::loopback(), 0});
  std::optional<Result<Negotiated>> result;
  asio::co_spawn(loop, play(acceptor, script), asio::detached);
  asio::co_spawn(loop, shake(std::move(with), acceptor.local_endpoint(), result), asio::detached);
  run(loop);
  REQUIRE(result.has_value());
  REQUIRE_FALSE(result->has_value());
  return result->error();
}

Bytes server_hello(std::uint8_t suite_high, std::uint8_t suite_low) {
  Bytes octets = {22, 3, 3, 0, 42, 2, 0, 0, 38, 3, 3};
  octets.insert(octets.end(), 32, 0x55);
  append(octets, Bytes{0, suite_high, suite_low, 0});
  return octets;
}

const Bytes kIllegalParameter = {21, 3, 3, 0, 2, 2, 47};

class FixedClock final : public Clock {
 public:
  UtcTime utc() const override { return UtcTime(1000000h); }
  SteadyTime steady() const override { return {}; }
};

}  // namespace

TEST_CASE("a server that chooses an anonymous suite gets an alert and nothing else",
          "[UT-1][UT-2][UT-4]") {
  Script script{.answer = server_hello(0x00, 0x6c)};
  CHECK(handshake_with(script).code == ErrorCode::tls_peer_anonymous);
  CHECK(script.got == kIllegalParameter);
}

TEST_CASE("a server that chooses what was not offered gets an alert and nothing else",
          "[UT-1][UT-4]") {
  Script script{.answer = server_hello(0x00, 0x0a)};
  CHECK(handshake_with(script).code == ErrorCode::tls_profile_violated);
  CHECK(script.got == kIllegalParameter);
}

TEST_CASE("a server without TLS gets nothing that concerns HTTP", "[UT-1]") {
  Script script{.answer = to_bytes(as_bytes("HTTP/1.1 400 Bad Request\r\n\r\n"))};
  CHECK(handshake_with(script).code == ErrorCode::tls_handshake_failed);
  CHECK(script.got == kIllegalParameter);
}

TEST_CASE("a server that ends the handshake is told apart from one that refuses", "[UT-4]") {
  Script closes{.answer = {}, .close = true};
  CHECK(handshake_with(closes).code == ErrorCode::tls_closed);

  Script refuses{.answer = {21, 3, 3, 0, 2, 2, 40}};
  const Error refused = handshake_with(refuses);
  CHECK(refused.code == ErrorCode::tls_handshake_failed);
  CHECK(refused.foreign == ForeignNumber{ForeignKind::tls_alert, 40});

  Script old{.answer = {21, 3, 3, 0, 2, 2, 70}};
  CHECK(handshake_with(old).code == ErrorCode::tls_version_refused);
}

TEST_CASE("the ClientHello names the NAF in its normalised form", "[UT-2][UT-9]") {
  Script script{.answer = {}, .close = true};
  handshake_with(script);
  const std::string_view hello = as_text(script.hello);
  CHECK(hello.find(std::string_view("\0\x0excap.home1.net", 16)) != std::string_view::npos);
  CHECK(hello.find("\x08http/1.1") != std::string_view::npos);
}

TEST_CASE("a failed handshake forgets the sessions of the server", "[UT-12]") {
  const FixedClock clock;
  const auto sessions = std::make_shared<SessionCache>(clock);
  int owner = 0;
  for (const char* host : {"xcap.home1.net", "xcap.home2.net"}) {
    // A trust of its own, so that the handshake does not offer what is no session of the library.
    sessions->store(SessionKey{.host = host, .port = 443, .trust = "other"},
                    Session{.handle = {std::shared_ptr<void>(&owner, [](void*) {}),
                                       reinterpret_cast<WOLFSSL_SESSION*>(&owner)},
                            .peer_certificate_end = clock.utc() + 1h,
                            .authenticated = clock.utc()});
  }
  REQUIRE(sessions->size() == 2);
  Script script{.answer = server_hello(0x00, 0x0a)};
  handshake_with(script, context(sessions));
  CHECK(sessions->size() == 1);
  CHECK(sessions->find({.host = "xcap.home2.net", .port = 443, .trust = "other"}) != nullptr);
}

TEST_CASE("a handshake that takes too long ends by cancellation", "[UT-4]") {
  using namespace asio::experimental::awaitable_operators;
  asio::io_context loop;
  tcp::acceptor acceptor(loop, {asio::ip::address_v4::loopback(), 0});
  Script script;
  std::optional<Result<Negotiated>> result;
  bool timed_out = false;
  asio::co_spawn(loop, play(acceptor, script), asio::detached);
  asio::co_spawn(
      loop,
      [](std::shared_ptr<Context> with, tcp::endpoint to, bool& late,
         std::optional<Result<Negotiated>>& shaken) -> asio::awaitable<void> {
        auto stream = co_await connect(std::move(with), to);
        REQUIRE(stream.has_value());
        asio::steady_timer timer(co_await asio::this_coro::executor, 50ms);
        auto first = co_await (timer.async_wait(asio::use_awaitable) || stream->handshake());
        late = first.index() == 0;
        if (auto* done = std::get_if<1>(&first)) {
          shaken = std::move(*done);
        }
      }(context(), acceptor.local_endpoint(), timed_out, result),
      asio::detached);
  run(loop);
  CHECK(timed_out);
  CHECK_FALSE(result.has_value());
}

TEST_CASE("closing ends a handshake that waits, and a stream may go before its operation",
          "[UT-4]") {
  const bool destroy = GENERATE(false, true);
  asio::io_context loop;
  tcp::acceptor acceptor(loop, {asio::ip::address_v4::loopback(), 0});
  Script script;
  asio::co_spawn(loop, play(acceptor, script), asio::detached);
  std::optional<boost::system::error_code> end;
  asio::co_spawn(
      loop,
      [](std::shared_ptr<Context> with, tcp::endpoint to, bool go,
         std::optional<boost::system::error_code>& ended) -> asio::awaitable<void> {
        auto stream = co_await connect(std::move(with), to);
        REQUIRE(stream.has_value());
        auto held = std::make_unique<Stream>(std::move(*stream));
        held->async_handshake([&ended](boost::system::error_code code) { ended = code; });
        asio::steady_timer timer(co_await asio::this_coro::executor, 20ms);
        co_await timer.async_wait(asio::use_awaitable);
        CHECK_FALSE(ended.has_value());
        if (go) {
          held.reset();
        } else {
          held->close();
          CHECK_FALSE(held->still_idle());
        }
        timer.expires_after(1ms);
        co_await timer.async_wait(asio::use_awaitable);
      }(context(), acceptor.local_endpoint(), destroy, end),
      asio::detached);
  run(loop);
  REQUIRE(end.has_value());
  CHECK(*end == asio::error::operation_aborted);
}

TEST_CASE("the key schedules of records go with a connection", "[UT-5][KEY-3]") {
  asio::io_context loop;
  const auto with = context();
  const std::size_t before = locked_memory::in_use();
  {
    auto stream =
        Stream::create(with, tcp::socket(loop, tcp::v4()), Peer{.host = "xcap.home1.net"});
    REQUIRE(stream.has_value());
    const std::size_t with_stream = locked_memory::in_use();
    Aes aes{};
    const Bytes key(16, 0x42);
    REQUIRE(wc_AesInit(&aes, nullptr, crypto_device()) == 0);
    REQUIRE(wc_AesGcmSetKey(&aes, key.data(), 16) == 0);
    std::array<byte, 16> text{};
    std::array<byte, 16> tag{};
    REQUIRE(wc_AesGcmEncrypt(&aes, text.data(), text.data(), text.size(), key.data(), 12,
                             tag.data(), tag.size(), nullptr, 0) == 0);
    wc_AesFree(&aes);
    if (crypto::has_aes_instructions()) {
      CHECK(locked_memory::in_use() > with_stream);
    }
  }
  CHECK(locked_memory::in_use() == before);
}

TEST_CASE("a stream to what is no NAF name is not made", "[UT-2]") {
  asio::io_context loop;
  for (const char* host : {"127.0.0.1", "::1", "", "a_b.net"}) {
    const auto stream = Stream::create(context(), tcp::socket(loop, tcp::v4()), Peer{.host = host});
    REQUIRE_FALSE(stream.has_value());
    CHECK(stream.error().code == ErrorCode::tls_name_invalid);
  }
}

TEST_CASE("errors of the stream keep their meaning", "[UT-5][UT-11]") {
  const boost::system::error_code code = make_error_code(ErrorCode::tls_truncated);
  CHECK(code.category() == error_category());
  CHECK(code.message() == meaning(ErrorCode::tls_truncated));
  asio::io_context loop;
  auto stream =
      Stream::create(context(), tcp::socket(loop, tcp::v4()), Peer{.host = "xcap.home1.net"});
  REQUIRE(stream.has_value());
  CHECK(stream->error(code, "read").code == ErrorCode::tls_truncated);
  CHECK(stream->error(asio::error::eof, "read").code == ErrorCode::tls_closed);
  CHECK(stream->error(asio::error::operation_aborted, "read").code == ErrorCode::network_timeout);
  CHECK(stream->error(asio::error::connection_reset, "read").code == ErrorCode::network_closed);
}

TEST_CASE("a context is made of the whole profile or not at all", "[UT-4]") {
  const auto refusal = [](const Profile& profile) {
    const auto made = Context::create(profile, trust(), nullptr);
    REQUIRE_FALSE(made.has_value());
    CHECK(made.error().code == ErrorCode::tls_profile_violated);
    return made.error().detail;
  };
  const Profile good = standard_profile();
  Profile profile = good;
  profile.suites.push_back({.number = 0xc0ff,
                            .name = "TLS_UNKNOWN",
                            .library_name = "NO-SUCH-SUITE",
                            .version = Version::tls12,
                            .key_exchange = KeyExchange::ecdhe_rsa,
                            .protection = Protection::aes_gcm});
  CHECK(refusal(profile).find("TLS_UNKNOWN") != std::string::npos);
  profile = good;
  profile.suites.front().number = 0xc02c;  // another suite than the name says
  refusal(profile);
  profile = good;
  profile.suites.clear();
  CHECK(refusal(profile).find("suites") != std::string::npos);
  profile = good;
  std::erase_if(profile.suites, [](const Suite& suite) { return suite.version == Version::tls13; });
  CHECK(refusal(profile).find("suites") != std::string::npos);
  profile = good;
  profile.groups = {{.number = 0x9999, .name = "unknown"}};
  CHECK(refusal(profile).find("groups") != std::string::npos);
  profile = good;
  profile.signature_schemes = {{.number = 0x9999, .name = "unknown", .library_name = "NO+SHA999"}};
  CHECK(refusal(profile).find("signature") != std::string::npos);
  profile = good;
  profile.minimum.rsa = std::numeric_limits<std::uint16_t>::max();
  CHECK(refusal(profile).find("minimum") != std::string::npos);
  profile = good;
  profile.versions.clear();
  CHECK(refusal(profile).find("versions") != std::string::npos);
}

TEST_CASE("a context needs an authority that can be used", "[UT-2]") {
  // A certificate below the minimum sizes vouches for nobody.
  auto small = Trust::from_pem(test::source_file("tests/vectors/tls/intermediate-rsa1024.pem"));
  REQUIRE(small.has_value());
  const auto made = Context::create(standard_profile(), *small, nullptr);
  REQUIRE_FALSE(made.has_value());
  CHECK(made.error().code == ErrorCode::tls_trust_unusable);
}

TEST_CASE("the system's authorities make a context", "[UT-2]") {
  const auto system = TrustFiles({}).load();
  if (!system) {
    WARN("this machine has no CA bundle");
    return;
  }
  CHECK(Context::create(standard_profile(), *system, nullptr).has_value());
  CHECK(system->id() != trust().id());
}
