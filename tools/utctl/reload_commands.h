// utctl reload and log-level.
#pragma once

#include "base/result.h"
#include "tools/utctl/answer.h"

#include <string>

namespace ut::utctl {

// The bodies of POST /reload and PUT /log-level.
std::string reload_request(bool dry_run);
std::string log_level_request(const std::string& level);

// What they gave. agent_unreachable when it is no such answer.
Result<Answer> reload_answer(ByteView said);
Result<Answer> log_level_answer(ByteView said);

}  // namespace ut::utctl
