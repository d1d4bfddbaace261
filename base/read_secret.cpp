#include "base/read_secret.h"

#include <unistd.h>

#include <cerrno>

namespace ut {

std::optional<SecretBytes> read_secret(int fd, std::size_t most) {
  SecretBytes block(most);
  std::size_t filled = 0;
  while (filled < block.size()) {
    const auto rest = block.expose_mutable().subspan(filled);
    const auto got = ::read(fd, rest.data(), rest.size());
    if (got < 0 && errno != EINTR) {
      return std::nullopt;
    }
    if (got == 0) {
      break;
    }
    filled += got > 0 ? static_cast<std::size_t>(got) : 0;
  }
  return SecretBytes::copy_of(block.expose().first(filled));
}

}  // namespace ut
