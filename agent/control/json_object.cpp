#include "agent/control/json_object.h"

#include <algorithm>
#include <set>
#include <utility>
#include <vector>

namespace ut::control {
namespace {

using Json = nlohmann::json;

auto malformed(std::string why) {
  return fail(ErrorCode::request_body_malformed, "control.request", std::move(why));
}

}  // namespace

Json parse_object(std::string_view body) {
  std::set<std::string> names;
  bool doubled = false;
  const auto watch = [&](int depth, Json::parse_event_t event, Json& parsed) {
    if (event == Json::parse_event_t::key && depth == 1) {
      doubled = !names.insert(parsed.get<std::string>()).second || doubled;
    }
    return true;
  };
  Json json = Json::parse(body, watch, false);
  return doubled || !json.is_object() ? Json(Json::value_t::discarded) : json;
}

Result<Json> parse_object(std::string_view body, std::initializer_list<std::string_view> members) {
  if (body.empty()) {
    return Json::object();
  }
  Json json = parse_object(body);
  if (json.is_discarded()) {
    return malformed("it is no JSON object, or a member is doubled");
  }
  for (const auto& member : json.items()) {
    if (std::ranges::find(members, member.key()) == members.end()) {
      return malformed("there is no member \"" + member.key() + "\"");
    }
  }
  return json;
}

Result<std::string> text_member(const Json& object, std::string_view name,
                                const std::optional<std::string>& fallback) {
  const auto found = object.find(name);
  if (found == object.end() && fallback) {
    return *fallback;
  }
  if (found == object.end() || !found->is_string()) {
    return malformed(std::string(name) + " must be given, as a text");
  }
  return found->get<std::string>();
}

Result<std::vector<std::string>> texts_member(const Json& object, std::string_view name) {
  std::vector<std::string> texts;
  const auto found = object.find(name);
  if (found == object.end()) {
    return texts;
  }
  if (!found->is_array()) {
    return malformed(std::string(name) + " must be a list of texts");
  }
  for (const auto& entry : *found) {
    if (!entry.is_string()) {
      return malformed(std::string(name) + " must be a list of texts");
    }
    texts.push_back(entry.get<std::string>());
  }
  return texts;
}

}  // namespace ut::control
