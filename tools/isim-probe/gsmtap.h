// Exchanges with a card as GSMTAP packets in a pcap file, which Wireshark shows (libosmocore's
// gsmtap.h; the pcap format of tcpdump).
#pragma once

#include "base/bytes.h"

#include <chrono>
#include <cstdint>

namespace ut::probe {

enum class GsmtapSim : std::uint8_t { apdu = 0x00, atr = 0x01 };

// The 24 octets at the start of the file: microseconds, link type 228 (raw IPv4).
Bytes pcap_header();

// One packet, with its pcap header: IPv4, UDP to port 4729 of 127.0.0.1, 16 octets of GSMTAP
// version 2 with type 04 (SIM), then `payload` of at most 65467 octets; what is longer is cut.
Bytes pcap_gsmtap(GsmtapSim kind, ByteView payload, std::chrono::system_clock::time_point time);

// What Wireshark's dissector takes: command and response in one, without the Le of a command with
// data, as on the wire of T=0.
Bytes sim_exchange(ByteView command_apdu, ByteView answer);

}  // namespace ut::probe
