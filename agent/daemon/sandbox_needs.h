// What a configuration lets the agent do outside of itself: the sandbox's measure. Pure.
#pragma once

#include "agent/daemon/config.h"
#include "agent/daemon/sandbox.h"

#include <string>

namespace ut::daemon {

// `config_file` is where the configuration was read from. Files that may be replaced while the
// agent runs are named by their folders.
SandboxNeeds sandbox_needs(const AgentConfig& config, const std::string& config_file);

}  // namespace ut::daemon
