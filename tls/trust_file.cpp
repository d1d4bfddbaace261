#include "tls/trust_file.h"

#include <sys/stat.h>

#include <utility>

namespace ut::tls {
namespace {

constexpr std::string_view kSystemBundle = "/etc/ssl/certs/ca-certificates.crt";

std::int64_t nanoseconds(const timespec& time) {
  return std::int64_t{time.tv_sec} * 1'000'000'000 + time.tv_nsec;
}

}  // namespace

TrustFile::TrustFile(std::string path)
    : path_(path.empty() ? std::string(kSystemBundle) : std::move(path)) {}

TrustFile::Stamp TrustFile::stamp_of(const std::string& path) {
  struct ::stat found{};
  if (::stat(path.c_str(), &found) != 0) {
    return {};
  }
  return {static_cast<std::int64_t>(found.st_dev), static_cast<std::int64_t>(found.st_ino),
          static_cast<std::int64_t>(found.st_size), nanoseconds(found.st_mtim),
          nanoseconds(found.st_ctim)};
}

Result<Trust> TrustFile::load() {
  // Before it is read: what changes meanwhile is seen at the next look.
  stamp_ = stamp_of(path_);
  return Trust::from_file(path_);
}

bool TrustFile::changed() const {
  return stamp_of(path_) != stamp_;
}

}  // namespace ut::tls
