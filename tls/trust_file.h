// The file that a Trust is read from, which may be replaced while the agent runs [UT-2].
#pragma once

#include "base/result.h"
#include "tls/trust.h"

#include <array>
#include <cstdint>
#include <string>

namespace ut::tls {

class TrustFile {
 public:
  // Empty: Debian's bundle of the system.
  explicit TrustFile(std::string path);

  // As Trust::from_file; what the file is now is remembered also when it cannot be used.
  Result<Trust> load();
  // Whether the file is another one than at the last load(), by what stat(2) tells of it.
  bool changed() const;

  const std::string& path() const { return path_; }

 private:
  // Device, inode, size, modification and status change in nanoseconds; zeros: there is none.
  using Stamp = std::array<std::int64_t, 5>;
  static Stamp stamp_of(const std::string& path);

  std::string path_;
  Stamp stamp_{};
};

}  // namespace ut::tls
