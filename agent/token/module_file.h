// The file of a PKCS #11 module, which is code that runs inside the agent [UA-7 KEY-4].
#pragma once

#include "base/result.h"

#include <string>

namespace ut::token {

// The path without symbolic links. tls_client_certificate_unusable unless the file and every folder
// above it belong to root or to the agent's user, and nobody else may write there; of a folder with
// the sticky bit (/tmp) others may write, as they cannot replace what is not theirs.
Result<std::string> trusted_module_file(const std::string& path);

}  // namespace ut::token
