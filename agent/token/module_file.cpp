#include "agent/token/module_file.h"

#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <filesystem>
#include <memory>

namespace ut::token {
namespace {

std::unexpected<Error> refused(const std::string& path, std::string_view why, int number = 0) {
  const ForeignNumber foreign =
      number == 0 ? ForeignNumber{} : ForeignNumber{ForeignKind::system, number};
  return fail(ErrorCode::tls_client_certificate_unusable, "PKCS #11 module", foreign,
              "the module " + path + " " + std::string(why));
}

// The group of root is root's.
bool others_may_write(const struct stat& about) {
  return (about.st_mode & S_IWOTH) != 0 || ((about.st_mode & S_IWGRP) != 0 && about.st_gid != 0);
}

Result<void> expect_ours(const std::filesystem::path& path) {
  struct stat about{};
  if (::stat(path.c_str(), &about) != 0) {
    return refused(path, "cannot be looked at", errno);
  }
  if (about.st_uid != 0 && about.st_uid != ::geteuid()) {
    return refused(path, "belongs neither to root nor to the agent's user");
  }
  const bool sticky_folder = S_ISDIR(about.st_mode) && (about.st_mode & S_ISVTX) != 0;
  if (others_may_write(about) && !sticky_folder) {
    return refused(path, "may be written by others");
  }
  return {};
}

}  // namespace

Result<std::string> trusted_module_file(const std::string& path) {
  const std::unique_ptr<char, decltype(&std::free)> real(::realpath(path.c_str(), nullptr),
                                                         std::free);
  if (!real) {
    return refused(path, "cannot be loaded", errno);
  }
  const std::filesystem::path file(real.get());
  if (!std::filesystem::is_regular_file(file)) {
    return refused(path, "is no regular file");
  }
  for (auto at = file; at != at.root_path(); at = at.parent_path()) {
    TRY_VOID(expect_ours(at));
  }
  TRY_VOID(expect_ours(file.root_path()));
  return file.string();
}

}  // namespace ut::token
