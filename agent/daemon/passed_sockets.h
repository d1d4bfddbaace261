// Sockets on which the service manager listens and which it passes at the start (sd_listen_fds(3)).
#pragma once

#include "agent/local/config.h"
#include "base/result.h"

#include <string>
#include <vector>

namespace ut::daemon {

struct PassedSocket {
  std::string name;  // FileDescriptorName= of the .socket unit
  int fd = -1;
};

// Those of this process, which its environment then tells of no more; empty without a service
// manager. system_call_failed.
Result<std::vector<PassedSocket>> passed_sockets();

// Has the [[socket]] of that name, [control] ("control"), [tcp] ("tcp") and [metrics] ("metrics")
// take each of `passed` in place of a socket of their own. config_invalid with every socket that
// nothing takes, one a line: what the administrator opened would not be served, or be served as
// something else.
Result<void> take_passed_sockets(const std::vector<PassedSocket>& passed,
                                 local::LocalConfig& config);

}  // namespace ut::daemon
