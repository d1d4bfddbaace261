#include "tools/utctl/edit_command.h"

#include "tests/support/catch.h"
#include "tests/unit/tools/utctl/fake_documents.h"
#include "tools/utctl/whole_file.h"

#include <sys/stat.h>

#include <cstdlib>
#include <filesystem>

using namespace ut;
using namespace ut::utctl;

namespace {

constexpr const char* kUri = "http://x/pres-rules/users/u/index";

// A user who writes `texts` one after the other; nullopt: his editor fails.
struct User {
  User() {
    std::string name = std::filesystem::temp_directory_path() / "ut-edit-XXXXXX";
    folder = ::mkdtemp(name.data());
    documents.change("<a/>");
  }
  ~User() { std::filesystem::remove_all(folder); }
  User(const User&) = delete;
  User& operator=(const User&) = delete;

  Answer edits(std::vector<std::optional<std::string>> texts, std::string_view initial = {}) {
    std::size_t at = 0;
    EditorRound round;
    round.edit = [&](const std::string& file) {
      struct stat status{};
      REQUIRE(::stat(file.c_str(), &status) == 0);
      CHECK((status.st_mode & 0777) == 0600);
      seen = read_whole_file(file, 1000).value();
      const auto text = texts.at(at++);
      if (text) {
        REQUIRE(write_whole_file(file, *text));
      }
      if (meanwhile) {
        meanwhile();
      }
      return text.has_value();
    };
    round.again = [&](const std::string& why) {
      reasons.push_back(why);
      return at < texts.size();
    };
    round.show_changes = [&](const std::string& before, const std::string& now) {
      shown = read_whole_file(before, 1000).value() + "|" + read_whole_file(now, 1000).value();
    };
    auto answer = edit_document(documents, kUri, initial, round, folder);
    REQUIRE(answer);
    return *std::move(answer);
  }

  // What is left in the folder.
  std::vector<std::string> left() const {
    std::vector<std::string> texts;
    for (const auto& entry : std::filesystem::directory_iterator(folder)) {
      texts.push_back(read_whole_file(entry.path(), 1000).value());
    }
    return texts;
  }

  FakeDocuments documents;
  std::string folder;
  std::string seen;
  std::string shown;
  std::vector<std::string> reasons;
  std::function<void()> meanwhile;
};

}  // namespace

TEST_CASE("a document is edited in a private file that goes afterwards", "[XC-2]") {
  User user;
  const auto answer = user.edits({"<b/>"});
  CHECK(answer.exit == Exit::done);
  CHECK(user.seen == "<a/>");
  CHECK(*user.documents.text == "<b/>");
  CHECK(user.documents.conditions == std::vector<std::string>{"If-Match: \"v1\""});
  CHECK(user.left().empty());
}

TEST_CASE("without a change nothing is sent", "[XC-2]") {
  User user;
  const auto answer = user.edits({"<a/>"});
  CHECK(answer.exit == Exit::done);
  CHECK(answer.text == "no change: nothing was sent\n");
  CHECK(user.documents.conditions.empty());
  CHECK(user.left().empty());
}

TEST_CASE("an editor that fails sends nothing", "[XC-2]") {
  User user;
  const auto answer = user.edits({std::nullopt});
  CHECK(answer.exit == Exit::failed);
  CHECK(answer.text.contains("the editor failed: nothing was sent"));
  CHECK(user.documents.conditions.empty());
  CHECK(user.left().empty());
}

TEST_CASE("what is no XML is not sent, and may be edited again", "[XC-2]") {
  User user;
  const auto answer = user.edits({"<b>", "<b></c>", "<b></b>"});
  CHECK(answer.exit == Exit::done);
  CHECK(user.reasons.size() == 2);
  CHECK(user.reasons[0].contains("not well-formed"));
  CHECK(user.seen == "<b></c>");
  CHECK(*user.documents.text == "<b></b>");
  CHECK(user.documents.conditions.size() == 1);

  User tired;
  const auto kept = tired.edits({"<b>"});
  CHECK(kept.exit == Exit::failed);
  CHECK(kept.text.contains("Your text is kept in " + tired.folder));
  CHECK(tired.left() == std::vector<std::string>{"<b>"});
  CHECK(tired.documents.conditions.empty());
}

TEST_CASE("when somebody else was faster his change is shown and the user's text is kept",
          "[XC-2]") {
  User user;
  user.meanwhile = [&] { user.documents.change("<theirs/>"); };
  const auto answer = user.edits({"<mine/>"});
  CHECK(answer.exit == Exit::other_version);
  CHECK(*user.documents.text == "<theirs/>");
  CHECK(user.shown == "<a/>|<theirs/>");
  CHECK(user.left() == std::vector<std::string>{"<mine/>"});
  CHECK(answer.json["kept_in"].get<std::string>().starts_with(user.folder));
}

TEST_CASE("what the NAF or the agent refuses is kept, too", "[XC-2]") {
  User user;
  user.documents.refused_put = 409;
  CHECK(user.edits({"<b/>"}).exit == Exit::conflict);
  CHECK(user.left() == std::vector<std::string>{"<b/>"});
  User other;
  other.documents.store_error = Error{ErrorCode::card_absent, "card"};
  const auto answer = other.edits({"<b/>"});
  CHECK(answer.exit == Exit::failed);
  CHECK(answer.text.contains("Your text is kept in"));
  CHECK(other.left() == std::vector<std::string>{"<b/>"});
}

TEST_CASE("a new document begins with a template, where there is one", "[XC-2]") {
  User user;
  user.documents.text.reset();
  CHECK(user.edits({"<b/>"}).exit == Exit::not_found);
  CHECK(user.edits({"<new/>"}, "<new/>").text == "no change: nothing was sent\n");
  CHECK(user.edits({"<b/>"}, "<new/>").text.starts_with("created"));
  CHECK(user.documents.conditions == std::vector<std::string>{"If-None-Match: *"});
}

TEST_CASE("nodes, and documents that have no ETag, are not edited", "[XC-2]") {
  User user;
  user.documents.etags = false;
  CHECK(user.edits({"<b/>"}).text.contains("cannot be changed safely"));
  CHECK(edit_document(user.documents, "http://x/a/users/u/i/~~/b", {}, {}).error().code ==
        ErrorCode::input_malformed);
}
