#include "base/durable_file.h"

#include "base/file_descriptor.h"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>

namespace ut {

bool write_whole(int fd, ByteView octets) {
  while (!octets.empty()) {
    const ssize_t written = ::write(fd, octets.data(), octets.size());
    if (written < 0 && errno != EINTR) {
      return false;
    }
    if (written > 0) {
      octets = octets.subspan(static_cast<std::size_t>(written));
    }
  }
  return true;
}

bool write_durably(int fd, ByteView octets) {
  return write_whole(fd, octets) && ::fsync(fd) == 0;
}

std::filesystem::path folder_of(const std::filesystem::path& file) {
  return file.has_parent_path() ? file.parent_path() : std::filesystem::path(".");
}

bool sync_folder_of(const std::filesystem::path& file) {
  const FileDescriptor folder{::open(folder_of(file).c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC)};
  return folder && ::fsync(folder.get()) == 0;
}

}  // namespace ut
