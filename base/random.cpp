#include "base/random.h"

#include <sys/random.h>

#include <cerrno>
#include <cstdlib>

namespace ut {

void SystemRandom::fill(std::span<std::uint8_t> octets) {
  while (!octets.empty()) {
    const auto got = ::getrandom(octets.data(), octets.size(), 0);
    if (got < 0 && errno != EINTR) {
      std::abort();
    }
    if (got > 0) {
      octets = octets.subspan(static_cast<std::size_t>(got));
    }
  }
}

}  // namespace ut
