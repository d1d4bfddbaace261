#include "tools/ut-lab/proxy_client.h"

#include "tools/ut-lab/http_stream.h"

#include <boost/asio/redirect_error.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/http/parser.hpp>
#include <boost/beast/http/string_body.hpp>

#include <optional>
#include <string>

namespace asio = boost::asio;
namespace http = boost::beast::http;
using asio::ip::tcp;
using boost::system::error_code;

namespace ut::lab {
namespace {

// The port of a connection, known for as long as it is open.
class OpenPort {
 public:
  OpenPort(std::set<std::uint16_t>& ports, std::uint16_t port) : ports_(ports), port_(port) {
    ports_.insert(port_);
  }
  ~OpenPort() { ports_.erase(port_); }
  OpenPort(const OpenPort&) = delete;
  OpenPort& operator=(const OpenPort&) = delete;

 private:
  std::set<std::uint16_t>& ports_;
  std::uint16_t port_;
};

std::string octets_of(const Request& request) {
  std::string text = request.method + " " + request.target + " HTTP/1.1\r\n";
  for (const auto& field : request.headers) {
    text.append(field.name).append(": ").append(field.value).append("\r\n");
  }
  text += "Connection: close\r\n";
  if (!request.body.empty() || request.method == "PUT" || request.method == "POST") {
    text += "Content-Length: " + std::to_string(request.body.size()) + "\r\n";
  }
  return text + "\r\n" + request.body;
}

asio::awaitable<std::optional<Response>> read_response(tcp::socket& socket, bool head) {
  http::response_parser<http::string_body> parser;
  parser.header_limit(kHeaderLimit);
  parser.body_limit(kBodyLimit);
  parser.eager(true);
  parser.skip(head);
  boost::beast::flat_buffer buffer;
  while (!parser.is_done()) {
    error_code error;
    const std::size_t size = co_await socket.async_read_some(
        buffer.prepare(kReadSize), asio::redirect_error(asio::use_awaitable, error));
    if (error) {
      co_return std::nullopt;
    }
    buffer.commit(size);
    buffer.consume(parser.put(buffer.data(), error));
    if (error && error != http::error::need_more) {
      co_return std::nullopt;
    }
  }
  const auto told = parser.content_length();
  auto message = parser.release();
  Response response{
      .status = message.result_int(), .headers = {}, .body = std::move(message.body())};
  for (const auto& field : message) {
    if (field.name() != http::field::connection && field.name() != http::field::content_length) {
      response.headers.push_back({std::string(field.name_string()), std::string(field.value())});
    }
  }
  if (head && told) {
    response.body.assign(static_cast<std::size_t>(*told), ' ');
  }
  co_return response;
}

}  // namespace

asio::awaitable<Response> ProxyClient::ask(tcp::endpoint server, Request request) {
  tcp::socket socket(co_await asio::this_coro::executor);
  error_code error;
  socket.open(server.protocol(), error);
  socket.bind(tcp::endpoint(asio::ip::address_v4::loopback(), 0), error);
  if (error) {
    co_return plain(502, error.message());
  }
  const OpenPort open(ports_, socket.local_endpoint().port());
  co_await socket.async_connect(server, asio::redirect_error(asio::use_awaitable, error));
  if (error) {
    co_return plain(502, error.message());
  }
  const bool sent = co_await send(socket, octets_of(request));
  if (!sent) {
    co_return plain(502, "the application server takes no request");
  }
  auto response = co_await read_response(socket, request.method == "HEAD");
  co_return response ? std::move(*response) : plain(502, "no answer of the application server");
}

}  // namespace ut::lab
