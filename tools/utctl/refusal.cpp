#include "tools/utctl/refusal.h"

#include "tools/utctl/documents/server_documents.h"

#include <algorithm>
#include <utility>

namespace ut::utctl {
namespace {

using Json = nlohmann::ordered_json;

constexpr std::size_t kMostOfLine = 300;

std::string first_line(std::string_view text) {
  const auto begin = text.find_first_not_of(" \t\r\n");
  if (begin == std::string_view::npos) {
    return {};
  }
  text.remove_prefix(begin);
  return printable(std::string(text.substr(0, std::min(text.find_first_of("\r\n"), kMostOfLine))));
}

Exit exit_of(long status) {
  switch (status) {
    case 404:
      return Exit::not_found;
    case 409:
      return Exit::conflict;
    case 412:
      return Exit::other_version;
    default:
      return Exit::refused;
  }
}

std::string_view advice_for(long status) {
  switch (status) {
    case 401:
    case 407:
      return "the NAF takes no authentication of this subscriber; report it to the operator";
    case 403:
      return "the subscriber may not do this there; ask the operator";
    case 404:
      return "there is no such document or node there";
    case 405:
      return "the method is not for this place";
    case 409:
      return "the document would not be right afterwards";
    case 412:
      return "the document is not the version that was meant: get it again, and repeat the change";
    case 413:
      return "the document is too large for the server";
    case 415:
      return "the server wants another --content-type";
    default:
      return status >= 500 ? "the server has a fault; try again later"
                           : "the server does not do that";
  }
}

bool is_text(const std::string& content_type) {
  return content_type.starts_with("text/plain") || content_type.empty();
}

}  // namespace

Answer refusal_of(const UtAnswer& answer, std::string_view method, const std::string& uri) {
  Answer told;
  told.exit = exit_of(answer.status);
  told.complaint = true;
  const auto status = std::to_string(answer.status);
  told.text = "utctl: " + std::string(method) + " " + uri + ": the NAF answered " + status + ": " +
              std::string(advice_for(answer.status)) + "\n";
  told.json = {{"error",
                {{"code", "naf-answer"},
                 {"status", answer.status},
                 {"text", std::string(advice_for(answer.status))}}},
               {"uri", uri}};
  if (const auto error = xcap_error(answer.refusal)) {
    told.text += "  " + printable(error->element) + ": " + error->meaning + "\n";
    if (!error->phrase.empty()) {
      told.text += "  the server says: " + printable(error->phrase) + "\n";
    }
    for (const auto& detail : error->details) {
      told.text += "  " + printable(detail) + "\n";
    }
    told.json["error"]["xcap_error"] = {{"element", error->element},
                                        {"meaning", error->meaning},
                                        {"phrase", error->phrase},
                                        {"details", error->details}};
  } else if (const auto line = first_line(answer.refusal);
             is_text(answer.content_type) && !line.empty()) {
    told.text += "  the server says: " + line + "\n";
    told.json["error"]["detail"] = line;
  }
  return told;
}

Answer complaint(Exit exit, std::string text) {
  Answer answer;
  answer.exit = exit;
  answer.complaint = true;
  answer.json = {{"error", {{"code", "not-done"}, {"text", text}}}};
  answer.text = "utctl: " + std::move(text) + "\n";
  return answer;
}

}  // namespace ut::utctl
