// The answer to reset in words (ISO/IEC 7816-3 clause 8).
#pragma once

#include "base/bytes.h"

#include <string>

namespace ut::probe {

// "direct convention, T=0 T=1, historical characters 8031..."; "malformed" with the reason when the
// octets are no ATR. Pure text of our own and hexadecimal digits.
std::string explain_atr(ByteView atr);

}  // namespace ut::probe
