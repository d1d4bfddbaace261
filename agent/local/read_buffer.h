// The octets of a connection that were read and not used yet: one small block that grows only while
// a large message needs it.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstring>
#include <memory>
#include <span>
#include <string_view>

namespace ut::local {

class ReadBuffer {
 public:
  static constexpr std::size_t kSmall = 2048;

  std::string_view view() const { return {data_.get() + begin_, end_ - begin_}; }
  std::size_t size() const { return end_ - begin_; }
  std::span<char> front(std::size_t octets) { return {data_.get() + begin_, octets}; }

  void consume(std::size_t octets) {
    begin_ += octets;
    if (begin_ == end_) {
      begin_ = end_ = 0;
    }
  }

  // Room for at least one more octet behind what is there; empty when `limit` octets are held.
  std::span<char> prepare(std::size_t limit) {
    if (begin_ > 0) {
      std::memmove(data_.get(), data_.get() + begin_, size());
      end_ = size();
      begin_ = 0;
    }
    if (end_ == capacity_ && capacity_ < limit) {
      reallocate(std::min(std::max(kSmall, capacity_ * 4), limit));
    }
    return {data_.get() + end_, capacity_ - end_};
  }
  void commit(std::size_t octets) { end_ += octets; }

  // Makes room for `octets` in all, for reading in larger pieces.
  void reserve(std::size_t octets) {
    if (capacity_ < octets) {
      reallocate(octets);
    }
  }

  // Gives back what a large message needed.
  void shrink() {
    if (size() == 0 && capacity_ > kSmall) {
      data_.reset();
      capacity_ = 0;
    }
  }

 private:
  void reallocate(std::size_t capacity) {
    auto larger = std::make_unique_for_overwrite<char[]>(capacity);
    if (end_ > 0) {
      std::memcpy(larger.get(), data_.get(), end_);
    }
    data_ = std::move(larger);
    capacity_ = capacity;
  }

  std::unique_ptr<char[]> data_;
  std::size_t capacity_ = 0;
  std::size_t begin_ = 0;
  std::size_t end_ = 0;
};

}  // namespace ut::local
