// A limit to how long a card may take, which PC/SC does not have.
#pragma once

#include "tools/isim-probe/probe.h"

#include <chrono>

namespace ut::probe {

// Connects as `connect` does. A connection or an exchange that takes longer than `limit` is
// card_mute, and so is everything after it. What hangs is left behind in a thread of its own with
// the connection, as PC/SC offers no way to end it; it goes with the program.
Connect patient(Connect connect, std::chrono::milliseconds limit);

}  // namespace ut::probe
