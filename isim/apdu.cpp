#include "isim/apdu.h"

#include <cstdlib>

namespace ut::isim {
namespace {

constexpr std::size_t kMaxShortData = 255;
constexpr std::uint32_t kMaxShortLe = 256;
constexpr std::size_t kMaxData = 65535;
constexpr std::uint32_t kMaxLe = 65536;
constexpr std::size_t kHeader = 4;

void append_u16(Bytes& out, std::uint32_t value) {
  out.push_back(static_cast<std::uint8_t>((value >> 8) & 0xff));
  out.push_back(static_cast<std::uint8_t>(value & 0xff));
}

// In a length field of Le, 0 stands for the largest value.
std::uint32_t short_le(std::uint8_t octet) {
  return octet == 0 ? kMaxShortLe : octet;
}

std::uint32_t extended_le(std::uint8_t high, std::uint8_t low) {
  const std::uint32_t value = (static_cast<std::uint32_t>(high) << 8) | low;
  return value == 0 ? kMaxLe : value;
}

}  // namespace

Bytes encode(const CommandApdu& command) {
  const std::uint32_t le = command.le.value_or(0);
  if (command.data.size() > kMaxData || le > kMaxLe || (command.le && le == 0)) {
    std::abort();
  }
  Bytes out{command.cla, command.ins, command.p1, command.p2};
  const bool extended = command.data.size() > kMaxShortData || le > kMaxShortLe;
  if (extended) {
    out.push_back(0);
  }
  if (!command.data.empty()) {
    if (extended) {
      append_u16(out, static_cast<std::uint32_t>(command.data.size()));
    } else {
      out.push_back(static_cast<std::uint8_t>(command.data.size()));
    }
    append(out, command.data);
  }
  if (command.le) {
    if (extended) {
      append_u16(out, le);
    } else {
      out.push_back(static_cast<std::uint8_t>(le & 0xff));
    }
  }
  return out;
}

Result<CommandApdu> decode_command(ByteView octets) {
  const auto malformed = [] { return fail(ErrorCode::input_malformed, "command APDU"); };
  if (octets.size() < kHeader) {
    return malformed();
  }
  CommandApdu command{octets[0], octets[1], octets[2], octets[3], {}, {}};
  const ByteView body = octets.subspan(kHeader);
  if (body.empty()) {
    return command;
  }
  if (body.size() == 1) {
    command.le = short_le(body[0]);
    return command;
  }
  if (body[0] != 0) {
    const std::size_t lc = body[0];
    if (body.size() != 1 + lc && body.size() != 2 + lc) {
      return malformed();
    }
    command.data = to_bytes(body.subspan(1, lc));
    if (body.size() == 2 + lc) {
      command.le = short_le(body[1 + lc]);
    }
    return command;
  }
  if (body.size() < 3) {
    return malformed();
  }
  if (body.size() == 3) {
    command.le = extended_le(body[1], body[2]);
    return command;
  }
  const std::size_t lc = (static_cast<std::size_t>(body[1]) << 8) | body[2];
  if (lc == 0 || (body.size() != 3 + lc && body.size() != 5 + lc)) {
    return malformed();
  }
  command.data = to_bytes(body.subspan(3, lc));
  if (body.size() == 5 + lc) {
    command.le = extended_le(body[3 + lc], body[4 + lc]);
  }
  return command;
}

Bytes encode(const ResponseApdu& response) {
  Bytes out = response.data;
  append_u16(out, response.sw);
  return out;
}

Result<ResponseApdu> decode_response(ByteView octets) {
  if (octets.size() < 2) {
    return fail(ErrorCode::card_transport, "response APDU");
  }
  const ByteView sw = octets.last(2);
  return ResponseApdu{to_bytes(octets.first(octets.size() - 2)),
                      static_cast<StatusWord>((sw[0] << 8) | sw[1])};
}

std::uint8_t cla_for_channel(std::uint8_t base, std::uint8_t channel) {
  if (channel <= 3) {
    return static_cast<std::uint8_t>(base | channel);
  }
  if (channel <= 19) {
    return static_cast<std::uint8_t>(base | 0x40 | (channel - 4));
  }
  std::abort();
}

std::uint8_t channel_of(std::uint8_t cla) {
  return (cla & 0x40) != 0 ? static_cast<std::uint8_t>((cla & 0x0f) + 4)
                           : static_cast<std::uint8_t>(cla & 0x03);
}

}  // namespace ut::isim
