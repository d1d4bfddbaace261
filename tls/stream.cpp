#include "tls/stream.h"

#include <boost/asio/redirect_error.hpp>
#include <boost/asio/use_awaitable.hpp>

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
  const auto engine = engine_;
  boost::system::error_code code;
  co_await async_handshake(asio::redirect_error(asio::use_awaitable, code));
  if (code) {
    engine->forget_session();
    co_return std::unexpected(engine->error(code, "handshake"));
  }
  co_return engine->negotiated();
}

const Negotiated& Stream::negotiated() const {
  return engine_->negotiated();
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
