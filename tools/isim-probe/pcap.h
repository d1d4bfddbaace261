// --pcap: what goes to and from cards, in a file for Wireshark.
#pragma once

#include "tools/isim-probe/command.h"
#include "tools/isim-probe/masker.h"

#include <string>

namespace ut::probe {

// `connect` with every exchange, masked, in the file at `path`, which has mode 0600.
// config_unreadable when it cannot be made.
Result<Connect> captured(Connect connect, const std::string& path, Keep keep);

}  // namespace ut::probe
