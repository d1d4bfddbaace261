#include "isim/soft/state_file.h"

#include "base/durable_file.h"
#include "base/file_descriptor.h"
#include "base/read_secret.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <string_view>
#include <utility>

namespace ut::isim::soft {
namespace {

// More than any of these files holds.
constexpr std::size_t kLargest = 4096;

std::unexpected<Error> system_failure(std::string_view where, const std::filesystem::path& file) {
  return fail(ErrorCode::system_call_failed, where, {ForeignKind::system, errno}, file.string());
}

}  // namespace

Result<std::optional<SecretBytes>> read_state_file(const std::filesystem::path& file) {
  const auto unreadable = [&file] {
    return fail(ErrorCode::config_unreadable, "read card memory", {ForeignKind::system, errno},
                file.string());
  };
  const FileDescriptor fd(::open(file.c_str(), O_RDONLY | O_CLOEXEC));
  if (!fd) {
    if (errno == ENOENT) {
      return std::nullopt;
    }
    return unreadable();
  }
  auto octets = read_secret(fd.get(), kLargest);
  if (!octets) {
    return unreadable();
  }
  return octets;
}

Result<void> write_state_file(const std::filesystem::path& file, ByteView octets) {
  const std::filesystem::path fresh = file.string() + ".new";
  {
    const FileDescriptor fd(::open(fresh.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600));
    if (!fd) {
      return system_failure("create card memory", fresh);
    }
    if (!write_durably(fd.get(), octets)) {
      return system_failure("write card memory", fresh);
    }
  }
  if (::rename(fresh.c_str(), file.c_str()) != 0) {
    return system_failure("rename card memory", file);
  }
  if (!sync_folder_of(file)) {
    return system_failure("fsync directory of card memory", folder_of(file));
  }
  return {};
}

}  // namespace ut::isim::soft
