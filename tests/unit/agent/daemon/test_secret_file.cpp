#include "agent/daemon/secret_file.h"
#include "tests/support/catch.h"

#include <sys/stat.h>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>

using namespace ut;
using namespace ut::daemon;

namespace {

class TemporaryFile {
 public:
  TemporaryFile(std::string_view content, mode_t mode)
      : path_(std::filesystem::temp_directory_path() /
              ("secret-file-" + std::to_string(::getpid()))) {
    std::ofstream(path_, std::ios::binary) << content;
    ::chmod(path_.c_str(), mode);
  }
  ~TemporaryFile() { std::filesystem::remove(path_); }
  std::string path() const { return path_; }

 private:
  std::filesystem::path path_;
};

}  // namespace

TEST_CASE("the first line of a private file is the secret", "[IS-4]") {
  const TemporaryFile file("1234\r\nnot this\n", 0600);
  const auto secret = read_secret_file(file.path());
  REQUIRE(secret.has_value());
  CHECK(as_text(secret->expose()) == "1234");
}

TEST_CASE("a secret file that others may read is refused", "[KEY-4]") {
  for (const mode_t mode : {mode_t{0640}, mode_t{0604}, mode_t{0620}}) {
    const TemporaryFile file("1234\n", mode);
    const auto secret = read_secret_file(file.path());
    REQUIRE_FALSE(secret.has_value());
    CHECK(secret.error().code == ErrorCode::config_unreadable);
    CHECK(secret.error().detail.find("chmod 600") != std::string::npos);
  }
}

TEST_CASE("a secret file that is absent, empty, too long or a directory is refused") {
  CHECK_FALSE(read_secret_file("/nonexistent/pin").has_value());
  CHECK_FALSE(read_secret_file("/tmp").has_value());
  CHECK_FALSE(read_secret_file(TemporaryFile("\n1234", 0600).path()).has_value());
  CHECK_FALSE(read_secret_file(TemporaryFile(std::string(257, '1'), 0600).path()).has_value());
  CHECK(read_secret_file(TemporaryFile(std::string(256, '1'), 0600).path()).has_value());
}

TEST_CASE("a private key is all of a file that its owner alone may use", "[UA-7][KEY-4]") {
  const std::string key = "-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n";
  const auto whole = read_whole_secret_file(TemporaryFile(key, 0600).path(), key.size());
  REQUIRE(whole.has_value());
  CHECK(as_text(whole->expose()) == key);
  CHECK_FALSE(read_whole_secret_file(TemporaryFile(key, 0600).path(), key.size() - 1).has_value());
  CHECK_FALSE(read_whole_secret_file(TemporaryFile("", 0600).path(), 10).has_value());
  CHECK_FALSE(read_whole_secret_file("/tmp", 10).has_value());
  const auto open = read_whole_secret_file(TemporaryFile(key, 0640).path(), key.size());
  REQUIRE_FALSE(open.has_value());
  CHECK(open.error().detail.find("chmod 600") != std::string::npos);
}

TEST_CASE("a private key may be a credential of systemd, by its path", "[UA-7][KEY-4]") {
  const TemporaryFile file("key", 0440);
  const std::filesystem::path path(file.path());
  ::setenv("CREDENTIALS_DIRECTORY", path.parent_path().c_str(), 1);
  const auto key = read_whole_secret_file(path, 10);
  ::setenv("CREDENTIALS_DIRECTORY", (path.parent_path() / "another").c_str(), 1);
  const auto elsewhere = read_whole_secret_file(path, 10);
  ::unsetenv("CREDENTIALS_DIRECTORY");
  REQUIRE(key.has_value());
  CHECK(as_text(key->expose()) == "key");
  CHECK_FALSE(elsewhere.has_value());
}

TEST_CASE("a credential of systemd is the secret, whatever its mode shows", "[IS-4]") {
  const TemporaryFile file("1234\n", 0440);
  const std::filesystem::path path(file.path());
  ::setenv("CREDENTIALS_DIRECTORY", path.parent_path().c_str(), 1);
  const auto secret = read_credential(path.filename());
  const auto missing = read_credential("no-such-credential");
  ::unsetenv("CREDENTIALS_DIRECTORY");
  REQUIRE(secret.has_value());
  CHECK(as_text(secret->expose()) == "1234");
  CHECK(missing.error().code == ErrorCode::config_unreadable);
  const auto outside = read_credential("pin");
  REQUIRE_FALSE(outside.has_value());
  CHECK(outside.error().detail.find("LoadCredential=") != std::string::npos);
}
