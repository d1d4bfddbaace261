// Small files that the memory of a card is kept in.
#pragma once

#include "base/bytes.h"
#include "base/result.h"
#include "base/secret.h"

#include <filesystem>
#include <optional>

namespace ut::isim::soft {

// The whole file; nullopt when there is none. config_unreadable with errno.
Result<std::optional<SecretBytes>> read_state_file(const std::filesystem::path& file);

// Writes a new file of mode 0600, fsync, rename, fsync of the directory: after a crash there is the
// old file or the new one, whole. system_call_failed with errno.
Result<void> write_state_file(const std::filesystem::path& file, ByteView octets);

}  // namespace ut::isim::soft
