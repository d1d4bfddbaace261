// Random octets as an interface, so that conversations with a fixed cnonce can be tested.
#pragma once

#include <cstdint>
#include <span>

namespace ut {

class RandomSource {
 public:
  virtual ~RandomSource() = default;
  virtual void fill(std::span<std::uint8_t> octets) = 0;
};

// getrandom(2). Aborts when the kernel gives none: going on without would be worse.
class SystemRandom final : public RandomSource {
 public:
  void fill(std::span<std::uint8_t> octets) override;
};

}  // namespace ut
