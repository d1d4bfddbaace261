// A session with readers and cards on file: written while it goes on, and played again without a
// card. One JSON object a line:
//   {"format":"isim-probe-recording","version":1,"kept":"harmless"}   "identities"
//   {"picture":{"service":true,"readers":[...]}}     what was seen of the readers
//   {"connect":"Reader 0","protocol":"T=1","atr":"3b..."}, or with "error"
//   {"call":"begin"}, or with "error"                begin, end, reset
//   {"command":"00a4...","answer":"62...9000","masked":true}, or with "error"
// An error has the name of its code and the number of PC/SC. What is kept of commands and answers:
// see Masker.
#pragma once

#include "tools/isim-probe/command.h"
#include "tools/isim-probe/masker.h"

#include <string>

namespace ut::probe {

// `world` with every exchange noted in the file at `path`. `inner` outlives what comes back.
// config_unreadable when the file cannot be made.
Result<World> recorded(World& inner, const std::string& path, Keep keep);

// A world that has the readers and cards of the recording and no others; PINs are made up. A
// command that the recording does not have at this place is input_malformed. config_unreadable and
// config_syntax for a file that is no recording. `inner` has the standard streams.
Result<World> replayed(const World& inner, const std::string& path);

}  // namespace ut::probe
