#include "agent/daemon/secret_file.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>

namespace ut::daemon {
namespace {

constexpr std::size_t kMaxOctets = 256;

struct FileDescriptor {
  int fd;
  ~FileDescriptor() {
    if (fd >= 0) {
      ::close(fd);
    }
  }
};

std::unexpected<Error> unreadable(const std::string& path, std::string_view why, int number = 0) {
  const ForeignNumber foreign =
      number == 0 ? ForeignNumber{} : ForeignNumber{ForeignKind::system, number};
  return fail(ErrorCode::config_unreadable, "read secret file", foreign,
              path + std::string(why.empty() ? "" : ": ") + std::string(why));
}

}  // namespace

Result<SecretBytes> read_secret_file(const std::string& path) {
  // O_NONBLOCK: a FIFO in the file's place must not hang the start.
  const FileDescriptor file{::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK)};
  if (file.fd < 0) {
    return unreadable(path, "", errno);
  }
  struct stat about{};
  if (::fstat(file.fd, &about) != 0) {
    return unreadable(path, "", errno);
  }
  if (!S_ISREG(about.st_mode)) {
    return unreadable(path, "it is no regular file");
  }
  if ((about.st_mode & (S_IRWXG | S_IRWXO)) != 0) {
    return unreadable(path, "group or others may use it: chmod 600");
  }
  // One octet more than allowed, so that a longer line is seen.
  SecretBytes buffer(kMaxOctets + 1);
  std::size_t used = 0;
  while (used < buffer.size()) {
    const auto got = ::read(file.fd, buffer.expose_mutable().data() + used, buffer.size() - used);
    if (got < 0 && errno == EINTR) {
      continue;
    }
    if (got < 0) {
      return unreadable(path, "", errno);
    }
    if (got == 0) {
      break;
    }
    used += static_cast<std::size_t>(got);
  }
  const auto read = buffer.expose().first(used);
  const auto line_end = std::find_if(
      read.begin(), read.end(), [](std::uint8_t octet) { return octet == '\n' || octet == '\r'; });
  const auto length = static_cast<std::size_t>(line_end - read.begin());
  if (length == 0) {
    return unreadable(path, "its first line is empty");
  }
  if (length > kMaxOctets) {
    return unreadable(path, "its first line is longer than 256 octets");
  }
  return SecretBytes::copy_of(read.first(length));
}

}  // namespace ut::daemon
