// BER-TLV data objects (ISO/IEC 8825-1, TS 101 220): tags of one to three octets, lengths of one to
// four octets, definite form only.
#pragma once

#include "base/bytes.h"
#include "base/result.h"

#include <cstdint>
#include <optional>
#include <vector>

namespace ut::isim {

// A view into the octets it was read from.
struct Tlv {
  std::uint32_t tag = 0;  // as the octets read: 0x62, 0x5F50
  ByteView value{};
};

// Reads the data object at the start of `octets` and moves `octets` past it. card_answer_malformed
// when it is cut short, has an indefinite length or a tag of more than three octets.
Result<Tlv> read_tlv(ByteView& octets);

// Reads one tag, of one to three octets, and moves `octets` past it.
Result<std::uint32_t> read_tag(ByteView& octets);

// All data objects in `octets`. FF (and 00) octets between and after them are padding and skipped.
Result<std::vector<Tlv>> read_tlvs(ByteView octets);

// The value of the first object with `tag`; nullopt when there is none or when `octets` are
// malformed before it.
std::optional<ByteView> find_tlv(ByteView octets, std::uint32_t tag);

// The octets of a tag: {0x62}, {0x5F, 0x50}.
Bytes tag_octets(std::uint32_t tag);

// Appends tag, shortest length and value.
void append_tlv(Bytes& to, std::uint32_t tag, ByteView value);

}  // namespace ut::isim
