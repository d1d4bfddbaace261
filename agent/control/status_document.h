// GET /status: how the agent stands, as JSON.
#pragma once

#include "agent/control/overview.h"
#include "base/clock.h"

#include <cstdint>
#include <string>

namespace ut::control {

struct KeyCounters {
  std::uint64_t given = 0;
  std::uint64_t refused = 0;
};

// One line. No secrets; personal data goes through log::personal(), so it is pseudonymised unless
// the configuration says otherwise, and can be found again in the log [KEY-6].
std::string status_document(const Overview& overview, const KeyCounters& keys, SteadyTime now);

// One association, as it is in the status. The answer to POST /bootstrap.
std::string association_document(const ports::Association& association, SteadyTime now);

// One line for the service manager, without personal data.
std::string status_line(const Overview& overview, SteadyTime now);

}  // namespace ut::control
