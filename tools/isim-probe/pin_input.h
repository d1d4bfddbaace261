// Where a PIN comes from: never the command line, which every user of the machine can read.
#pragma once

#include "base/result.h"
#include "base/secret.h"

#include <string>
#include <string_view>

namespace ut::probe {

// The first line of a file that only its owner may read. config_unreadable otherwise.
Result<SecretBytes> read_pin_file(const std::string& path);

// Asks for `what` ("PIN") on the controlling terminal, without echo. config_unreadable when there
// is none; `option` says what to use instead.
Result<SecretBytes> ask_for(std::string_view what, std::string_view option);
inline Result<SecretBytes> ask_for_pin() {
  return ask_for("PIN", "--pin-file");
}

// From the file when there is one, else asked for; `option` is what the file is given with.
Result<SecretBytes> pin_from(const std::string& file, std::string_view what,
                             std::string_view option);

// The same for a PIN that is to be set: asked for twice. input_malformed when the two differ,
// pin_malformed when it is not 4 to 8 decimal digits.
Result<SecretBytes> new_pin_from(const std::string& file);

}  // namespace ut::probe
