// The files that a Trust is read from, which may be replaced while the agent runs [UT-2].
#pragma once

#include "base/result.h"
#include "tls/trust.h"

#include <array>
#include <cstdint>
#include <string>

namespace ut::tls {

struct TrustPaths {
  std::string ca_file{};   // PEM; empty: Debian's bundle of the system
  std::string crl_file{};  // PEM or DER; empty: there are no CRLs
};

class TrustFiles {
 public:
  explicit TrustFiles(TrustPaths paths);

  // As Trust::from_file and CrlSet::from_file; what the files are now is remembered also when they
  // cannot be used.
  Result<Trust> load();
  // Whether a file is another one than at the last load(), by what stat(2) tells of it.
  bool changed() const;

  const TrustPaths& paths() const { return paths_; }

 private:
  // Device, inode, size, modification and status change in nanoseconds; zeros: there is none.
  using Stamp = std::array<std::int64_t, 5>;
  static Stamp stamp_of(const std::string& path);
  std::array<Stamp, 2> stamps() const;

  TrustPaths paths_;
  std::array<Stamp, 2> stamps_{};
};

}  // namespace ut::tls
