#include "tools/utctl/reload_commands.h"

#include "tools/utctl/answer_from.h"

namespace ut::utctl {
namespace {

using Json = nlohmann::ordered_json;

std::string list_of(std::string_view what, const Json& list) {
  std::string text;
  for (const auto& entry : list) {
    text += (text.empty() ? std::string(what) : std::string(", ")) + entry.get<std::string>();
  }
  return text.empty() ? text : text + "\n";
}

}  // namespace

std::string reload_request(bool dry_run) {
  return dry_run ? R"({"dry_run":true})" : "{}";
}

std::string log_level_request(const std::string& level) {
  return Json{{"level", level}}.dump(-1, ' ', false, Json::error_handler_t::replace);
}

Result<Answer> reload_answer(ByteView said) {
  return answer_from(said, [](const Json& json) {
    const bool dry_run = json.at("dry_run").get<bool>();
    std::string text = list_of(dry_run ? "would change: " : "changed: ", json.at("changed")) +
                       list_of("needs a restart: ", json.at("needs_restart")) +
                       list_of("left out until then: ", json.at("left_out"));
    return text.empty() ? std::string("nothing has changed\n") : text;
  });
}

Result<Answer> log_level_answer(ByteView said) {
  return answer_from(said, [](const Json& json) {
    return "log level: " + json.at("level").get<std::string>() + "\n";
  });
}

}  // namespace ut::utctl
