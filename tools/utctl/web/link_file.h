// A file that sends a browser on to the one-time link, for its user alone: what is in a command
// line can be read by everybody.
#pragma once

#include "base/bytes.h"
#include "base/result.h"

#include <string>
#include <utility>

namespace ut::utctl::web {

class LinkFile {
 public:
  // In $XDG_RUNTIME_DIR, which is in memory and the user's own, with mode 0600. config_invalid when
  // there is no such directory; system_call_failed.
  static Result<LinkFile> make(ByteView link);
  // Removes it.
  ~LinkFile();
  LinkFile(LinkFile&& other) noexcept : path_(std::exchange(other.path_, {})) {}
  LinkFile& operator=(LinkFile&& other) noexcept {
    std::swap(path_, other.path_);
    return *this;
  }

  const std::string& path() const { return path_; }

 private:
  explicit LinkFile(std::string path) : path_(std::move(path)) {}
  std::string path_;
};

}  // namespace ut::utctl::web
