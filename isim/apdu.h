// Command and response APDUs (ISO/IEC 7816-4 clause 5): coding only, no exchange.
#pragma once

#include "base/bytes.h"
#include "base/result.h"

#include <cstdint>
#include <optional>

namespace ut::isim {

// A command APDU with short or extended length fields.
struct CommandApdu {
  std::uint8_t cla = 0;
  std::uint8_t ins = 0;
  std::uint8_t p1 = 0;
  std::uint8_t p2 = 0;
  Bytes data{};                       // 0 to 65535 octets; empty = no Lc
  std::optional<std::uint32_t> le{};  // octets wanted, 1 to 65536; nullopt = no Le

  bool operator==(const CommandApdu&) const = default;
};

// The octets to send. Short length fields where data and le allow it (Lc <= 255, le <= 256), else
// extended ones. Aborts when data or le are beyond what extended length fields can say.
Bytes encode(const CommandApdu& command);

// Reads one command APDU of any of the seven cases; input_malformed when the length fields do not
// agree with the octets.
Result<CommandApdu> decode_command(ByteView octets);

// SW1 SW2 as one number: 0x9000.
using StatusWord = std::uint16_t;

struct ResponseApdu {
  Bytes data{};
  StatusWord sw = 0;

  std::uint8_t sw1() const { return static_cast<std::uint8_t>(sw >> 8); }
  std::uint8_t sw2() const { return static_cast<std::uint8_t>(sw & 0xff); }
  bool operator==(const ResponseApdu&) const = default;
};

Bytes encode(const ResponseApdu& response);

// card_transport when there are fewer than 2 octets: pcscd reports success and no octets for a card
// that dies in the middle of an exchange.
Result<ResponseApdu> decode_response(ByteView octets);

// CLA for logical channel 0 to 19 (TS 102 221 clause 10.1.1): channels 0-3 in b2b1 of 0X, channels
// 4-19 as 4X. `base` is the CLA on channel 0 (0x00 or 0x80). Aborts for other channels.
std::uint8_t cla_for_channel(std::uint8_t base, std::uint8_t channel);

// The logical channel that a CLA of 0X, 4X, 8X or CX names.
std::uint8_t channel_of(std::uint8_t cla);

}  // namespace ut::isim
