// Types of problem documents (RFC 9457) [API-4].
#pragma once

#include "base/error.h"

#include <string>
#include <string_view>

namespace ut::ports {

// What every type begins with; the name of the error code follows.
inline constexpr std::string_view kProblemTypes = "urn:ut-agent:problem:";

// "urn:ut-agent:problem:card-absent"
inline std::string problem_type(ErrorCode code) {
  return std::string(kProblemTypes).append(name(code));
}

}  // namespace ut::ports
