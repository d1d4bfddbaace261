// A file that only its owner may read, written as it grows.
#pragma once

#include "base/bytes.h"
#include "base/file_descriptor.h"
#include "base/result.h"
#include "base/secret.h"

#include <string>

namespace ut::probe {

class PrivateFile {
 public:
  // Made new with mode 0600, or emptied. config_unreadable when that cannot be.
  static Result<PrivateFile> create(const std::string& path);

  // After a failure nothing more is written; ok() tells.
  void write(ByteView octets);
  bool ok() const { return ok_; }

 private:
  explicit PrivateFile(FileDescriptor file) : file_(std::move(file)) {}
  FileDescriptor file_;
  bool ok_ = true;
};

// The whole of a file of at most 64 KB that only its owner may read, in locked memory.
// config_unreadable when it is another one.
Result<SecretBytes> read_private_file(const std::string& path);

// The whole of a file of at most 64 MB. config_unreadable when that cannot be.
Result<std::string> read_text_file(const std::string& path);

}  // namespace ut::probe
