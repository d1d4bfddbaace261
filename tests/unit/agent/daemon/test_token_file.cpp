#include "agent/daemon/token_file.h"
#include "base/encoding.h"
#include "tests/support/catch.h"

#include <sys/stat.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>

using namespace ut;
using namespace ut::daemon;
using local::hash_token;

namespace {

class TemporaryFolder {
 public:
  TemporaryFolder() {
    std::string name = std::filesystem::temp_directory_path() / "tokens-XXXXXX";
    REQUIRE(::mkdtemp(name.data()) != nullptr);
    path_ = name;
  }
  ~TemporaryFolder() { std::filesystem::remove_all(path_); }
  std::string file() const { return path_ / "tokens"; }

 private:
  std::filesystem::path path_;
};

std::string text_of(const std::string& file) {
  std::ifstream in(file);
  return {std::istreambuf_iterator<char>(in), {}};
}

constexpr UtcTime kNow{std::chrono::seconds(1'772'323'200)};

}  // namespace

TEST_CASE("tokens outlive the agent as digests in a file that is its owner's", "[API-2][KEY-4]") {
  const TemporaryFolder folder;
  auto file = TokenFile::open(folder.file());
  REQUIRE(file);
  CHECK(file->tokens().empty());
  REQUIRE(file->add("presence app", hash_token("one"), kNow));
  REQUIRE(file->add("other", hash_token("two"), kNow));
  struct stat about{};
  REQUIRE(::stat(folder.file().c_str(), &about) == 0);
  CHECK((about.st_mode & 0777) == 0600);
  CHECK(text_of(folder.file())
            .find(to_hex(hash_token("one")) + " 2026-03-01T00:00:00Z presence app\n") !=
        std::string::npos);

  auto again = TokenFile::open(folder.file());
  REQUIRE(again);
  REQUIRE(again->tokens().size() == 2);
  CHECK(again->tokens()[0].application == "presence app");
  CHECK(again->tokens()[0].hash == hash_token("one"));
  const auto revoked = again->revoke(token_id(hash_token("one")));
  REQUIRE(revoked);
  CHECK(revoked->application == "presence app");
  CHECK(TokenFile::open(folder.file())->tokens().size() == 1);
  CHECK_FALSE(std::filesystem::exists(folder.file() + ".new"));
}

TEST_CASE("a token file that others may change, or that is not understood, is refused", "[API-2]") {
  const TemporaryFolder folder;
  for (const mode_t mode : {mode_t{0620}, mode_t{0602}, mode_t{0640}}) {
    std::ofstream(folder.file()) << "# nothing\n";
    ::chmod(folder.file().c_str(), mode);
    const auto file = TokenFile::open(folder.file());
    REQUIRE_FALSE(file);
    CHECK(file.error().code == ErrorCode::config_unreadable);
  }
  const std::string digest(64, 'a');
  for (const std::string& text : {digest + "\n", digest + " 2026-03-01T00:00:00Z \n",
                                  "x" + digest.substr(1) + " 2026-03-01T00:00:00Z a\n",
                                  digest + "_2026-03-01T00:00:00Z a\n"}) {
    INFO(text);
    const auto tokens = parse_tokens("# title\n\n" + text);
    REQUIRE_FALSE(tokens);
    CHECK(tokens.error().code == ErrorCode::config_invalid);
    CHECK(tokens.error().detail.starts_with("line 3"));
  }
}

TEST_CASE("what cannot be done to a token file changes nothing", "[API-2]") {
  const TemporaryFolder folder;
  auto file = TokenFile::open(folder.file());
  REQUIRE(file);
  REQUIRE(file->add("app", hash_token("one"), kNow));
  CHECK(file->add("other", hash_token("one"), kNow).error().code ==
        ErrorCode::request_body_malformed);
  CHECK(file->revoke("0123456789ab").error().code == ErrorCode::request_body_malformed);
  CHECK(file->revoke("").error().code == ErrorCode::request_body_malformed);
  for (int i = 1; i < 256; ++i) {
    REQUIRE(file->add("app", hash_token(std::to_string(i)), kNow));
  }
  CHECK(file->add("app", hash_token("more"), kNow).error().code ==
        ErrorCode::request_body_malformed);
  CHECK(TokenFile::open(folder.file())->tokens().size() == 256);
  CHECK(TokenFile::open("")->add("app", hash_token("one"), kNow).error().code ==
        ErrorCode::request_body_malformed);
  auto nowhere = TokenFile::open(folder.file() + ".d/tokens");
  REQUIRE(nowhere);
  CHECK(nowhere->add("app", hash_token("one"), kNow).error().code == ErrorCode::system_call_failed);
  CHECK(nowhere->tokens().empty());
}
