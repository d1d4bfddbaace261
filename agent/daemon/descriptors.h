// File descriptors: every connection is one, and the system limits how many a process may have.
#pragma once

#include "agent/daemon/config.h"
#include "base/result.h"

#include <cstddef>

namespace ut::daemon {

// Raises the soft limit of this process (RLIMIT_NOFILE) to its hard one, where the system lets it;
// fit_connections() goes by what came of it. To be called before the sandbox is entered.
void raise_descriptor_limit();

// How many this process may have now.
std::size_t descriptor_limit();

// What the agent has open beside the connections of applications, at most: channels to the NAFs
// that the configuration names, the owner, card, BSF, log and timers.
std::size_t descriptors_beside_connections(const AgentConfig& config);

// Lowers limits.connections of `config` to what `limit` descriptors have room for, with a warning
// that says how to have them all: else the agent would accept what it then cannot serve.
// config_invalid when there is no room for any connection.
Result<void> fit_connections(AgentConfig& config, std::size_t limit);

}  // namespace ut::daemon
