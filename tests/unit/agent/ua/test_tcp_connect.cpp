#include "agent/ua/tcp_connect.h"
#include "tests/support/catch.h"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>

#include <optional>

namespace ut::ua {
namespace {

namespace asio = boost::asio;
using asio::ip::tcp;

struct Outcome {
  std::optional<tcp::socket> socket{};
  std::optional<ErrorCode> error{};
};

ports::Task<void> connect_into(asio::io_context& loop, TcpTarget target, Outcome& outcome) {
  auto connected = co_await tcp_connect(loop.get_executor(), std::move(target));
  if (connected) {
    outcome.socket = *std::move(connected);
  } else {
    outcome.error = connected.error().code;
  }
}

Outcome connect_to(asio::io_context& loop, TcpTarget target) {
  Outcome outcome;
  asio::co_spawn(loop, connect_into(loop, std::move(target), outcome),
                 [](std::exception_ptr thrown) {
                   if (thrown) {
                     std::rethrow_exception(thrown);
                   }
                 });
  loop.run_for(std::chrono::seconds(5));
  return outcome;
}

}  // namespace

TEST_CASE("an IP address is taken as it is and the socket does not delay", "[UT-1]") {
  asio::io_context loop(1);
  tcp::acceptor acceptor(loop, tcp::endpoint(asio::ip::address_v4::loopback(), 0));
  const auto outcome =
      connect_to(loop, {.host = "127.0.0.1", .port = acceptor.local_endpoint().port()});
  REQUIRE(outcome.socket.has_value());
  tcp::no_delay no_delay;
  outcome.socket->get_option(no_delay);
  CHECK(no_delay.value());
}

TEST_CASE("of several addresses the one that answers is used", "[UT-1]") {
  // localhost is ::1 and 127.0.0.1 on most machines; only one of them listens.
  asio::io_context loop(1);
  tcp::acceptor acceptor(loop, tcp::endpoint(asio::ip::address_v4::loopback(), 0));
  const auto outcome =
      connect_to(loop, {.host = "localhost", .port = acceptor.local_endpoint().port()});
  REQUIRE(outcome.socket.has_value());
  CHECK((outcome.socket->remote_endpoint() == acceptor.local_endpoint()));
}

TEST_CASE("a closed port is an unreachable NAF", "[UT-1]") {
  asio::io_context loop(1);
  tcp::acceptor acceptor(loop, tcp::endpoint(asio::ip::address_v4::loopback(), 0));
  const auto port = acceptor.local_endpoint().port();
  acceptor.close();
  const auto outcome = connect_to(loop, {.host = "127.0.0.1", .port = port});
  CHECK_FALSE(outcome.socket.has_value());
  CHECK(outcome.error == ErrorCode::network_unreachable);
}

}  // namespace ut::ua
