#include "agent/control/key_request.h"

#include "agent/control/json_object.h"

#include <string>

namespace ut::control {
namespace {

using Json = nlohmann::json;

auto malformed(std::string_view why) {
  return fail(ErrorCode::request_body_malformed, "control.request", std::string(why));
}

auto no_object() {
  return malformed("it is no JSON object, or a member is doubled");
}

auto wrong_member() {
  return malformed("a member is unknown or of the wrong type");
}

}  // namespace

Result<KeyRequest> parse_key_request(std::string_view body) {
  const Json json = parse_object(body);
  if (json.is_discarded()) {
    return no_object();
  }
  const std::string* naf = nullptr;
  std::optional<gba::UaProtocolId> ua;
  bool with_key = true;
  bool force_bootstrapping = false;
  std::string subscriber;
  for (const auto& [name, value] : json.items()) {
    if (name == "naf" && value.is_string()) {
      naf = value.get_ptr<const std::string*>();
    } else if (name == "ua_protocol_id" && value.is_string()) {
      ua = gba::UaProtocolId::from_text(value.get_ref<const std::string&>());
    } else if (name == "with_key" && value.is_boolean()) {
      with_key = value.get<bool>();
    } else if (name == "force_bootstrapping" && value.is_boolean()) {
      force_bootstrapping = value.get<bool>();
    } else if (name == "subscriber" && value.is_string()) {
      subscriber = value.get<std::string>();
    } else {
      return wrong_member();
    }
  }
  if (!ua) {
    return malformed("ua_protocol_id must be ten hexadecimal digits");
  }
  auto naf_id = naf != nullptr ? gba::NafId::make(*naf, *ua) : std::nullopt;
  if (!naf_id) {
    return malformed("naf must be an FQDN");
  }
  return KeyRequest{*std::move(naf_id), with_key, force_bootstrapping, std::move(subscriber)};
}

Result<std::string> parse_forget_request(std::string_view body) {
  if (body.empty()) {
    return std::string();
  }
  const Json json = parse_object(body);
  if (json.is_discarded()) {
    return no_object();
  }
  std::string subscriber;
  for (const auto& [name, value] : json.items()) {
    if (name != "subscriber" || !value.is_string()) {
      return wrong_member();
    }
    subscriber = value.get<std::string>();
  }
  return subscriber;
}

}  // namespace ut::control
