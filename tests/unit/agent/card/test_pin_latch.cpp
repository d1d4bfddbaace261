#include "agent/card/pin_latch.h"

#include "tests/support/catch.h"

#include <sys/stat.h>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <string>

using namespace ut;
using card::PinLatch;
namespace fs = std::filesystem;

namespace {

class Folder {
 public:
  Folder() {
    std::string name = fs::temp_directory_path() / "ut-pin-latch-XXXXXX";
    path_ = ::mkdtemp(name.data());
  }
  ~Folder() { fs::remove_all(path_); }
  Folder(const Folder&) = delete;
  Folder& operator=(const Folder&) = delete;
  fs::path operator/(const char* name) const { return path_ / name; }

 private:
  fs::path path_;
};

constexpr const char* kIccid = "8901";

}  // namespace

TEST_CASE("a PIN that was sent and not accepted is not sent again", "[IS-4]") {
  PinLatch latch({}, "source 1");
  CHECK(latch.before_verify(kIccid, 3).has_value());
  const auto again = latch.before_verify(kIccid, 2);
  REQUIRE_FALSE(again.has_value());
  CHECK(again.error().code == ErrorCode::pin_wrong);
  // Another card is another PIN's.
  CHECK(latch.before_verify("8902", 3).has_value());
}

TEST_CASE("success clears the memory", "[IS-4]") {
  const Folder folder;
  PinLatch latch(folder / "latch", "s");
  CHECK(latch.before_verify(kIccid, 3).has_value());
  CHECK(fs::exists(folder / "latch"));
  latch.after_success(kIccid);
  CHECK_FALSE(fs::exists(folder / "latch"));
  CHECK(latch.before_verify(kIccid, 3).has_value());
}

TEST_CASE("the memory is on disk before the PIN is sent, and outlives the program", "[IS-4]") {
  const Folder folder;
  {
    PinLatch latch(folder / "latch", "source 1");
    CHECK(latch.before_verify(kIccid, 3).has_value());
    struct stat status{};
    REQUIRE(::stat((folder / "latch").c_str(), &status) == 0);
    CHECK((status.st_mode & 0777) == 0600);
  }
  PinLatch same(folder / "latch", "source 1");
  CHECK(same.before_verify(kIccid, 3).error().code == ErrorCode::pin_wrong);
  PinLatch corrected(folder / "latch", "source 2");
  CHECK(corrected.before_verify(kIccid, 3).has_value());
}

TEST_CASE("the user clears the memory by removing the file", "[IS-4]") {
  const Folder folder;
  {
    PinLatch latch(folder / "latch", "s");
    CHECK(latch.before_verify(kIccid, 3).has_value());
  }
  fs::remove(folder / "latch");
  PinLatch fresh(folder / "latch", "s");
  CHECK(fresh.before_verify(kIccid, 3).has_value());
}

TEST_CASE("a memory that cannot be understood counts against the PIN", "[IS-4]") {
  for (const char* text : {"", "8901\n", "8901\nx\ns\n", "8901\n33\ns\n", "\x01\x02\n\n"}) {
    const Folder folder;
    std::ofstream(folder / "latch") << text;
    PinLatch latch(folder / "latch", "s");
    CHECK(latch.before_verify("any", 3).error().code == ErrorCode::pin_wrong);
  }
}

TEST_CASE("no PIN is sent when the memory cannot be written", "[IS-4]") {
  const Folder folder;
  PinLatch latch(folder / "no-such-folder/latch", "s");
  CHECK(latch.before_verify(kIccid, 3).error().code == ErrorCode::config_unreadable);
  CHECK(latch.before_verify(kIccid, 3).error().code == ErrorCode::config_unreadable);
}

TEST_CASE("a changed PIN file is another source", "[IS-4]") {
  const Folder folder;
  CHECK(card::pin_source_of(folder / "pin").empty());
  std::ofstream(folder / "pin") << "1234";
  const auto first = card::pin_source_of(folder / "pin");
  CHECK_FALSE(first.empty());
  CHECK(card::pin_source_of(folder / "pin") == first);
  std::ofstream(folder / "pin") << "12345";
  CHECK(card::pin_source_of(folder / "pin") != first);
}
