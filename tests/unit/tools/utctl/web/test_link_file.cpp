#include "tools/utctl/web/link_file.h"

#include "tests/support/catch.h"

#include <sys/stat.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <optional>
#include <string>

using namespace ut;
using namespace ut::utctl::web;

namespace {

// $XDG_RUNTIME_DIR for one test.
class RuntimeDirectory {
 public:
  explicit RuntimeDirectory(mode_t mode) {
    std::string name = std::filesystem::temp_directory_path() / "ut-link-XXXXXX";
    path_ = ::mkdtemp(name.data());
    ::chmod(path_.c_str(), mode);
    if (const char* const before = std::getenv("XDG_RUNTIME_DIR")) {
      before_ = before;
    }
    ::setenv("XDG_RUNTIME_DIR", path_.c_str(), 1);
  }
  ~RuntimeDirectory() {
    if (before_) {
      ::setenv("XDG_RUNTIME_DIR", before_->c_str(), 1);
    } else {
      ::unsetenv("XDG_RUNTIME_DIR");
    }
    std::filesystem::remove_all(path_);
  }
  RuntimeDirectory(const RuntimeDirectory&) = delete;
  RuntimeDirectory& operator=(const RuntimeDirectory&) = delete;

  bool is_empty() const { return std::filesystem::is_empty(path_); }

 private:
  std::filesystem::path path_;
  std::optional<std::string> before_{};
};

}  // namespace

TEST_CASE("the link is handed over in a file of the user alone", "[API-5][KEY-4]") {
  const RuntimeDirectory directory(0700);
  {
    const auto file = LinkFile::make(as_bytes("http://127.0.0.1:1/open/abc"));
    REQUIRE(file);
    struct stat status{};
    REQUIRE(::stat(file->path().c_str(), &status) == 0);
    CHECK((status.st_mode & 07777) == 0600);
    std::ifstream in(file->path());
    const std::string text{std::istreambuf_iterator<char>(in), {}};
    CHECK(text.find("content=\"0; url=http://127.0.0.1:1/open/abc\"") != std::string::npos);
    CHECK(file->path().ends_with(".html"));
  }
  CHECK(directory.is_empty());
}

TEST_CASE("the link goes into no directory that others can look into", "[API-5][KEY-4]") {
  const RuntimeDirectory directory(0755);
  const auto file = LinkFile::make(as_bytes("x"));
  REQUIRE_FALSE(file);
  CHECK(file.error().code == ErrorCode::config_invalid);
  CHECK(to_text(file.error()).find("open the link yourself") != std::string::npos);
  CHECK(directory.is_empty());
}

TEST_CASE("without a directory for it there is no file", "[API-5]") {
  const RuntimeDirectory directory(0700);
  ::unsetenv("XDG_RUNTIME_DIR");
  CHECK_FALSE(LinkFile::make(as_bytes("x")));
}
