#include "tls/trust_files.h"

#include <sys/stat.h>

#include <utility>

namespace ut::tls {
namespace {

constexpr std::string_view kSystemBundle = "/etc/ssl/certs/ca-certificates.crt";

std::int64_t nanoseconds(const timespec& time) {
  return std::int64_t{time.tv_sec} * 1'000'000'000 + time.tv_nsec;
}

}  // namespace

TrustFiles::TrustFiles(TrustPaths paths) : paths_(std::move(paths)) {
  if (paths_.ca_file.empty()) {
    paths_.ca_file = kSystemBundle;
  }
}

TrustFiles::Stamp TrustFiles::stamp_of(const std::string& path) {
  struct ::stat found{};
  if (path.empty() || ::stat(path.c_str(), &found) != 0) {
    return {};
  }
  return {static_cast<std::int64_t>(found.st_dev), static_cast<std::int64_t>(found.st_ino),
          static_cast<std::int64_t>(found.st_size), nanoseconds(found.st_mtim),
          nanoseconds(found.st_ctim)};
}

std::array<TrustFiles::Stamp, 2> TrustFiles::stamps() const {
  return {stamp_of(paths_.ca_file), stamp_of(paths_.crl_file)};
}

Result<Trust> TrustFiles::load() {
  // Before they are read: what changes meanwhile is seen at the next look.
  stamps_ = stamps();
  TRY(Trust trust, Trust::from_file(paths_.ca_file));
  if (!paths_.crl_file.empty()) {
    TRY(CrlSet crls, CrlSet::from_file(paths_.crl_file));
    trust.add_crls(std::move(crls));
  }
  return trust;
}

bool TrustFiles::changed() const {
  return stamps() != stamps_;
}

}  // namespace ut::tls
