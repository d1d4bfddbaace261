// Whether the agent could serve a request now, and what keeps it from that. Pure.
#pragma once

#include "base/error.h"

#include <span>
#include <string>
#include <vector>

namespace ut::control {

struct Readiness {
  std::string subscriber{};        // his name in the configuration
  std::vector<Error> obstacles{};  // none: he could be served
};

bool all_ready(std::span<const Readiness> subscribers);

// {"ready", "subscribers": [{"name", "ready", "reasons": [...]}]}, a reason being type, title,
// family and detail of the problem document that an application would get.
std::string readiness_document(std::span<const Readiness> subscribers);

}  // namespace ut::control
