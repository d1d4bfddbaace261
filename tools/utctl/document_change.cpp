#include "tools/utctl/document_change.h"

#include "tools/utctl/refusal.h"

#include <optional>
#include <utility>

namespace ut::utctl {
namespace {

using Json = nlohmann::ordered_json;

Answer told(const DocumentChange& wanted, const ChangedDocument& changed, std::string_view what,
            unsigned tries) {
  Answer answer;
  answer.text = std::string(what) + ": " + wanted.uri + "\n";
  for (const auto& note : changed.notes) {
    answer.text += "note: " + printable(note) + "\n";
  }
  answer.json = {
      {"uri", wanted.uri}, {"changed", tries > 0}, {"tries", tries}, {"notes", changed.notes}};
  return answer;
}

// One round; nullopt when somebody else was faster.
Result<std::optional<Answer>> change_once(Documents& documents, const DocumentChange& wanted,
                                          unsigned tries) {
  std::string text;
  TRY(const UtAnswer got, documents.fetch(wanted.uri, text));
  const bool exists = got.status != 404;
  if (exists && !is_success(got)) {
    return refusal_of(got, "GET", wanted.uri);
  }
  std::string condition = "If-None-Match: *";
  if (exists) {
    auto match = if_match(got.etag);
    if (!match) {
      return complaint(Exit::failed, wanted.uri + " cannot be changed safely: " + match.error());
    }
    condition = "If-Match: " + *std::move(match);
  }
  const auto changed = wanted.change(exists ? std::string_view(text) : wanted.initial);
  if (!changed) {
    return complaint(Exit::failed, wanted.uri + ": " + changed.error() +
                                       "; nothing was changed. Correct it: utctl edit " +
                                       wanted.address);
  }
  if (!changed->changed) {
    return told(wanted, *changed, exists ? "it is so already" : "there is no document", 0);
  }
  TRY(const UtAnswer stored, documents.store(wanted.uri, changed->text, condition));
  if (stored.status == 412) {
    return std::nullopt;
  }
  if (!is_success(stored)) {
    return refusal_of(stored, "PUT", wanted.uri);
  }
  return told(wanted, *changed, exists ? "changed" : "created", tries);
}

}  // namespace

Understood<std::string> if_match(const std::string& etag) {
  if (etag.empty()) {
    return std::unexpected("the server gave no ETag");
  }
  if (etag.starts_with("W/")) {
    return std::unexpected("the server gave a weak ETag, which names no version");
  }
  return etag;
}

Result<Answer> change_document(Documents& documents, const DocumentChange& wanted) {
  for (unsigned tries = 1; tries <= kMostTries; ++tries) {
    TRY(auto answer, change_once(documents, wanted, tries));
    if (answer) {
      return *std::move(answer);
    }
  }
  return complaint(Exit::other_version, "somebody else changed " + wanted.uri + " each of " +
                                            std::to_string(kMostTries) +
                                            " times; nothing was changed, try again");
}

}  // namespace ut::utctl
