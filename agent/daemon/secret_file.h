// A secret from a file that only its owner may read: a PIN, a private key [IS-4 KEY-4].
#pragma once

#include "base/result.h"
#include "base/secret.h"

#include <cstddef>
#include <string>

namespace ut::daemon {

// The first line of `path` without its line end, at most 256 octets. config_unreadable when the
// file cannot be read, is no regular file, is empty, or may be read by group or others.
Result<SecretBytes> read_secret_file(const std::string& path);

// All of `path`, at most `most` octets, under the same conditions; or a credential by its path.
Result<SecretBytes> read_whole_secret_file(const std::string& path, std::size_t most);

// Where systemd has put the credential of this name; config_unreadable outside of a unit that has
// credentials (LoadCredential=, SetCredentialEncrypted= in systemd.exec(5)).
Result<std::string> credential_path(const std::string& name);

// The same as read_secret_file for a credential. Its folder is the unit's alone, so its own mode
// says nothing: access lists show as rights of the group.
Result<SecretBytes> read_credential(const std::string& name);

}  // namespace ut::daemon
