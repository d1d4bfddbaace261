// Plain http towards NAFs, over real sockets of the loopback.
#include "agent/ua/plain_connector.h"
#include "tests/support/catch.h"
#include "tests/unit/agent/ua/fakes.h"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/read.hpp>
#include <boost/asio/write.hpp>

#include <array>
#include <chrono>
#include <initializer_list>
#include <utility>

namespace ut::ua::test {
namespace {

namespace asio = boost::asio;
using asio::ip::tcp;
using namespace std::chrono_literals;

constexpr std::string_view kPlainNaf = "plain.home1.net";

// The port of a NAF without TLS.
struct TcpNaf {
  explicit TcpNaf(asio::io_context& io)
      : acceptor(io, tcp::endpoint(asio::ip::address_v4::loopback(), 0)) {}

  NafSettings settings(bool plain_http) const {
    NafSettings naf;
    naf.address = "127.0.0.1";
    naf.address_port = acceptor.local_endpoint().port();
    naf.plain_http = plain_http;
    return naf;
  }
  tcp::socket accepted() { return acceptor.accept(); }

  tcp::acceptor acceptor;
};

struct PlainWorld {
  PlainWorld() {
    config.nafs[std::string(kPlainNaf)] = naf.settings(true);
    config.nafs["tls.home1.net"] = naf.settings(false);
  }

  template <class T>
  T run(ports::Task<T> task) {
    std::optional<T> outcome;
    asio::co_spawn(loop, std::move(task), [&](const std::exception_ptr& thrown, T result) {
      if (thrown) {
        std::rethrow_exception(thrown);
      }
      outcome.emplace(std::move(result));
    });
    loop.restart();
    loop.run_for(5s);
    REQUIRE(outcome.has_value());
    return *std::move(outcome);
  }
  std::unique_ptr<Channel> connected() {
    auto channel = run(connector.connect({std::string(kPlainNaf), kPlainHttpPort}));
    REQUIRE(channel);
    return *std::move(channel);
  }

  asio::io_context loop{1};
  FakeClock clock;
  FakeAssociations associations{clock};
  FakeNaf tls{loop, associations};
  TcpNaf naf{loop};
  UaConfig config{};
  PlainConnector connector{loop.get_executor(), config, tls};
};

UaConfig plain_config() {
  UaConfig config;
  config.nafs[kNaf].plain_http = true;
  return config;
}

std::string text_from(tcp::socket& peer, std::size_t octets) {
  std::string text(octets, '\0');
  asio::read(peer, asio::buffer(text));
  return text;
}

}  // namespace

TEST_CASE("a NAF of plain http gets a channel that says that it has no TLS", "[UA-10][UT-11]") {
  PlainWorld world;
  const auto channel = world.connected();
  CHECK(channel->facts().plain_http);
  CHECK(channel->facts().tls_version == "none");
  CHECK(channel->facts().suite_name.empty());
  CHECK_FALSE(channel->facts().psk);
  CHECK(world.tls.connections == 0);
  CHECK(channel->path() == net::Path::same);
}

TEST_CASE("every other NAF is reached by TLS", "[UA-10][UT-1]") {
  PlainWorld world;
  for (const std::string naf : {"tls.home1.net", "unknown.home1.net", "plain.home1.net.evil.net"}) {
    const auto channel = world.run(world.connector.connect({naf, kTlsPort}));
    REQUIRE(channel);
    CHECK_FALSE((*channel)->facts().plain_http);
    CHECK((*channel)->facts().tls_version == "TLSv1.2");
  }
  CHECK(world.tls.connections == 3);
  // Not even a connection was made past it.
  world.naf.acceptor.non_blocking(true);
  boost::system::error_code code;
  (void)world.naf.acceptor.accept(code);
  CHECK(code == asio::error::would_block);
}

TEST_CASE("a plain channel carries octets as they are", "[UA-10]") {
  PlainWorld world;
  const auto channel = world.connected();
  auto peer = world.naf.accepted();
  const auto [written, size] =
      world.run(channel->write(as_bytes("PUT / HTTP/1.1\r\n\r\n"), as_bytes("<list/>")));
  CHECK_FALSE(written);
  CHECK(size == 25);
  CHECK(text_from(peer, 25) == "PUT / HTTP/1.1\r\n\r\n<list/>");
  asio::write(peer, asio::buffer(std::string_view("HTTP/1.1 200 OK\r\n")));
  std::array<std::uint8_t, 64> got{};
  const auto [read, count] = world.run(channel->read_some(got));
  CHECK_FALSE(read);
  CHECK(as_text(ByteView(got).first(count)) == "HTTP/1.1 200 OK\r\n");
}

TEST_CASE("an idle plain channel is alive until the NAF closes or speaks unasked", "[UA-10]") {
  for (const bool speaks : {false, true}) {
    PlainWorld world;
    const auto channel = world.connected();
    auto peer = world.naf.accepted();
    CHECK(channel->still_idle());
    CHECK(channel->still_idle());
    if (speaks) {
      asio::write(peer, asio::buffer(std::string_view("HTTP/1.1 408 Late\r\n\r\n")));
    } else {
      peer.close();
    }
    CHECK_FALSE(channel->still_idle());
  }
}

TEST_CASE("a plain channel that is closed ends what waits on it", "[UA-10][UT-12]") {
  for (const bool distrusted : {false, true}) {
    PlainWorld world;
    const auto channel = world.connected();
    auto peer = world.naf.accepted();
    const auto close = [&] {
      if (distrusted) {
        channel->fail_authentication();
      } else {
        channel->close();
      }
    };
    // Behind the read, which begins in the turn between the two.
    asio::post(world.loop, [&] { asio::post(world.loop, close); });
    std::array<std::uint8_t, 8> got{};
    const auto [code, count] = world.run(channel->read_some(got));
    CHECK(code == asio::error::operation_aborted);
    CHECK(channel->error(code, "read").code == ErrorCode::network_timeout);
    CHECK_FALSE(channel->still_idle());
    std::array<char, 1> octet{};
    boost::system::error_code ended;
    peer.read_some(asio::buffer(octet), ended);
    CHECK(ended == asio::error::eof);
  }
}

TEST_CASE("a reset is told as a closed network", "[UA-10][API-4]") {
  PlainWorld world;
  const auto channel = world.connected();
  auto peer = world.naf.accepted();
  peer.set_option(asio::socket_base::linger(true, 0));
  peer.close();
  std::array<std::uint8_t, 8> got{};
  const auto [code, count] = world.run(channel->read_some(got));
  REQUIRE(code);
  CHECK(channel->error(code, "read").code == ErrorCode::network_closed);
}

TEST_CASE("a plain NAF that cannot be reached is told by its reason", "[UA-10][API-4]") {
  PlainWorld world;
  world.naf.acceptor.close();
  const auto channel = world.run(world.connector.connect({std::string(kPlainNaf), kPlainHttpPort}));
  REQUIRE_FALSE(channel);
  CHECK(channel.error().code == ErrorCode::network_unreachable);
}

TEST_CASE("what forgets TLS sessions reaches the TLS connector", "[UA-10][IS-6][KEY-3]") {
  PlainWorld world;
  world.connector.forget_sessions();
  world.connector.forget_sessions_of("b-tid");
  CHECK(world.tls.sessions_forgotten == 1);
  CHECK(world.tls.forgotten_b_tids == std::vector<std::string>{"b-tid"});
}

// --- conversations ---

TEST_CASE("digest without TLS has the key of HTTP Digest and a check of its own",
          "[UA-10][KEY-2]") {
  World world(plain_config());
  world.naf.plain_http = true;
  Sink sink;
  const auto report = world.run(put("<list/>"), sink);
  REQUIRE(report);
  CHECK(sink.head->status == 200);
  CHECK(report->ua_protocol_id == "0100000002");
  CHECK(report->ua_method == "digest");
  REQUIRE(world.run(get(), sink));
  CHECK(world.naf.challenged[1] == 1);
  CHECK(world.naf.received.back().parameter("nc") == "00000002");
  // Nothing leaves early because there is no TLS [UT-1].
  CHECK(world.naf.received[0].method == "GET");
  CHECK(world.naf.received[0].body.empty());
  world.naf.rspauth_override = std::string(32, '0');
  const auto refused = world.run(get(), sink);
  REQUIRE_FALSE(refused);
  CHECK(refused.error().code == ErrorCode::ua_rspauth_wrong);
}

TEST_CASE("the port of plain http is 80, and no Host names it", "[UA-10]") {
  for (const std::uint16_t port : std::initializer_list<std::uint16_t>{443, 80, 8080}) {
    World world(plain_config());
    world.naf.plain_http = true;
    auto request = get();
    request.port = port;
    Sink sink;
    REQUIRE(world.run(request, sink));
    CHECK(world.naf.ports == std::vector<std::uint16_t>{port == 8080 ? port : kPlainHttpPort});
    CHECK(world.naf.received.back().header("Host") == (port == 8080 ? kNaf + ":8080" : kNaf));
  }
}

TEST_CASE("a NAF of TLS keeps its port", "[UT-1]") {
  for (const std::uint16_t port : std::initializer_list<std::uint16_t>{443, 80}) {
    World world;
    auto request = get();
    request.port = port;
    Sink sink;
    REQUIRE(world.run(request, sink));
    CHECK(world.naf.ports == std::vector<std::uint16_t>{port});
    CHECK(world.naf.received.back().header("Host") == (port == 80 ? kNaf + ":80" : kNaf));
  }
}

}  // namespace ut::ua::test
