#pragma once

#include "base/bytes.h"

namespace ut::crypto {

// Whether a and b are the same octets, in a time that depends on their length alone. Different
// lengths compare as different at once: a length is no secret.
bool constant_time_equal(ByteView a, ByteView b);

}  // namespace ut::crypto
