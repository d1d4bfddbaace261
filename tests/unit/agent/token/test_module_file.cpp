#include "agent/token/module_file.h"
#include "tests/support/catch.h"

#include <sys/stat.h>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>

using namespace ut;
using namespace ut::token;

namespace {

namespace fs = std::filesystem;

class Folder {
 public:
  Folder() {
    std::string name = fs::temp_directory_path() / "module-file-XXXXXX";
    REQUIRE(::mkdtemp(name.data()) != nullptr);
    path_ = name;
    fs::create_directory(path_ / "in");
    std::ofstream(path_ / "in" / "m.so") << "module";
    mode("in/m.so", 0644);
    mode("in", 0755);
  }
  ~Folder() { fs::remove_all(path_); }
  std::string file() const { return path_ / "in" / "m.so"; }
  const fs::path& path() const { return path_; }
  void mode(const std::string& name, mode_t to) const {
    REQUIRE(::chmod((path_ / name).c_str(), to) == 0);
  }

 private:
  fs::path path_;
};

std::string why(const std::string& path) {
  const auto file = trusted_module_file(path);
  REQUIRE_FALSE(file);
  CHECK(file.error().code == ErrorCode::tls_client_certificate_unusable);
  return file.error().detail;
}

}  // namespace

TEST_CASE("a module of ours that nobody else may write is taken, without symbolic links",
          "[UA-7][KEY-4]") {
  const Folder folder;
  CHECK(trusted_module_file(folder.file()) == fs::canonical(folder.file()).string());
  fs::create_symlink(folder.file(), folder.path() / "link.so");
  CHECK(trusted_module_file(folder.path() / "link.so") == fs::canonical(folder.file()).string());
}

TEST_CASE("a module that others could replace or change is refused", "[UA-7][KEY-4]") {
  const Folder folder;
  const auto refused = [](const std::string& path) {
    return why(path).find("may be written by others") != std::string::npos;
  };
  folder.mode("in/m.so", 0646);
  CHECK(refused(folder.file()));
  folder.mode("in/m.so", 0644);
  folder.mode("in", 0757);
  CHECK(refused(folder.file()));
  // As /tmp: what is not theirs they cannot replace.
  folder.mode("in", 01777);
  CHECK(trusted_module_file(folder.file()));
  folder.mode("in/m.so", 0666);
  CHECK(refused(folder.file()));
  folder.mode("in/m.so", 0644);
  // A link in a good folder to a file in a bad one.
  fs::create_symlink(folder.file(), folder.path() / "link.so");
  folder.mode("in", 0777);
  CHECK(refused(folder.path() / "link.so"));
}

TEST_CASE("a module of another user or another group's is refused", "[UA-7][KEY-4]") {
  if (::geteuid() != 0) {
    return;  // only root gives files away
  }
  const Folder folder;
  REQUIRE(::chown(folder.file().c_str(), 0, 1) == 0);
  folder.mode("in/m.so", 0664);
  CHECK(why(folder.file()).find("may be written by others") != std::string::npos);
  REQUIRE(::chown(folder.file().c_str(), 0, 0) == 0);
  CHECK(trusted_module_file(folder.file()));
  REQUIRE(::chown(folder.file().c_str(), 65534, 0) == 0);
  CHECK(why(folder.file()).find("neither to root nor to the agent's user") != std::string::npos);
}

TEST_CASE("a module must be a file that is there", "[UA-7]") {
  const Folder folder;
  CHECK(why(folder.path() / "none.so").find("cannot be loaded") != std::string::npos);
  CHECK(why(folder.path() / "in").find("no regular file") != std::string::npos);
}
