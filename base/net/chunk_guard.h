// Keeps Beast's parser from an assertion of its own that a peer could make fail.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

namespace ut::net {

// Where a chunked body is. When the first chunk is the last, Beast (1.74) that has seen "0" CR LF
// asserts that at its next look five octets are there, and ends the program if not. What ends a
// body is no shorter ("0" CR LF CR LF), so such octets can wait for the rest.
class ChunkGuard {
 public:
  // From the parser's on_chunk_header_impl and on_chunk_body_impl.
  void chunk(std::uint64_t octets) { left_ = octets; }
  void data(std::size_t octets) { left_ -= octets; }

  // Whether the parser of a chunked body must not see these octets before there are more.
  bool must_wait(std::string_view octets) const {
    return left_ == 0 && octets.size() < kShortestEnd && octets.starts_with('0');
  }

 private:
  static constexpr std::size_t kShortestEnd = 5;
  std::uint64_t left_ = 0;
};

}  // namespace ut::net
