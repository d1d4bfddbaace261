// utctl top: how the agent stands and what happens in it, live on a terminal.
#pragma once

#include "base/result.h"
#include "tools/utctl/answer.h"

#include <string>

namespace ut::utctl {

// One frame, without a terminal.
Result<Answer> top_once(const std::string& socket);

// Until q is pressed or a signal ends it; the terminal is as before then. An agent that is away is
// waited for. system_call_failed when there is no terminal.
Result<Answer> top(const std::string& socket);

}  // namespace ut::utctl
