// The filesystem and the TCP ports as Landlock leaves them to this process.
#pragma once

#include "agent/daemon/sandbox.h"
#include "base/result.h"

namespace ut::daemon {

// For this thread and those that it starts. Paths that do not exist are passed over. true: done;
// false: this kernel has no Landlock. system_call_failed when the kernel has it and refuses.
Result<bool> enter_landlock(const SandboxNeeds& needs);

}  // namespace ut::daemon
