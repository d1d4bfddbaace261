// A TLS client connection as an Asio AsyncReadStream and AsyncWriteStream: wolfSSL between two
// octet buffers, and a TCP socket. One read and one write may be outstanding at a time, all on the
// loop thread. An operation ends early through its cancellation slot (terminal) or by close().
//
//   CO_TRY(auto stream, Stream::create(context, std::move(socket), {"xcap.home1.net", 443}));
//   CO_TRY(auto negotiated, co_await stream.handshake());
//   co_await beast::http::async_write(stream, request, asio::use_awaitable);
#pragma once

#include "base/bytes.h"
#include "base/result.h"
#include "tls/context.h"
#include "tls/engine.h"
#include "tls/negotiated.h"
#include "tls/psk.h"

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/buffer.hpp>
#include <boost/asio/compose.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/post.hpp>
#include <boost/system/error_code.hpp>

#include <memory>
#include <optional>
#include <string_view>
#include <tuple>
#include <utility>

namespace ut::tls {

class Stream {
 public:
  using executor_type = boost::asio::any_io_executor;
  using next_layer_type = boost::asio::ip::tcp::socket;
  using lowest_layer_type = next_layer_type::lowest_layer_type;

  // `socket` is connected; it is made non-blocking, with TCP_NODELAY. tls_name_invalid,
  // locked_memory_unavailable.
  static Result<Stream> create(std::shared_ptr<Context> context, next_layer_type socket, Peer peer);
  ~Stream();
  Stream(Stream&&) noexcept;
  Stream& operator=(Stream&&) noexcept;

  // Full or resumed; sends an alert when it refuses the peer. After an error the session of this
  // peer is forgotten [UT-12] and the stream is of no more use. Errors of the family tls,
  // network_closed, and network_timeout when cancelled.
  boost::asio::awaitable<Result<Negotiated>> handshake();

  // The same with a profile of PSK: asks `psk` for the key once, unless a session is resumed in
  // TLS 1.2, and wipes it when it is over. Its error is the handshake's.
  //   tls_psk_not_chosen  the server does not do PSK, or wants to show a certificate; in TLS 1.3
  //   also
  //                       when it does not know the identity
  //   tls_psk_refused     the server does not take this identity or key
  boost::asio::awaitable<Result<Negotiated>> handshake(PskSource psk);

  // handshake() without PSK as void(error_code); error() then tells more.
  template <class CompletionToken>
  auto async_handshake(CompletionToken&& token);

  // void(error_code, std::size_t); at most one at a time, after the handshake.
  template <class MutableBuffers, class CompletionToken>
  auto async_read_some(const MutableBuffers& buffers, CompletionToken&& token);

  // void(error_code, std::size_t); at most one at a time, after the handshake. The octets counted
  // have been given to the kernel.
  template <class ConstBuffers, class CompletionToken>
  auto async_write_some(const ConstBuffers& buffers, CompletionToken&& token);

  // Writes all of both, else an error; at most one write at a time.
  using Written = std::tuple<boost::system::error_code, std::size_t>;
  boost::asio::awaitable<Written> write(ByteView head, ByteView body = {});
  // The same for what fits into one record and into the kernel's buffer. nullopt when that is not
  // so: write() with the same octets goes on.
  std::optional<Written> write_now(ByteView head, ByteView body = {});

  // Sends close_notify; does not wait for the peer's. void(error_code).
  template <class CompletionToken>
  auto async_shutdown(CompletionToken&& token);

  // Valid after the handshake.
  const Negotiated& negotiated() const;

  // Between two exchanges: whether the connection is alive and quiet. Reads what has come in
  // without waiting (session tickets are kept); false after close_notify, end of file, an error or
  // unasked-for application data.
  bool still_idle();

  // When the peer proved false above TLS (realm, rspauth): forgets its sessions and closes [UT-12].
  void fail_authentication();

  // Ends outstanding operations with operation_aborted. No close_notify.
  void close();

  // The Error behind the error_code of an operation on this stream.
  Error error(const boost::system::error_code& code, std::string_view where) const;

  const Peer& peer() const;
  executor_type get_executor();
  next_layer_type& next_layer();
  const next_layer_type& next_layer() const;
  lowest_layer_type& lowest_layer();

 private:
  explicit Stream(std::shared_ptr<Engine> engine);
  // Operations share it, so that a Stream may go while one is outstanding.
  std::shared_ptr<Engine> engine_;
  std::size_t begun_ = 0;  // octets that write_now() has encrypted and write() has to send
};

}  // namespace ut::tls

#include "tls/stream_operations.h"  // IWYU pragma: keep
