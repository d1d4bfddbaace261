#include "isim/tlv.h"

#include <cstdlib>

namespace ut::isim {
namespace {

std::unexpected<Error> malformed() {
  return fail(ErrorCode::card_answer_malformed, "BER-TLV");
}

Result<std::uint8_t> take(ByteView& octets) {
  if (octets.empty()) {
    return malformed();
  }
  const std::uint8_t first = octets.front();
  octets = octets.subspan(1);
  return first;
}

Result<std::size_t> read_length(ByteView& octets) {
  TRY(const std::uint8_t first, take(octets));
  if (first < 0x80) {
    return first;
  }
  const int count = first & 0x7f;
  if (count < 1 || count > 3) {
    return malformed();
  }
  std::size_t length = 0;
  for (int i = 0; i < count; ++i) {
    TRY(const std::uint8_t next, take(octets));
    length = (length << 8) | next;
  }
  return length;
}

}  // namespace

Result<std::uint32_t> read_tag(ByteView& octets) {
  TRY(std::uint32_t tag, take(octets));
  if ((tag & 0x1f) != 0x1f) {
    return tag;
  }
  for (int i = 0; i < 2; ++i) {
    TRY(const std::uint8_t next, take(octets));
    tag = (tag << 8) | next;
    if ((next & 0x80) == 0) {
      return tag;
    }
  }
  return malformed();
}

Result<Tlv> read_tlv(ByteView& octets) {
  ByteView rest = octets;
  TRY(const std::uint32_t tag, read_tag(rest));
  TRY(const std::size_t length, read_length(rest));
  if (length > rest.size()) {
    return malformed();
  }
  octets = rest.subspan(length);
  return Tlv{tag, rest.first(length)};
}

Result<std::vector<Tlv>> read_tlvs(ByteView octets) {
  std::vector<Tlv> all;
  while (!octets.empty()) {
    if (octets.front() == 0xff || octets.front() == 0x00) {
      octets = octets.subspan(1);
      continue;
    }
    TRY(const Tlv tlv, read_tlv(octets));
    all.push_back(tlv);
  }
  return all;
}

std::optional<ByteView> find_tlv(ByteView octets, std::uint32_t tag) {
  while (!octets.empty()) {
    if (octets.front() == 0xff || octets.front() == 0x00) {
      octets = octets.subspan(1);
      continue;
    }
    const auto tlv = read_tlv(octets);
    if (!tlv) {
      return std::nullopt;
    }
    if (tlv->tag == tag) {
      return tlv->value;
    }
  }
  return std::nullopt;
}

Bytes tag_octets(std::uint32_t tag) {
  Bytes octets;
  for (int shift = 16; shift >= 0; shift -= 8) {
    const auto octet = static_cast<std::uint8_t>((tag >> shift) & 0xff);
    if (shift == 0 || (tag >> shift) != 0) {
      octets.push_back(octet);
    }
  }
  return octets;
}

void append_tlv(Bytes& to, std::uint32_t tag, ByteView value) {
  append(to, tag_octets(tag));
  const std::size_t size = value.size();
  if (size > 0xffffff) {
    std::abort();
  }
  if (size > 0xffff) {
    to.push_back(0x83);
    to.push_back(static_cast<std::uint8_t>(size >> 16));
    to.push_back(static_cast<std::uint8_t>((size >> 8) & 0xff));
  } else if (size > 0xff) {
    to.push_back(0x82);
    to.push_back(static_cast<std::uint8_t>(size >> 8));
  } else if (size > 0x7f) {
    to.push_back(0x81);
  }
  to.push_back(static_cast<std::uint8_t>(size & 0xff));
  append(to, value);
}

}  // namespace ut::isim
