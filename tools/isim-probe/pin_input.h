// Where a PIN comes from: never the command line, which every user of the machine can read.
#pragma once

#include "base/result.h"
#include "base/secret.h"

#include <string>

namespace ut::probe {

// The first line of a file that only its owner may read. config_unreadable otherwise.
Result<SecretBytes> read_pin_file(const std::string& path);

// Asks on the controlling terminal, without echo. config_unreadable when there is none.
Result<SecretBytes> ask_for_pin();

}  // namespace ut::probe
