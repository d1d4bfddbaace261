#include "agent/ua/tcp_connect.h"

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/experimental/awaitable_operators.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <cerrno>
#include <string>
#include <utility>
#include <vector>

namespace ut::ua {
namespace asio = boost::asio;
using asio::ip::tcp;

namespace {

ports::Task<Result<std::vector<tcp::endpoint>>> resolve(asio::any_io_executor executor,
                                                        std::string host, std::uint16_t port) {
  boost::system::error_code code;
  const auto literal = asio::ip::make_address(host, code);
  if (!code) {
    co_return std::vector<tcp::endpoint>{tcp::endpoint(literal, port)};
  }
  tcp::resolver resolver(executor);
  auto [failed, found] =
      co_await resolver.async_resolve(host, std::to_string(port), tcp::resolver::numeric_service,
                                      asio::as_tuple(asio::use_awaitable));
  if (failed || found.empty()) {
    co_return fail(ErrorCode::network_name_unresolved, "resolve the NAF's name", {}, host);
  }
  std::vector<tcp::endpoint> endpoints;
  for (const auto& entry : found) {
    endpoints.push_back(entry.endpoint());
  }
  co_return endpoints;
}

ports::Task<boost::system::error_code> try_endpoint(tcp::socket& socket, tcp::endpoint to) {
  auto [code] = co_await socket.async_connect(to, asio::as_tuple(asio::use_awaitable));
  co_return code;
}

ports::Task<boost::system::error_code> try_for(tcp::socket& socket, tcp::endpoint to,
                                               std::chrono::milliseconds time) {
  using namespace asio::experimental::awaitable_operators;
  asio::steady_timer timer(socket.get_executor(), time);
  auto first =
      co_await (try_endpoint(socket, to) || timer.async_wait(asio::as_tuple(asio::use_awaitable)));
  if (const auto* code = std::get_if<0>(&first)) {
    co_return *code;
  }
  co_return asio::error::timed_out;
}

}  // namespace

TcpTarget tcp_target(const UaConfig& config, const NafAddress& naf) {
  const auto& settings = settings_of(config, naf.fqdn);
  return {.host = settings.address.empty() ? naf.fqdn : settings.address,
          .port = settings.address_port == 0 ? naf.port : settings.address_port,
          .attempt_timeout = config.connect_timeout / 2};
}

ports::Task<Result<tcp::socket>> tcp_connect(asio::any_io_executor executor, TcpTarget target) {
  CO_TRY(const auto endpoints, co_await resolve(executor, target.host, target.port));
  boost::system::error_code last;
  for (std::size_t i = 0; i < endpoints.size(); ++i) {
    tcp::socket socket(executor);
    // The caller's time bounds the last address.
    if (i + 1 < endpoints.size()) {
      last = co_await try_for(socket, endpoints[i], target.attempt_timeout);
    } else {
      last = co_await try_endpoint(socket, endpoints[i]);
    }
    if (!last) {
      socket.set_option(tcp::no_delay(true), last);
      co_return socket;
    }
  }
  co_return fail(ErrorCode::network_unreachable, "connect to the NAF",
                 {ForeignKind::system, last.value()});
}

}  // namespace ut::ua
