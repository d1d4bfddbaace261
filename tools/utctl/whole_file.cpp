#include "tools/utctl/whole_file.h"

#include "base/bytes.h"
#include "base/durable_file.h"

#include <fcntl.h>
#include <stdlib.h>

#include <array>
#include <cerrno>
#include <cstdio>
#include <utility>

namespace ut::utctl {
namespace {

std::unexpected<Error> refused(std::string_view where, const std::string& path, int reason) {
  return fail(ErrorCode::system_call_failed, where, ForeignNumber{ForeignKind::system, reason},
              path);
}

}  // namespace

Result<std::string> read_whole_file(const std::string& path, std::size_t most) {
  const FileDescriptor fd(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
  if (!fd) {
    return refused("read the file", path, errno);
  }
  std::string text;
  std::array<char, 16384> octets{};
  while (true) {
    const auto count = ::read(fd.get(), octets.data(), octets.size());
    if (count < 0 && errno == EINTR) {
      continue;
    }
    if (count < 0) {
      return refused("read the file", path, errno);
    }
    if (count == 0) {
      return text;
    }
    text.append(octets.data(), static_cast<std::size_t>(count));
    if (text.size() > most) {
      return fail(ErrorCode::limit_body, "read the file",
                  path + " is larger than " + std::to_string(most) + " octets");
    }
  }
}

Result<void> write_whole_file(const std::string& path, std::string_view text) {
  TRY(auto file, NewFile::beside(path));
  if (!file.write(text)) {
    return refused("write the file", path, errno);
  }
  return file.keep();
}

Result<NewFile> NewFile::beside(const std::string& path) {
  NewFile file;
  file.path_ = path;
  std::string name = path + ".XXXXXX";
  file.fd_ = FileDescriptor(::mkostemp(name.data(), O_CLOEXEC));
  if (!file.fd_) {
    return refused("write the file", path, errno);
  }
  file.name_ = std::move(name);
  return file;
}

NewFile::NewFile(NewFile&& other) noexcept
    : path_(std::move(other.path_)),
      name_(std::exchange(other.name_, {})),
      fd_(std::move(other.fd_)) {}

NewFile::~NewFile() {
  if (!name_.empty()) {
    (void)::unlink(name_.c_str());
  }
}

bool NewFile::write(std::string_view octets) {
  return write_whole(fd_.get(), as_bytes(octets));
}

Result<void> NewFile::keep() {
  if (!write_durably(fd_.get(), {}) || ::rename(name_.c_str(), path_.c_str()) != 0) {
    return refused("write the file", path_, errno);
  }
  name_.clear();
  return {};
}

}  // namespace ut::utctl
