#include "tools/isim-probe/gsmtap.h"

#include <algorithm>

namespace ut::probe {
namespace {

constexpr std::size_t kIpv4Header = 20;
constexpr std::size_t kUdpHeader = 8;
constexpr std::size_t kGsmtapHeader = 16;
constexpr std::size_t kMaxPayload = 65535 - 68;
constexpr std::uint16_t kGsmtapPort = 4729;
constexpr std::uint8_t kUdp = 17;

void big16(Bytes& to, std::size_t value) {
  to.push_back(static_cast<std::uint8_t>(value >> 8 & 0xff));
  to.push_back(static_cast<std::uint8_t>(value & 0xff));
}

void little32(Bytes& to, std::uint64_t value) {
  for (unsigned shift = 0; shift < 32; shift += 8) {
    to.push_back(static_cast<std::uint8_t>(value >> shift & 0xff));
  }
}

// RFC 1071.
std::uint16_t checksum(ByteView header) {
  std::uint32_t sum = 0;
  for (std::size_t i = 0; i + 1 < header.size(); i += 2) {
    sum += static_cast<std::uint32_t>(header[i] << 8 | header[i + 1]);
  }
  while (sum > 0xffff) {
    sum = (sum & 0xffff) + (sum >> 16);
  }
  return static_cast<std::uint16_t>(~sum & 0xffff);
}

Bytes ipv4_header(std::size_t total) {
  Bytes header = {0x45, 0x00};
  big16(header, total);
  const Bytes rest = {0, 0, 0x40, 0, 64, kUdp, 0, 0, 127, 0, 0, 1, 127, 0, 0, 1};
  append(header, rest);
  const std::uint16_t sum = checksum(header);
  header[10] = static_cast<std::uint8_t>(sum >> 8);
  header[11] = static_cast<std::uint8_t>(sum & 0xff);
  return header;
}

}  // namespace

Bytes pcap_header() {
  Bytes header;
  little32(header, 0xa1b2c3d4);
  little32(header, 2 | 4 << 16);  // version 2.4
  little32(header, 0);            // UTC
  little32(header, 0);
  little32(header, 65535);
  little32(header, 228);  // LINKTYPE_IPV4
  return header;
}

Bytes pcap_gsmtap(GsmtapSim kind, ByteView payload, std::chrono::system_clock::time_point time) {
  payload = payload.first(std::min(payload.size(), kMaxPayload));
  const auto since = std::chrono::duration_cast<std::chrono::microseconds>(time.time_since_epoch());
  const auto microseconds = static_cast<std::uint64_t>(since.count());
  const std::size_t udp = kUdpHeader + kGsmtapHeader + payload.size();
  const std::size_t total = kIpv4Header + udp;
  Bytes packet;
  little32(packet, microseconds / 1'000'000);
  little32(packet, microseconds % 1'000'000);
  little32(packet, total);
  little32(packet, total);
  append(packet, ipv4_header(total));
  big16(packet, kGsmtapPort);
  big16(packet, kGsmtapPort);
  big16(packet, udp);
  big16(packet, 0);  // no checksum
  // Version, header length in words, type SIM; no time slot, channel, level and frame number.
  const Bytes gsmtap = {2, 4, 4, 0, 0, 0, 0, 0, 0, 0, 0, 0, static_cast<std::uint8_t>(kind),
                        0, 0, 0};
  append(packet, gsmtap);
  append(packet, payload);
  return packet;
}

Bytes sim_exchange(ByteView command, ByteView answer) {
  const bool case_4 = command.size() > 5 && command[4] != 0 && command.size() == 6U + command[4];
  Bytes both = to_bytes(case_4 ? command.first(command.size() - 1) : command);
  append(both, answer);
  return both;
}

}  // namespace ut::probe
