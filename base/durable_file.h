// Files that are the old ones or the new ones whatever happens in between.
#pragma once

#include "base/bytes.h"

#include <filesystem>

namespace ut {

// Writes all of `octets`. False with errno.
bool write_whole(int fd, ByteView octets);

// The same, and has them on disk. False with errno.
bool write_durably(int fd, ByteView octets);

std::filesystem::path folder_of(const std::filesystem::path& file);

// Has the names in the folder of `file` on disk, after it was renamed. False with errno.
bool sync_folder_of(const std::filesystem::path& file);

}  // namespace ut
