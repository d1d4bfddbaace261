// A secret from a file that only its owner may read: a PIN [IS-4 KEY-4].
#pragma once

#include "base/result.h"
#include "base/secret.h"

#include <string>

namespace ut::daemon {

// The first line of `path` without its line end, at most 256 octets. config_unreadable when the
// file cannot be read, is no regular file, is empty, or may be read by group or others.
Result<SecretBytes> read_secret_file(const std::string& path);

}  // namespace ut::daemon
