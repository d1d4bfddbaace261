#include "base/stack.h"

#include <array>
#include <cstdint>
#include <cstring>

namespace ut {

// Not on the stack that AddressSanitizer keeps beside the real one.
__attribute__((noinline, no_sanitize("address"))) void wipe_unused_stack() noexcept {
  std::array<std::uint8_t, kWipedStack> unused;
  ::explicit_bzero(unused.data(), unused.size());
}

}  // namespace ut
