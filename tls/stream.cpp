#include "tls/stream.h"

#include "tls/context_native.h"

#include <boost/asio/redirect_error.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/write.hpp>

#include <array>
#include <new>
#include <utility>

namespace ut::tls {

namespace asio = boost::asio;

Stream::Stream(std::shared_ptr<Engine> engine) : engine_(std::move(engine)) {}

Stream::~Stream() {
  if (engine_ != nullptr) {
    close();
  }
}

Stream::Stream(Stream&&) noexcept = default;

Stream& Stream::operator=(Stream&& other) noexcept {
  if (this != &other) {
    if (engine_ != nullptr) {
      close();
    }
    engine_ = std::move(other.engine_);
  }
  return *this;
}

Result<Stream> Stream::create(std::shared_ptr<Context> context, next_layer_type socket,
                              Peer peer) try {
  TRY(auto engine, Engine::create(std::move(context), std::move(socket), std::move(peer)));
  return Stream(std::move(engine));
} catch (const std::bad_alloc&) {
  return fail(ErrorCode::locked_memory_unavailable, "Stream::create");
}

asio::awaitable<Result<Negotiated>> Stream::handshake() {
  return handshake(nullptr);
}

asio::awaitable<Result<Negotiated>> Stream::handshake(PskSource psk) {
  const auto engine = engine_;
  boost::system::error_code code;
  co_await async_handshake(asio::redirect_error(asio::use_awaitable, code));
  if (code && engine->wants_key() && psk) {
    auto key = co_await psk(engine->key_request());
    if (key) {
      engine->give_key(*std::move(key));
      code = {};
      co_await async_handshake(asio::redirect_error(asio::use_awaitable, code));
    } else {
      code = engine->refuse_key(std::move(key).error());
    }
  }
  if (code) {
    engine->forget_session();
    co_return std::unexpected(engine->error(code, "handshake"));
  }
  co_return engine->negotiated();
}

const Negotiated& Stream::negotiated() const {
  return engine_->negotiated();
}

std::optional<Stream::Written> Stream::write_now(ByteView head, ByteView body) {
  const std::size_t size = head.size() + body.size();
  if (size > kRecordSize || engine_->has_unsent()) {
    return std::nullopt;
  }
  boost::system::error_code code;
  const std::array<ByteView, 2> both{head, body};
  std::size_t octets = 0;
  engine_->write(std::span(both).first(body.empty() ? 1 : 2), octets, code);
  engine_->flush_now();
  if (!code && engine_->has_unsent()) {
    begun_ = octets;
    return std::nullopt;
  }
  return Written(code, code ? 0 : octets);
}

asio::awaitable<Stream::Written> Stream::write(ByteView head, ByteView body) {
  if (begun_ == 0) {
    if (auto written = write_now(head, body)) {
      co_return *std::move(written);
    }
  }
  boost::system::error_code code;
  if (const std::size_t octets = std::exchange(begun_, 0); octets > 0) {
    // An empty write sends what is left.
    co_await async_write_some(asio::const_buffer(),
                              asio::redirect_error(asio::use_awaitable, code));
    co_return Written(code, code ? 0 : octets);
  }
  const std::array<asio::const_buffer, 2> both{asio::buffer(head.data(), head.size()),
                                               asio::buffer(body.data(), body.size())};
  const std::size_t octets =
      co_await asio::async_write(*this, both, asio::redirect_error(asio::use_awaitable, code));
  co_return Written(code, octets);
}

bool Stream::still_idle() {
  return engine_->still_idle();
}

void Stream::fail_authentication() {
  engine_->forget_session();
  engine_->close();
}

void Stream::close() {
  engine_->close();
}

Error Stream::error(const boost::system::error_code& code, std::string_view where) const {
  return engine_->error(code, where);
}

const Peer& Stream::peer() const {
  return engine_->peer();
}

Stream::executor_type Stream::get_executor() {
  return engine_->socket().get_executor();
}

Stream::next_layer_type& Stream::next_layer() {
  return engine_->socket();
}

const Stream::next_layer_type& Stream::next_layer() const {
  return engine_->socket();
}

Stream::lowest_layer_type& Stream::lowest_layer() {
  return engine_->socket().lowest_layer();
}

}  // namespace ut::tls
