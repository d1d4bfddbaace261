#include "tools/isim-probe/pin_input.h"

#include "tests/support/catch.h"

#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <string>

using namespace ut;
namespace fs = std::filesystem;

namespace {

// A file that goes with its owner.
class TemporaryFile {
 public:
  TemporaryFile(const std::string& text, fs::perms mode) {
    std::string name = fs::temp_directory_path() / "ut-pin-XXXXXX";
    ::close(::mkstemp(name.data()));
    path_ = name;
    std::ofstream(path_) << text;
    fs::permissions(path_, mode);
  }
  ~TemporaryFile() { fs::remove(path_); }
  TemporaryFile(const TemporaryFile&) = delete;
  TemporaryFile& operator=(const TemporaryFile&) = delete;
  std::string path() const { return path_; }

 private:
  fs::path path_;
};

constexpr auto kPrivate = fs::perms::owner_read | fs::perms::owner_write;

}  // namespace

TEST_CASE("the PIN is the first line of a private file", "[IS-4][KEY-4]") {
  for (const char* text : {"1234", "1234\n", "1234\r\nmore\n"}) {
    const TemporaryFile file(text, kPrivate);
    const auto pin = probe::read_pin_file(file.path());
    REQUIRE(pin.has_value());
    CHECK(as_text(pin->expose()) == "1234");
  }
}

TEST_CASE("a PIN file that others may read is refused", "[IS-4][KEY-4]") {
  const TemporaryFile file("1234\n", kPrivate | fs::perms::group_read);
  CHECK(probe::read_pin_file(file.path()).error().code == ErrorCode::config_unreadable);
  CHECK(probe::read_pin_file("/nonexistent/pin").error().code == ErrorCode::config_unreadable);
  CHECK(probe::read_pin_file("/").error().code == ErrorCode::config_unreadable);
}
