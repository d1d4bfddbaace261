// The octets between wolfSSL and the socket of one connection. Both buffers are small or absent
// while the connection is idle; what they hold is ciphertext.
#pragma once

#include "base/bytes.h"

#include <algorithm>
#include <cstdint>
#include <cstring>
#include <memory>
#include <span>

namespace ut::tls {

// Received and not yet taken by wolfSSL.
class ReceiveBuffer {
 public:
  static constexpr std::size_t kSmall = 4 * 1024;
  static constexpr std::size_t kLarge = 32 * 1024;

  bool empty() const { return begin_ == end_; }
  std::size_t size() const { return end_ - begin_; }

  // Where the next receive writes: kSmall octets, kLarge after a receive filled what it got.
  std::span<std::uint8_t> space() {
    if (empty()) {
      begin_ = end_ = 0;
      resize(eager_ ? kLarge : kSmall);
    } else if (end_ == capacity_) {
      grow();
    }
    return {data_.get() + end_, capacity_ - end_};
  }

  // Gives what has just been received.
  ByteView received(std::size_t octets) {
    end_ += octets;
    eager_ = end_ == capacity_ || (eager_ && octets > kSmall);
    return {data_.get() + end_ - octets, octets};
  }

  std::size_t take(std::span<std::uint8_t> to) {
    const std::size_t octets = std::min(to.size(), size());
    if (octets > 0) {
      std::memcpy(to.data(), data_.get() + begin_, octets);
      begin_ += octets;
    }
    return octets;
  }

 private:
  void resize(std::size_t capacity) {
    if (capacity_ != capacity) {
      data_ = std::make_unique_for_overwrite<std::uint8_t[]>(capacity);
      capacity_ = capacity;
    }
  }
  void grow() {
    auto larger = std::make_unique_for_overwrite<std::uint8_t[]>(capacity_ + kLarge);
    std::memcpy(larger.get(), data_.get() + begin_, size());
    data_ = std::move(larger);
    capacity_ += kLarge;
    end_ -= begin_;
    begin_ = 0;
  }

  std::unique_ptr<std::uint8_t[]> data_;
  std::size_t capacity_ = 0;
  std::size_t begin_ = 0;
  std::size_t end_ = 0;
  bool eager_ = false;
};

// Produced by wolfSSL and not yet taken by the kernel.
class SendBuffer {
 public:
  bool empty() const { return begin_ == octets_.size() && late_.empty(); }

  void put(ByteView more) { append(sending_ ? late_ : octets_, more); }

  // The octets stay where they are until end().
  ByteView begin() {
    sending_ = true;
    return ByteView(octets_).subspan(begin_);
  }

  void end(std::size_t octets) {
    sending_ = false;
    begin_ += octets;
    if (begin_ < octets_.size()) {
      append(octets_, late_);
    } else {
      octets_.swap(late_);
      begin_ = 0;
    }
    late_.clear();
    if (octets_.empty()) {
      release();
    }
  }

  bool sending() const { return sending_; }

 private:
  void release() {
    if (octets_.capacity() > ReceiveBuffer::kSmall) {
      octets_ = {};
    }
    if (late_.capacity() > 0) {
      late_ = {};
    }
  }

  Bytes octets_;
  Bytes late_;
  std::size_t begin_ = 0;
  bool sending_ = false;
};

}  // namespace ut::tls
