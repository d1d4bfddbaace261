// Whether a process may lock as much memory as it is going to need: asked once, at start.
#pragma once

#include "base/result.h"

#include <cstddef>

namespace ut::locked_memory {

// Makes sure that so many octets can be locked at this moment; locked_memory_unavailable when not.
// Nothing stays locked.
Result<void> require_room(std::size_t octets);

}  // namespace ut::locked_memory
