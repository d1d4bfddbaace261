#include "agent/ua/plain_connector.h"

#include "agent/ua/tcp_connect.h"

#include <sys/socket.h>

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/experimental/awaitable_operators.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/write.hpp>

#include <array>
#include <cerrno>
#include <utility>

namespace ut::ua {
namespace asio = boost::asio;
using asio::ip::tcp;

namespace {

class PlainChannel final : public Channel {
 public:
  explicit PlainChannel(tcp::socket socket) : socket_(std::move(socket)) {
    facts_.tls_version = "none";
    facts_.plain_http = true;
    // A connection that has broken already has none; the first write will tell.
    boost::system::error_code ignored;
    local_ = socket_.local_endpoint(ignored);
    remote_ = socket_.remote_endpoint(ignored);
  }

  const ChannelFacts& facts() const override { return facts_; }

  ports::Task<IoResult> read_some(std::span<std::uint8_t> to) override {
    return socket_.async_read_some(asio::buffer(to.data(), to.size()),
                                   asio::as_tuple(asio::use_awaitable));
  }

  ports::Task<IoResult> write(ByteView header, ByteView body) override {
    const std::array<asio::const_buffer, 2> both{asio::buffer(header.data(), header.size()),
                                                 asio::buffer(body.data(), body.size())};
    co_return co_await asio::async_write(socket_, both, asio::as_tuple(asio::use_awaitable));
  }

  bool still_idle() override {
    std::uint8_t octet = 0;
    const auto got = ::recv(socket_.native_handle(), &octet, 1, MSG_PEEK | MSG_DONTWAIT);
    return got < 0 && (errno == EAGAIN || errno == EWOULDBLOCK);
  }

  void fail_authentication() override { close(); }
  net::Path path() const override { return net::path_of(local_, remote_); }

  void close() override {
    boost::system::error_code ignored;
    socket_.close(ignored);
  }

  Error error(const boost::system::error_code& code, std::string_view where) const override {
    const ForeignNumber number{ForeignKind::system, code.value()};
    const bool out_of_time =
        code == asio::error::operation_aborted || code == asio::error::timed_out;
    return {
        out_of_time ? ErrorCode::network_timeout : ErrorCode::network_closed, where, number, {}};
  }

 private:
  tcp::socket socket_;
  tcp::endpoint local_;
  tcp::endpoint remote_;
  ChannelFacts facts_{};
};

}  // namespace

PlainConnector::PlainConnector(asio::any_io_executor executor, const UaConfig& config,
                               Connector& tls)
    : executor_(std::move(executor)), config_(config), tls_(tls) {}

ports::Task<Result<std::unique_ptr<Channel>>> PlainConnector::connect(NafAddress naf,
                                                                      ports::Cause cause) {
  if (!settings_of(config_, naf.fqdn).plain_http) {
    return tls_.connect(std::move(naf), std::move(cause));
  }
  return connect_plain(std::move(naf));
}

ports::Task<Result<std::unique_ptr<Channel>>> PlainConnector::connect_plain(NafAddress naf) {
  using namespace asio::experimental::awaitable_operators;
  asio::steady_timer timer(executor_, config_.connect_timeout);
  auto first = co_await (tcp_connect(executor_, tcp_target(config_, naf)) ||
                         timer.async_wait(asio::as_tuple(asio::use_awaitable)));
  auto* connected = std::get_if<0>(&first);
  if (connected == nullptr) {
    co_return fail(ErrorCode::network_timeout, "connect to the NAF");
  }
  if (!*connected) {
    co_return std::unexpected(std::move(*connected).error());
  }
  co_return std::unique_ptr<Channel>(std::make_unique<PlainChannel>(std::move(**connected)));
}

}  // namespace ut::ua
