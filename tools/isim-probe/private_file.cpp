#include "tools/isim-probe/private_file.h"

#include "base/durable_file.h"
#include "base/read_secret.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cerrno>

namespace ut::probe {
namespace {

constexpr std::size_t kLargest = 64U << 20;
constexpr std::size_t kLargestPrivate = 64U << 10;

std::unexpected<Error> system_failure(const std::string& path) {
  return fail(ErrorCode::config_unreadable, "file", ForeignNumber{ForeignKind::system, errno},
              path);
}

}  // namespace

Result<PrivateFile> PrivateFile::create(const std::string& path) {
  FileDescriptor file(::open(path.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600));
  // A file that was there before keeps its mode otherwise.
  if (!file || ::fchmod(file.get(), 0600) != 0) {
    return system_failure(path);
  }
  return PrivateFile(std::move(file));
}

void PrivateFile::write(ByteView octets) {
  ok_ = ok_ && write_whole(file_.get(), octets);
}

Result<SecretBytes> read_private_file(const std::string& path) {
  const FileDescriptor file(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK));
  struct stat status{};
  if (!file || ::fstat(file.get(), &status) != 0) {
    return system_failure(path);
  }
  if (!S_ISREG(status.st_mode) || (status.st_mode & 077) != 0) {
    return fail(ErrorCode::config_unreadable, "file", path + " must be a file with mode 0600");
  }
  // One octet more than allowed, so that a larger file is seen.
  auto text = read_secret(file.get(), kLargestPrivate + 1);
  if (!text) {
    return system_failure(path);
  }
  if (text->size() > kLargestPrivate) {
    return fail(ErrorCode::config_unreadable, "file", path + " is too large");
  }
  return *std::move(text);
}

Result<std::string> read_text_file(const std::string& path) {
  const FileDescriptor file(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
  if (!file) {
    return system_failure(path);
  }
  std::string text;
  std::array<char, 65536> part{};
  while (true) {
    const ssize_t got = ::read(file.get(), part.data(), part.size());
    if (got < 0) {
      return system_failure(path);
    }
    if (got == 0) {
      return text;
    }
    text.append(part.data(), static_cast<std::size_t>(got));
    if (text.size() > kLargest) {
      return fail(ErrorCode::config_unreadable, "file", path + " is too large");
    }
  }
}

}  // namespace ut::probe
