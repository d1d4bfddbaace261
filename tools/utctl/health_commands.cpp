#include "tools/utctl/health_commands.h"

#include "tools/utctl/answer_from.h"

namespace ut::utctl {
namespace {

using Json = nlohmann::ordered_json;

std::string words_of(const Json& subscriber, bool named) {
  std::string text = named ? "[" + subscriber.at("name").get<std::string>() + "]\n" : "";
  for (const auto& reason : subscriber.at("reasons")) {
    text += "not ready: " + reason.at("title").get<std::string>() + "; " +
            reason.at("detail").get<std::string>() + '\n';
  }
  return text + (subscriber.at("ready").get<bool>() ? "ready\n" : "");
}

}  // namespace

Result<Answer> health_answer(ByteView said) {
  TRY(auto answer, answer_from(said, [](const Json& json) {
        std::string text;
        const auto& subscribers = json.at("subscribers");
        for (const auto& subscriber : subscribers) {
          text += words_of(subscriber, subscribers.size() > 1);
        }
        return text;
      }));
  const auto ready = answer.json.find("ready");
  if (ready == answer.json.end() || !ready->is_boolean()) {
    return not_understood();
  }
  answer.exit = ready->get<bool>() ? Exit::done : Exit::not_ready;
  return answer;
}

void add_sample(Json& json, std::string_view line) {
  const auto blank = line.rfind(' ');
  if (line.starts_with('#') || blank == std::string_view::npos) {
    return;
  }
  auto value = Json::parse(line.substr(blank + 1), nullptr, false);
  if (value.is_number()) {
    json[std::string(line.substr(0, blank))] = std::move(value);
  }
}

}  // namespace ut::utctl
