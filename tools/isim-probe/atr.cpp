#include "tools/isim-probe/atr.h"

#include "base/encoding.h"

namespace ut::probe {

std::string explain_atr(ByteView atr) {
  if (atr.size() < 2 || (atr[0] != 0x3b && atr[0] != 0x3f)) {
    return "malformed: no TS and T0";
  }
  std::string text = atr[0] == 0x3b ? "direct convention" : "inverse convention";
  const std::size_t historical = atr[1] & 0x0fU;
  std::size_t at = 2;
  std::string protocols;
  bool check = false;  // TCK is there when a protocol other than T=0 is offered (clause 8.2.5)
  std::uint8_t present = atr[1];
  for (unsigned level = 1; (present & 0xf0) != 0; ++level) {
    std::uint8_t next = 0;
    for (std::uint8_t bit = 0x10; bit != 0; bit = static_cast<std::uint8_t>(bit << 1)) {
      if ((present & bit) == 0) {
        continue;
      }
      if (at == atr.size()) {
        return "malformed: cut short";
      }
      if (level == 1 && bit == 0x10) {
        text += ", TA1 " + to_hex(atr.subspan(at, 1));
      }
      if (bit == 0x80) {
        next = atr[at];
        const unsigned protocol = next & 0x0fU;
        check = check || protocol != 0;
        if (protocol != 15) {
          protocols += " T=" + std::to_string(protocol);
        }
      }
      ++at;
    }
    present = next;
  }
  text += "," + (protocols.empty() ? " T=0" : protocols);
  if (atr.size() != at + historical + (check ? 1 : 0)) {
    return "malformed: not as long as it says";
  }
  if (check) {
    std::uint8_t sum = 0;
    for (const std::uint8_t octet : atr.subspan(1)) {
      sum = static_cast<std::uint8_t>(sum ^ octet);
    }
    if (sum != 0) {
      return "malformed: wrong check octet";
    }
  }
  return text + (historical == 0 ? "" : ", historical " + to_hex(atr.subspan(at, historical)));
}

}  // namespace ut::probe
