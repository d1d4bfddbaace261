#include "agent/control/xcap_document.h"

#include "agent/gba/xcap_root.h"
#include "agent/problem_type.h"
#include "base/error.h"
#include "isim/identity.h"

#include <nlohmann/json.hpp>

namespace ut::control {
namespace {

using Json = nlohmann::ordered_json;

Json of(const XcapHome& home) {
  if (!home.subscriber) {
    const auto& error = home.subscriber.error();
    return {{"name", home.name},
            {"problem", ports::problem_type(error.code)},
            {"detail", to_text(error)}};
  }
  const isim::Identity& identity = *home.subscriber->identity;
  const auto root = gba::xcap_root(home.configured_root, identity.xcap_root, identity.impi);
  return {{"name", home.name},
          {"root", root ? Json(root->uri) : Json(nullptr)},
          {"root_from", root ? Json(gba::to_text(root->source)) : Json(nullptr)},
          {"identities", identity.impus}};
}

}  // namespace

std::string xcap_document(const std::vector<XcapHome>& homes) {
  auto subscribers = Json::array();
  for (const auto& home : homes) {
    subscribers.push_back(of(home));
  }
  const Json document = {{"subscribers", std::move(subscribers)}};
  return document.dump(-1, ' ', false, Json::error_handler_t::replace) + "\n";
}

}  // namespace ut::control
