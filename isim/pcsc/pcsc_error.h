// PC/SC numbers as errors of ours.
#pragma once

#include "base/error.h"

#include <string_view>

namespace ut::isim::pcsc {

// The failure that the PC/SC number `code` (SCARD_E_...) of the call `where` is; the number stays
// in the error. `code` is not SCARD_S_SUCCESS.
Error to_error(long code, std::string_view where);

}  // namespace ut::isim::pcsc
