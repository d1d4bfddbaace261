// The operations of Stream as composed operations of Asio: they carry octets between the socket
// and the Engine. Included by tls/stream.h alone.
#pragma once

#include "tls/engine.h"
#include "tls/stream.h"

#include <boost/asio/error.hpp>

#include <algorithm>
#include <array>
#include <memory>
#include <span>
#include <utility>

namespace ut::tls {
namespace detail {

using Code = boost::system::error_code;

// Completes through the executor, so that no operation calls its handler before it returned.
template <class Self>
void complete_later(const std::shared_ptr<Engine>& engine, Self& self) {
  boost::asio::post(engine->socket().get_executor(), std::move(self));
}

class HandshakeOperation {
 public:
  explicit HandshakeOperation(std::shared_ptr<Engine> engine) : engine_(std::move(engine)) {}

  template <class Self>
  void operator()(Self& self, Code code = {}, std::size_t octets = 0) {
    const Stage was = std::exchange(stage_, Stage::working);
    if (was == Stage::complete) {
      self.complete(result_);
      return;
    }
    if (was == Stage::receiving) {
      engine_->received(code, octets);
    } else if (was == Stage::sending) {
      engine_->sent(octets);
      if (code) {
        self.complete(code);
        return;
      }
    }
    if (code == boost::asio::error::operation_aborted) {
      self.complete(code);
      return;
    }
    advance(self, was == Stage::start);
  }

 private:
  enum class Stage : std::uint8_t { start, working, sending, receiving, complete };

  template <class Self>
  void advance(Self& self, bool at_start) {
    if (!finished_ && !engine_->has_unsent()) {
      step_ = engine_->connect(result_);
      finished_ = step_ != Step::want_input;
    }
    if (step_ == Step::failed) {
      engine_->flush_now();
    } else if (engine_->has_unsent()) {
      stage_ = Stage::sending;
      const auto shared = engine_;
      shared->socket().async_write_some(shared->begin_send(), std::move(self));
      return;
    }
    if (!finished_) {
      stage_ = Stage::receiving;
      const auto shared = engine_;
      shared->socket().async_read_some(shared->receive_space(), std::move(self));
    } else if (at_start) {
      stage_ = Stage::complete;
      complete_later(std::shared_ptr(engine_), self);
    } else {
      self.complete(result_);
    }
  }

  std::shared_ptr<Engine> engine_;
  Code result_{};
  Step step_ = Step::want_input;
  Stage stage_ = Stage::start;
  bool finished_ = false;
};

class ReadOperation {
 public:
  ReadOperation(std::shared_ptr<Engine> engine, std::span<std::uint8_t> to)
      : engine_(std::move(engine)), to_(to) {}

  template <class Self>
  void operator()(Self& self, Code code = {}, std::size_t octets = 0) {
    const Stage was = std::exchange(stage_, Stage::receiving);
    if (was == Stage::complete) {
      self.complete(result_, octets_);
      return;
    }
    if (was == Stage::receiving) {
      if (code == boost::asio::error::operation_aborted) {
        self.complete(code, 0);
        return;
      }
      engine_->received(code, octets);
    }
    const Step step = engine_->read(to_, octets_, result_);
    // An answer to what was read: a key update, an alert.
    engine_->flush_now();
    if (step == Step::want_input) {
      const auto shared = engine_;
      shared->socket().async_read_some(shared->receive_space(), std::move(self));
    } else if (was == Stage::start) {
      stage_ = Stage::complete;
      complete_later(std::shared_ptr(engine_), self);
    } else {
      self.complete(result_, octets_);
    }
  }

 private:
  enum class Stage : std::uint8_t { start, receiving, complete };

  std::shared_ptr<Engine> engine_;
  std::span<std::uint8_t> to_;
  std::size_t octets_ = 0;
  Code result_{};
  Stage stage_ = Stage::start;
};

// What one write takes at most of a buffer sequence.
struct Gathered {
  std::array<ByteView, 16> views;
  std::size_t count = 0;
};

template <class ConstBuffers>
Gathered gather(const ConstBuffers& buffers) {
  Gathered gathered;
  for (auto at = boost::asio::buffer_sequence_begin(buffers);
       at != boost::asio::buffer_sequence_end(buffers) && gathered.count < gathered.views.size();
       ++at) {
    const boost::asio::const_buffer buffer(*at);
    if (buffer.size() > 0) {
      gathered.views[gathered.count++] = {static_cast<const std::uint8_t*>(buffer.data()),
                                          buffer.size()};
    }
  }
  return gathered;
}

// Encrypts at once what it takes, then sends until the kernel has all of it.
class WriteOperation {
 public:
  WriteOperation(std::shared_ptr<Engine> engine, const Gathered& from)
      : engine_(std::move(engine)), from_(from) {}

  template <class Self>
  void operator()(Self& self, Code code = {}, std::size_t octets = 0) {
    const Stage was = std::exchange(stage_, Stage::sending);
    switch (was) {
      case Stage::complete:
        self.complete(result_, octets_);
        return;
      case Stage::sending:
        engine_->sent(octets);
        if (code) {
          self.complete(code, 0);
          return;
        }
        break;
      case Stage::start:
        engine_->write(std::span(from_.views).first(from_.count), octets_, result_);
        // With nothing to write it sends what is left of Stream::write().
        if (result_ || (octets_ == 0 && !engine_->has_unsent())) {
          stage_ = Stage::complete;
          complete_later(std::shared_ptr(engine_), self);
          return;
        }
        break;
    }
    if (engine_->has_unsent()) {
      const auto shared = engine_;
      shared->socket().async_write_some(shared->begin_send(), std::move(self));
    } else {
      self.complete({}, octets_);
    }
  }

 private:
  enum class Stage : std::uint8_t { start, sending, complete };

  std::shared_ptr<Engine> engine_;
  Gathered from_;
  std::size_t octets_ = 0;
  Code result_{};
  Stage stage_ = Stage::start;
};

class ShutdownOperation {
 public:
  explicit ShutdownOperation(std::shared_ptr<Engine> engine) : engine_(std::move(engine)) {}

  template <class Self>
  void operator()(Self& self, Code code = {}, std::size_t octets = 0) {
    const Stage was = std::exchange(stage_, Stage::sending);
    switch (was) {
      case Stage::complete:
        self.complete({});
        return;
      case Stage::sending:
        engine_->sent(octets);
        break;
      case Stage::start:
        engine_->close_notify();
        break;
    }
    if (!code && engine_->has_unsent()) {
      const auto shared = engine_;
      shared->socket().async_write_some(shared->begin_send(), std::move(self));
    } else if (was == Stage::start) {
      stage_ = Stage::complete;
      complete_later(std::shared_ptr(engine_), self);
    } else {
      self.complete(code);
    }
  }

 private:
  enum class Stage : std::uint8_t { start, sending, complete };

  std::shared_ptr<Engine> engine_;
  Stage stage_ = Stage::start;
};

}  // namespace detail

template <class CompletionToken>
auto Stream::async_handshake(CompletionToken&& token) {
  return boost::asio::async_compose<CompletionToken, void(boost::system::error_code)>(
      detail::HandshakeOperation(engine_), token, engine_->socket());
}

template <class MutableBuffers, class CompletionToken>
auto Stream::async_read_some(const MutableBuffers& buffers, CompletionToken&& token) {
  std::span<std::uint8_t> to;
  for (auto at = boost::asio::buffer_sequence_begin(buffers);
       at != boost::asio::buffer_sequence_end(buffers) && to.empty(); ++at) {
    const boost::asio::mutable_buffer buffer(*at);
    to = {static_cast<std::uint8_t*>(buffer.data()), buffer.size()};
  }
  return boost::asio::async_compose<CompletionToken, void(boost::system::error_code, std::size_t)>(
      detail::ReadOperation(engine_, to), token, engine_->socket());
}

template <class ConstBuffers, class CompletionToken>
auto Stream::async_write_some(const ConstBuffers& buffers, CompletionToken&& token) {
  return boost::asio::async_compose<CompletionToken, void(boost::system::error_code, std::size_t)>(
      detail::WriteOperation(engine_, detail::gather(buffers)), token, engine_->socket());
}

template <class CompletionToken>
auto Stream::async_shutdown(CompletionToken&& token) {
  return boost::asio::async_compose<CompletionToken, void(boost::system::error_code)>(
      detail::ShutdownOperation(engine_), token, engine_->socket());
}

}  // namespace ut::tls
