// utctl health and metrics: for monitoring.
#pragma once

#include "base/result.h"
#include "tools/utctl/answer.h"

#include <string>
#include <string_view>

namespace ut::utctl {

// What the agent said of its readiness (GET /ready): Exit::not_ready with the reasons when it
// could not serve a request now. agent_unreachable when it is no such answer.
Result<Answer> health_answer(ByteView said);

// Adds one line of GET /metrics to `json`, as a number by its name and labels. Lines without a
// sample are left out.
void add_sample(nlohmann::ordered_json& json, std::string_view line);

}  // namespace ut::utctl
