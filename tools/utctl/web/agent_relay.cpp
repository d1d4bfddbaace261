#include "tools/utctl/web/agent_relay.h"

#include <boost/asio/local/stream_protocol.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/beast/core/basic_stream.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/http/buffer_body.hpp>
#include <boost/beast/http/empty_body.hpp>
#include <boost/beast/http/parser.hpp>
#include <boost/beast/http/read.hpp>
#include <boost/beast/http/string_body.hpp>
#include <boost/beast/http/write.hpp>

#include <chrono>
#include <cstddef>
#include <utility>

namespace ut::utctl::web {
namespace {

namespace asio = boost::asio;
namespace beast = boost::beast;
namespace http = boost::beast::http;
using boost::system::error_code;
using Stream = beast::basic_stream<asio::local::stream_protocol>;

constexpr std::chrono::seconds kAnswerTime{10};
constexpr std::chrono::seconds kSilence{40};
constexpr std::size_t kMaxStatus = std::size_t{256} * 1024;
constexpr std::size_t kMaxHeader = std::size_t{8} * 1024;
constexpr std::size_t kPiece = std::size_t{16} * 1024;

std::unexpected<Error> unreachable(const std::string& socket, const std::string& why) {
  return fail(ErrorCode::agent_unreachable, "ask the agent", socket + ": " + why);
}

// Connects and sends GET `path`, within the time that the stream has from now on.
asio::awaitable<error_code> send_request(Stream& stream, const std::string& socket,
                                         std::string_view path) {
  stream.expires_after(kAnswerTime);
  error_code error;
  co_await stream.async_connect(asio::local::stream_protocol::endpoint(socket),
                                asio::redirect_error(asio::use_awaitable, error));
  if (error) {
    co_return error;
  }
  http::request<http::empty_body> request(http::verb::get, path, 11);
  request.set(http::field::host, "ut-agent");
  co_await http::async_write(stream, request, asio::redirect_error(asio::use_awaitable, error));
  co_return error;
}

class EventStream final : public AgentEvents {
 public:
  explicit EventStream(asio::any_io_executor executor) : stream_(std::move(executor)) {
    parser_.header_limit(kMaxHeader);
    parser_.body_limit(boost::none);
  }

  asio::awaitable<Result<void>> open(std::string socket) {
    error_code error = co_await send_request(stream_, socket, "/events");
    if (!error) {
      co_await http::async_read_header(stream_, buffer_, parser_,
                                       asio::redirect_error(asio::use_awaitable, error));
    }
    if (error) {
      co_return unreachable(socket, error.message());
    }
    if (parser_.get().result() != http::status::ok) {
      co_return unreachable(socket, "no events: " + std::to_string(parser_.get().result_int()));
    }
    co_return Result<void>();
  }

  asio::awaitable<std::string> next() override {
    std::string piece(kPiece, '\0');
    error_code error;
    std::size_t octets = 0;
    while (!error && octets == 0 && !parser_.is_done()) {
      auto& body = parser_.get().body();
      body.data = piece.data();
      body.size = piece.size();
      body.more = true;
      stream_.expires_after(kSilence);
      co_await http::async_read_some(stream_, buffer_, parser_,
                                     asio::redirect_error(asio::use_awaitable, error));
      if (error == http::error::need_buffer) {
        error = {};
      }
      octets = piece.size() - parser_.get().body().size;
    }
    piece.resize(octets);
    co_return piece;
  }

  void cancel() override { stream_.close(); }

 private:
  Stream stream_;
  beast::flat_buffer buffer_{kMaxHeader + kPiece};
  http::response_parser<http::buffer_body> parser_{};
};

}  // namespace

asio::awaitable<Result<std::string>> status_of_agent(asio::any_io_executor executor,
                                                     std::string socket) {
  Stream stream(std::move(executor));
  error_code error = co_await send_request(stream, socket, "/status");
  http::response_parser<http::string_body> parser;
  parser.header_limit(kMaxHeader);
  parser.body_limit(kMaxStatus);
  beast::flat_buffer buffer;
  if (!error) {
    co_await http::async_read(stream, buffer, parser,
                              asio::redirect_error(asio::use_awaitable, error));
  }
  if (error) {
    co_return unreachable(socket, error.message());
  }
  if (parser.get().result() != http::status::ok) {
    co_return unreachable(socket, "no status: " + std::to_string(parser.get().result_int()));
  }
  co_return std::move(parser.get().body());
}

asio::awaitable<Result<std::shared_ptr<AgentEvents>>> events_of_agent(
    asio::any_io_executor executor, std::string socket) {
  const auto events = std::make_shared<EventStream>(std::move(executor));
  CO_TRY_VOID(co_await events->open(std::move(socket)));
  co_return std::shared_ptr<AgentEvents>(events);
}

}  // namespace ut::utctl::web
