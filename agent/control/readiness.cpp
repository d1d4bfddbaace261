#include "agent/control/readiness.h"

#include "agent/problem_type.h"

#include <nlohmann/json.hpp>

#include <algorithm>

namespace ut::control {
namespace {

using Json = nlohmann::ordered_json;

Json of(const std::vector<Error>& obstacles) {
  auto list = Json::array();
  for (const auto& error : obstacles) {
    list.push_back({{"type", ports::problem_type(error.code)},
                    {"title", meaning(error.code)},
                    {"family", family_name(family(error.code))},
                    {"detail", advice(error.code)}});
  }
  return list;
}

}  // namespace

bool all_ready(std::span<const Readiness> subscribers) {
  return std::ranges::all_of(subscribers, [](const auto& one) { return one.obstacles.empty(); });
}

std::string readiness_document(std::span<const Readiness> subscribers) {
  auto list = Json::array();
  for (const auto& one : subscribers) {
    list.push_back({{"name", one.subscriber},
                    {"ready", one.obstacles.empty()},
                    {"reasons", of(one.obstacles)}});
  }
  const Json document = {{"ready", all_ready(subscribers)}, {"subscribers", std::move(list)}};
  return document.dump(-1, ' ', false, Json::error_handler_t::replace) + "\n";
}

}  // namespace ut::control
