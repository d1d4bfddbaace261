// The system calls that this process may still make.
#pragma once

#include "base/result.h"

namespace ut::daemon {

// For all threads. Everything that is not on the list fails with EPERM: no program is started, no
// process looked into, no other kind of socket opened. true: done; false: this kernel has no
// filters. system_call_failed when the kernel has them and refuses.
Result<bool> filter_system_calls();

}  // namespace ut::daemon
