// HTTP messages on streams, TLS or plain: requests that clients send, and what goes back.
#pragma once

#include "tools/ut-lab/http.h"
#include "tools/ut-lab/stats.h"

#include <boost/asio/awaitable.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/write.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/http/parser.hpp>
#include <boost/beast/http/string_body.hpp>

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

namespace ut::lab {

inline constexpr std::size_t kReadSize = 16 * 1024;
inline constexpr std::uint32_t kHeaderLimit = 64 * 1024;
inline constexpr std::uint64_t kBodyLimit = 8 * 1024 * 1024;

// What came from a client: a request, or the answer to something that is none.
struct Received {
  Request request;
  bool keep_alive = true;
  std::optional<Response> malformed{};
};

// Reads one request; nullopt when the connection ended. `octets` counts what came, also of requests
// that never become whole.
template <class Stream>
boost::asio::awaitable<std::optional<Received>> read_request(Stream& stream,
                                                             boost::beast::flat_buffer& buffer,
                                                             Count& octets) {
  boost::beast::http::request_parser<boost::beast::http::string_body> parser;
  parser.header_limit(kHeaderLimit);
  parser.body_limit(kBodyLimit);
  parser.eager(true);
  bool continued = false;
  while (true) {
    boost::system::error_code error;
    if (buffer.size() > 0) {
      const std::size_t used = parser.put(buffer.data(), error);
      buffer.consume(used);
      if (error && error != boost::beast::http::error::need_more) {
        co_return Received{
            {},
            false,
            plain(error == boost::beast::http::error::body_limit ? 413 : 400, error.message())};
      }
      if (parser.is_done()) {
        break;
      }
    }
    if (parser.is_header_done() && !continued &&
        parser.get().count(boost::beast::http::field::expect) != 0) {
      continued = true;
      constexpr std::string_view kContinue = "HTTP/1.1 100 Continue\r\n\r\n";
      co_await boost::asio::async_write(
          stream, boost::asio::buffer(kContinue),
          boost::asio::redirect_error(boost::asio::use_awaitable, error));
    }
    const auto space = buffer.prepare(kReadSize);
    const std::size_t size = co_await stream.async_read_some(
        space, boost::asio::redirect_error(boost::asio::use_awaitable, error));
    if (error) {
      co_return std::nullopt;
    }
    buffer.commit(size);
    octets += size;
  }
  auto message = parser.release();
  Received received;
  received.keep_alive = message.keep_alive();
  received.request.method = std::string(message.method_string());
  received.request.target = std::string(message.target());
  for (const auto& field : message) {
    received.request.headers.push_back(
        {std::string(field.name_string()), std::string(field.value())});
  }
  received.request.body = std::move(message.body());
  co_return received;
}

// Whether all of it went.
template <class Stream>
boost::asio::awaitable<bool> send(Stream& stream, std::string text) {
  boost::system::error_code error;
  co_await boost::asio::async_write(stream, boost::asio::buffer(text),
                                    boost::asio::redirect_error(boost::asio::use_awaitable, error));
  co_return !error;
}

}  // namespace ut::lab
