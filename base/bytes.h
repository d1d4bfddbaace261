// Octets: views, vectors, and values of a fixed size that cannot be mistaken for one another.
#pragma once

#include <algorithm>
#include <array>
#include <cstdint>
#include <optional>
#include <span>
#include <string_view>
#include <vector>

namespace ut {

using Bytes = std::vector<std::uint8_t>;
using ByteView = std::span<const std::uint8_t>;

inline ByteView as_bytes(std::string_view text) {
  return {reinterpret_cast<const std::uint8_t*>(text.data()), text.size()};
}
inline std::string_view as_text(ByteView bytes) {
  return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}
inline Bytes to_bytes(ByteView view) {
  return {view.begin(), view.end()};
}
inline void append(Bytes& to, ByteView more) {
  to.insert(to.end(), more.begin(), more.end());
}

// A public value of exactly N octets. Tag makes each kind a type of its own, so a RAND cannot be
// passed for an AUTN. For keys see SizedSecret.
template <class Tag, std::size_t N>
class SizedBytes {
 public:
  static constexpr std::size_t size = N;

  SizedBytes() = default;
  explicit SizedBytes(const std::array<std::uint8_t, N>& octets) : octets_(octets) {}

  // nullopt unless `octets` holds exactly N octets.
  static std::optional<SizedBytes> from(ByteView octets) {
    if (octets.size() != N) {
      return std::nullopt;
    }
    SizedBytes value;
    std::copy(octets.begin(), octets.end(), value.octets_.begin());
    return value;
  }

  std::span<const std::uint8_t, N> view() const { return octets_; }
  std::span<std::uint8_t, N> mutable_view() { return octets_; }
  bool operator==(const SizedBytes&) const = default;

 private:
  std::array<std::uint8_t, N> octets_{};
};

}  // namespace ut
