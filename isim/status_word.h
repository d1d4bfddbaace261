// Status words SW1 SW2 of the UICC (TS 102 221 clause 10.2, TS 31.103 clause 7.2): what each means
// and what has to be done.
#pragma once

#include "base/error.h"
#include "isim/apdu.h"

#include <cstdint>
#include <string_view>

namespace ut::isim {

enum class StatusKind : std::uint8_t {
  normal,        // 9000, and 91xx: executed; a proactive command waits, which is the terminal's
  more_data,     // 61xx: xx octets wait for GET RESPONSE (00 = 256 or more)
  wrong_length,  // 6Cxx: not executed; send again with Le = xx
  warning,       // 62xx, 63xx other than 63Cx: executed, with a note
  tries_left,    // 63Cx: verification failed or was asked about, x tries are left
  busy,          // 9300: not executed now, may be sent again
  refused,       // everything else: not executed
};

struct StatusMeaning {
  StatusKind kind;
  std::string_view text;    // what the standard says of it, in a few words
  std::string_view advice;  // what can be done about it; empty where nothing has to be done
  ErrorCode error;          // the failure that it is where it is one
};

// Total: every number has a meaning.
StatusMeaning meaning_of(StatusWord sw);

// The command was executed and its data, if any, may be used: normal or warning.
bool executed(StatusWord sw);

// The failure of the step `where`, with the status word as the foreign number; the detail says what
// it means and what can be done.
Error to_error(StatusWord sw, std::string_view where);

}  // namespace ut::isim
