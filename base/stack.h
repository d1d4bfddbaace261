// What functions that have returned left on the stack.
#pragma once

#include <cstddef>

namespace ut {

// How much of the stack wipe_unused_stack() overwrites: more than our libraries' functions use.
inline constexpr std::size_t kWipedStack = std::size_t{64} * 1024;

// Overwrites kWipedStack octets of the calling thread's stack below the caller's frame. Compilers
// and libraries spill keys there, and nothing else may overwrite them for hours [KEY-4].
void wipe_unused_stack() noexcept;

}  // namespace ut
