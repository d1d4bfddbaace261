#include "agent/ua/tls_connector.h"

#include "agent/ua/tcp_connect.h"
#include "tls/stream.h"

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/experimental/awaitable_operators.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <string>
#include <utility>

namespace ut::ua {
namespace asio = boost::asio;

namespace {

struct Ends {
  asio::ip::tcp::endpoint local;
  asio::ip::tcp::endpoint remote;
};

class TlsChannel final : public Channel {
 public:
  TlsChannel(tls::Stream stream, const Ends& ends) : stream_(std::move(stream)), ends_(ends) {}

  // The facts are there once this succeeded.
  ports::Task<Result<void>> handshake() {
    auto negotiated = co_await stream_.handshake();
    if (!negotiated) {
      co_return std::unexpected(std::move(negotiated).error());
    }
    facts_.tls_version = tls::version_name(negotiated->version);
    facts_.suite_name = negotiated->suite_name;
    facts_.group = negotiated->group;
    facts_.suite = negotiated->suite;
    facts_.resumed = negotiated->resumed;
    co_return Result<void>{};
  }

  const ChannelFacts& facts() const override { return facts_; }

  ports::Task<IoResult> read_some(std::span<std::uint8_t> to) override {
    return stream_.async_read_some(asio::buffer(to.data(), to.size()),
                                   asio::as_tuple(asio::use_awaitable));
  }

  ports::Task<IoResult> write(ByteView header, ByteView body) override {
    return stream_.write(header, body);
  }

  bool still_idle() override { return stream_.still_idle(); }
  void fail_authentication() override { stream_.fail_authentication(); }
  net::Path path() const override { return net::path_of(ends_.local, ends_.remote); }
  void close() override { stream_.close(); }

  Error error(const boost::system::error_code& code, std::string_view where) const override {
    return stream_.error(code, where);
  }

 private:
  tls::Stream stream_;
  Ends ends_;
  ChannelFacts facts_{};
};

ports::Task<Result<std::unique_ptr<Channel>>> connect_tls(asio::any_io_executor executor,
                                                          std::shared_ptr<tls::Context> context,
                                                          TcpTarget target, NafAddress naf) {
  CO_TRY(asio::ip::tcp::socket socket, co_await tcp_connect(executor, std::move(target)));
  // A connection that has broken already has none; the handshake will tell.
  boost::system::error_code ignored;
  const Ends ends{.local = socket.local_endpoint(ignored),
                  .remote = socket.remote_endpoint(ignored)};
  tls::Peer peer{.host = naf.fqdn, .port = naf.port};
  CO_TRY(tls::Stream stream,
         tls::Stream::create(std::move(context), std::move(socket), std::move(peer)));
  auto channel = std::make_unique<TlsChannel>(std::move(stream), ends);
  CO_TRY_VOID(co_await channel->handshake());
  co_return std::unique_ptr<Channel>(std::move(channel));
}

}  // namespace

TlsConnector::TlsConnector(asio::any_io_executor executor, std::shared_ptr<tls::Context> context,
                           const UaConfig& config)
    : executor_(std::move(executor)), context_(std::move(context)), config_(config) {}

void TlsConnector::forget_sessions() {
  if (auto* sessions = context_->sessions()) {
    sessions->forget_all();
  }
}

ports::Task<Result<std::unique_ptr<Channel>>> TlsConnector::connect(NafAddress naf) {
  using namespace asio::experimental::awaitable_operators;
  const auto& settings = settings_of(config_, naf.fqdn);
  TcpTarget target{.host = settings.address.empty() ? naf.fqdn : settings.address,
                   .port = settings.address_port == 0 ? naf.port : settings.address_port,
                   .attempt_timeout = config_.connect_timeout / 2};
  asio::steady_timer timer(executor_, config_.connect_timeout);
  auto first = co_await (connect_tls(executor_, context_, std::move(target), naf) ||
                         timer.async_wait(asio::as_tuple(asio::use_awaitable)));
  if (auto* connected = std::get_if<0>(&first)) {
    co_return std::move(*connected);
  }
  co_return fail(ErrorCode::network_timeout, "connect to the NAF");
}

}  // namespace ut::ua
