// A server of which only the octets are known that it sends.
#pragma once

#include "base/bytes.h"
#include "tests/support/catch.h"

#include <boost/asio/awaitable.hpp>
#include <boost/asio/buffer.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/read.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/write.hpp>

#include <chrono>
#include <utility>

namespace ut::tls::test_server {

namespace asio = boost::asio;
using tcp = asio::ip::tcp;

// What a server that is none sends for a ClientHello, and all that it got after that.
struct Script {
  Bytes answer;
  bool close = false;  // after the answer
  Bytes second{};      // sent once something came after the first
  Bytes hello{};
  Bytes got{};
};

inline asio::awaitable<void> play(tcp::acceptor& acceptor, Script& script) {
  boost::system::error_code code;
  tcp::socket socket = co_await acceptor.async_accept(asio::use_awaitable);
  script.hello.resize(5);
  co_await asio::async_read(socket, asio::buffer(script.hello), asio::use_awaitable);
  script.hello.resize(5 + static_cast<std::size_t>(script.hello[3] << 8 | script.hello[4]));
  co_await asio::async_read(socket, asio::buffer(script.hello) + 5, asio::use_awaitable);
  co_await asio::async_write(socket, asio::buffer(script.answer),
                             asio::redirect_error(asio::use_awaitable, code));
  if (script.close) {
    co_return;
  }
  while (!code) {
    Bytes more(1000);
    more.resize(co_await socket.async_read_some(asio::buffer(more),
                                                asio::redirect_error(asio::use_awaitable, code)));
    append(script.got, more);
    if (!code && !script.second.empty()) {
      const Bytes answer = std::exchange(script.second, {});
      co_await asio::async_write(socket, asio::buffer(answer),
                                 asio::redirect_error(asio::use_awaitable, code));
    }
  }
}

inline void run(asio::io_context& loop) {
  loop.run_for(std::chrono::seconds(10));
  REQUIRE(loop.stopped());
}

}  // namespace ut::tls::test_server
