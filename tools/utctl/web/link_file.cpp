#include "tools/utctl/web/link_file.h"

#include "base/durable_file.h"
#include "base/file_descriptor.h"

#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <initializer_list>

namespace ut::utctl::web {
namespace {

constexpr std::string_view kBefore =
    "<!doctype html>\n<meta name=\"referrer\" content=\"no-referrer\">\n"
    "<meta http-equiv=\"refresh\" content=\"0; url=";
constexpr std::string_view kBehind = "\">\n<title>ut-agent</title>\n";
constexpr std::string_view kSuffix = ".html";

std::unexpected<Error> failed(std::string_view where, const std::string& path) {
  return fail(ErrorCode::system_call_failed, where, {ForeignKind::system, errno}, path);
}

Result<std::string> own_directory() {
  const char* const directory = std::getenv("XDG_RUNTIME_DIR");
  struct stat status{};
  if (directory == nullptr || ::stat(directory, &status) != 0 || !S_ISDIR(status.st_mode) ||
      status.st_uid != ::geteuid() || (status.st_mode & 077) != 0) {
    return fail(ErrorCode::config_invalid, "open the browser",
                "--open needs $XDG_RUNTIME_DIR, a directory of the user alone; open the link "
                "yourself, without --open");
  }
  return std::string(directory);
}

}  // namespace

Result<LinkFile> LinkFile::make(ByteView link) {
  TRY(std::string path, own_directory());
  path += "/ut-agent-XXXXXX";
  path += kSuffix;
  const FileDescriptor file(::mkstemps(path.data(), static_cast<int>(kSuffix.size())));
  if (!file) {
    return failed("make a file for the browser", path);
  }
  LinkFile made(std::move(path));
  for (const ByteView part : {as_bytes(kBefore), link, as_bytes(kBehind)}) {
    if (!write_whole(file.get(), part)) {
      return failed("write a file for the browser", made.path());
    }
  }
  return made;
}

LinkFile::~LinkFile() {
  if (!path_.empty()) {
    ::unlink(path_.c_str());
  }
}

}  // namespace ut::utctl::web
