// Octets of a file or pipe straight into locked memory.
#pragma once

#include "base/secret.h"

#include <cstddef>
#include <optional>

namespace ut {

// Reads from `fd` to its end, but `most` octets at most; goes on after an interruption. nullopt
// when reading failed: errno tells why.
std::optional<SecretBytes> read_secret(int fd, std::size_t most);

}  // namespace ut
