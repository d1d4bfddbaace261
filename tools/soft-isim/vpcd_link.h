// The link between a software card and pcscd's virtual reader (vpcd): TCP, each message two octets
// of length and then the message.
#pragma once

#include "tools/soft-isim/card_slot.h"

#include <cstdint>
#include <functional>
#include <string>

namespace ut::isim::soft {

enum class LinkEnd : std::uint8_t {
  stopped,    // `stop` became readable
  closed,     // the reader went
  card_left,  // the card was taken out
  card_died,  // it lost what it was doing, or gave no answer to reset, and is still in the reader
};

// Serves one connection until one of the above. Control messages of one octet: 00 power off, 01
// power on, 02 reset (no reply), 04 answer to reset (whatever the state, as the reader finds by it
// that there is a card); anything else is a command APDU, to which the slot's faults happen.
LinkEnd serve_vpcd(int connection, CardSlot& slot, int stop);

struct VpcdAddress {
  std::string host;
  std::string port;
};

// Connects while the slot's card is inserted, and serves for ever: a restarted pcscd finds the card
// again. Waits between attempts, 10 ms at first and 400 ms at most, which is how often pcscd looks
// at its readers. A card that died has its next connection before the last one ends: for pcscd it
// was never away, and a reset that follows at once finds it. `connected` runs after each connect.
// Returns when `stop` becomes readable.
void run_vpcd_link(const VpcdAddress& address, CardSlot& slot, int stop,
                   const std::function<void()>& connected);

}  // namespace ut::isim::soft
