// What a configuration lets the agent do outside of itself: the sandbox's measure. Pure.
#pragma once

#include "agent/daemon/config.h"
#include "agent/daemon/sandbox.h"

namespace ut::daemon {

// A socket that the service manager listens on is nothing the agent has to make. Files that may be
// replaced while the agent runs are named by their folders. What a PKCS #11
// module needs beyond its own file only the configuration can tell: read_paths, write_paths.
SandboxNeeds sandbox_needs(const AgentConfig& config);

}  // namespace ut::daemon
