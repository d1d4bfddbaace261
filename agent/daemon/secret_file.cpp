#include "agent/daemon/secret_file.h"

#include "base/file_descriptor.h"
#include "base/read_secret.h"

#include <fcntl.h>
#include <sys/stat.h>

#include <algorithm>
#include <cerrno>
#include <cstdlib>
#include <filesystem>

namespace ut::daemon {
namespace {

constexpr std::size_t kMaxOctets = 256;

std::unexpected<Error> unreadable(const std::string& path, std::string_view why, int number = 0) {
  const ForeignNumber foreign =
      number == 0 ? ForeignNumber{} : ForeignNumber{ForeignKind::system, number};
  return fail(ErrorCode::config_unreadable, "read secret file", foreign,
              path + std::string(why.empty() ? "" : ": ") + std::string(why));
}

// Whether the service manager made this file, for the unit alone.
bool is_credential(const std::string& path) {
  const char* const folder = std::getenv("CREDENTIALS_DIRECTORY");
  return folder != nullptr && *folder != '\0' &&
         std::filesystem::path(path).parent_path() == folder;
}

// At most `most` + 1 octets, so that a longer file is seen.
Result<SecretBytes> read_file(const std::string& path, bool owner_only, std::size_t most) {
  // O_NONBLOCK: a FIFO in the file's place must not hang the start.
  const FileDescriptor file(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK));
  if (!file) {
    return unreadable(path, "", errno);
  }
  struct stat about{};
  if (::fstat(file.get(), &about) != 0) {
    return unreadable(path, "", errno);
  }
  if (!S_ISREG(about.st_mode)) {
    return unreadable(path, "it is no regular file");
  }
  if (owner_only && (about.st_mode & (S_IRWXG | S_IRWXO)) != 0) {
    return unreadable(path, "group or others may use it: chmod 600");
  }
  auto octets = read_secret(file.get(), most + 1);
  if (!octets) {
    return unreadable(path, "", errno);
  }
  return *std::move(octets);
}

Result<SecretBytes> read_first_line(const std::string& path, bool owner_only) {
  TRY(const SecretBytes octets, read_file(path, owner_only, kMaxOctets));
  const auto read = octets.expose();
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

}  // namespace

Result<SecretBytes> read_secret_file(const std::string& path) {
  return read_first_line(path, true);
}

Result<SecretBytes> read_whole_secret_file(const std::string& path, std::size_t most) {
  TRY(SecretBytes octets, read_file(path, !is_credential(path), most));
  if (octets.empty()) {
    return unreadable(path, "it is empty");
  }
  if (octets.size() > most) {
    return unreadable(path, "it is too large");
  }
  return octets;
}

Result<std::string> credential_path(const std::string& name) {
  const char* const folder = std::getenv("CREDENTIALS_DIRECTORY");
  if (folder == nullptr || *folder == '\0') {
    return fail(ErrorCode::config_unreadable, "read credential",
                name + ": the service manager gave no credentials: LoadCredential= in the unit");
  }
  return std::string(folder) + "/" + name;
}

Result<SecretBytes> read_credential(const std::string& name) {
  TRY(const std::string path, credential_path(name));
  return read_first_line(path, false);
}

}  // namespace ut::daemon
