#include "tools/utctl/event_commands.h"

#include <nlohmann/json.hpp>

namespace ut::utctl {
namespace {

using Json = nlohmann::ordered_json;

std::string text_of(const Json& json) {
  return json.is_string() ? json.get<std::string>() : json.dump();
}

}  // namespace

std::optional<std::string> event_words(std::string_view line, Format format) {
  constexpr std::string_view kData = "data: ";
  if (!line.starts_with(kData)) {
    return std::nullopt;
  }
  const auto json = Json::parse(line.substr(kData.size()), nullptr, false);
  if (!json.is_object()) {
    return std::nullopt;
  }
  if (format == Format::json) {
    return json.dump(-1, ' ', false, Json::error_handler_t::replace) + "\n";
  }
  std::string text = json.contains("time") ? text_of(json["time"]) + " " : std::string();
  text += json.contains("kind") ? text_of(json["kind"]) : std::string("dropped");
  for (const auto& [name, value] : json.items()) {
    if (name == "message") {
      text += " " + text_of(value) + ":";
    } else if (name != "time" && name != "kind") {
      text += " " + name + "=" + text_of(value);
    }
  }
  return printable(text) + "\n";
}

}  // namespace ut::utctl
