// Files that are read and written as a whole.
#pragma once

#include "base/file_descriptor.h"
#include "base/result.h"

#include <cstddef>
#include <string>
#include <string_view>

namespace ut::utctl {

// system_call_failed with the path; limit_body when it holds more than `most` octets.
Result<std::string> read_whole_file(const std::string& path, std::size_t most);
Result<void> write_whole_file(const std::string& path, std::string_view text);

// A file that is there under its name when it is whole, and not before; mode 0600. Without keep()
// nothing is left of it.
class NewFile {
 public:
  // In the folder of `path`.
  static Result<NewFile> beside(const std::string& path);
  ~NewFile();
  NewFile(NewFile&&) noexcept;
  NewFile& operator=(NewFile&&) = delete;

  bool write(std::string_view octets);  // false with errno
  Result<void> keep();                  // replaces what was there

 private:
  NewFile() = default;
  std::string path_{};
  std::string name_{};  // until then; empty: none
  FileDescriptor fd_{};
};

}  // namespace ut::utctl
