// The link between a software card and pcscd's virtual reader (vpcd): TCP, each message two octets
// of length and then the message.
#pragma once

#include "isim/soft/uicc.h"

#include <functional>
#include <string>

namespace ut::isim::soft {

// Serves one connection until the reader closes it or `stop` becomes readable. Control messages of
// one octet: 00 power off, 01 power on, 02 reset (no reply), 04 answer to reset (whatever the
// state); anything else is a command APDU. Returns true when `stop` became readable.
bool serve_vpcd(int connection, Uicc& uicc, int stop);

struct VpcdAddress {
  std::string host;
  std::string port;
};

// Connects and serves for ever: a restarted pcscd finds the card again. Waits between attempts, 10
// ms at first and 400 ms at most, which is how often pcscd looks at its readers. `connected` runs
// after each connect. Returns when `stop` becomes readable.
void run_vpcd_link(const VpcdAddress& address, Uicc& uicc, int stop,
                   const std::function<void()>& connected);

}  // namespace ut::isim::soft
