#include "tools/utctl/document_change.h"

#include "tests/support/catch.h"
#include "tests/unit/tools/utctl/fake_documents.h"

using namespace ut;
using namespace ut::utctl;

namespace {

// Adds "+" to whatever is there, once.
DocumentChange plus(std::string_view initial = "new") {
  return {"http://x/pres-rules/users/u/index", "pres-rules/index", initial,
          [](std::string_view text) -> Understood<ChangedDocument> {
            if (text == "bad") {
              return std::unexpected("it is bad");
            }
            const bool done = text.ends_with('+');
            return ChangedDocument{std::string(text) + (done ? "" : "+"), !done, {"a note\n"}};
          }};
}

Answer changed(FakeDocuments& documents) {
  auto answer = change_document(documents, plus());
  REQUIRE(answer);
  return *std::move(answer);
}

}  // namespace

TEST_CASE("a document is changed with If-Match, once", "[XC-2]") {
  FakeDocuments documents;
  documents.change("text");
  const auto answer = changed(documents);
  CHECK(answer.exit == Exit::done);
  CHECK(answer.text == "changed: http://x/pres-rules/users/u/index\nnote: a note?\n");
  CHECK(answer.json["tries"] == 1);
  CHECK(*documents.text == "text+");
  CHECK(documents.conditions == std::vector<std::string>{"If-Match: \"v1\""});

  const auto again = changed(documents);
  CHECK(again.exit == Exit::done);
  CHECK(again.text.starts_with("it is so already"));
  CHECK(again.json["changed"] == false);
  CHECK(documents.conditions.size() == 1);
}

TEST_CASE("where there is no document a new one is made, if nobody else does", "[XC-2]") {
  FakeDocuments documents;
  const auto answer = changed(documents);
  CHECK(answer.text.starts_with("created"));
  CHECK(*documents.text == "new+");
  CHECK(documents.conditions == std::vector<std::string>{"If-None-Match: *"});

  FakeDocuments raced;
  raced.error.reset();
  auto wanted = plus();
  wanted.change = [&, inner = wanted.change](std::string_view text) {
    if (!raced.text) {
      raced.change("theirs");
    }
    return inner(text);
  };
  REQUIRE(change_document(raced, wanted));
  CHECK(*raced.text == "theirs+");
}

TEST_CASE("who changes it meanwhile loses nothing, and nor does the user", "[XC-2]") {
  FakeDocuments documents;
  documents.change("text");
  int others = 2;
  documents.after_fetch = [&] {
    if (others-- > 0) {
      documents.change(*documents.text + "/other");
    }
  };
  const auto answer = changed(documents);
  CHECK(answer.exit == Exit::done);
  CHECK(answer.json["tries"] == 3);
  CHECK(*documents.text == "text/other/other+");
}

TEST_CASE("who is overtaken each time gives up, and says so", "[XC-2]") {
  FakeDocuments documents;
  documents.change("text");
  documents.after_fetch = [&] { documents.change(*documents.text + "/"); };
  const auto answer = changed(documents);
  CHECK(answer.exit == Exit::other_version);
  CHECK(answer.complaint);
  CHECK(answer.text.contains("each of 5 times; nothing was changed"));
  CHECK(documents.conditions.size() == kMostTries);
}

TEST_CASE("without an ETag that can be matched nothing is put", "[XC-2]") {
  FakeDocuments documents;
  documents.change("text");
  documents.etags = false;
  const auto answer = changed(documents);
  CHECK(answer.exit == Exit::failed);
  CHECK(answer.text.contains("the server gave no ETag"));
  CHECK(documents.conditions.empty());
  CHECK(if_match("W/\"a\"").error().contains("weak ETag"));
  CHECK(if_match("\"a\"") == "\"a\"");
}

TEST_CASE("a document that cannot be changed is left as it is", "[XC-2]") {
  FakeDocuments documents;
  documents.change("bad");
  const auto answer = changed(documents);
  CHECK(answer.exit == Exit::failed);
  CHECK(answer.text.contains(
      "it is bad; nothing was changed. Correct it: utctl edit pres-rules/index"));
  CHECK(documents.conditions.empty());
}

TEST_CASE("what the NAF refuses is told, and failures of the agent arrive as they are",
          "[XC-2][API-4]") {
  FakeDocuments documents;
  documents.change("text");
  documents.refused_put = 507;
  const auto refused = changed(documents);
  CHECK(refused.exit == Exit::refused);
  CHECK(refused.text.contains("the server says: no room"));
  documents.refused_get = 403;
  CHECK(changed(documents).exit == Exit::refused);
  documents.error = Error{ErrorCode::card_absent, "card"};
  CHECK(change_document(documents, plus()).error().code == ErrorCode::card_absent);
}
