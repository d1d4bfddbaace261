// The agent shuts itself in before it opens a socket or talks to a card: with Landlock and a filter
// of system calls, as far as the kernel has them.
#pragma once

#include "base/result.h"

#include <cstdint>
#include <string>
#include <vector>

namespace ut::daemon {

enum class SandboxMode : std::uint8_t {
  off,
  automatic,  // what the kernel has; what it lacks is a warning
  required,   // both, or no start
};

struct SandboxSettings {
  SandboxMode mode = SandboxMode::automatic;
  // Files and folders beyond those that the rest of the configuration names.
  std::vector<std::string> read_paths{};
  std::vector<std::string> write_paths{};
};

// What the agent is to be able to do in there.
struct SandboxNeeds {
  std::vector<std::string> read_paths{};   // folders, or files that are never replaced
  std::vector<std::string> write_paths{};  // folders
  std::vector<std::uint16_t> tcp_ports{};  // to listen on
  // Landlock hides the executables of processes outside. false: they are looked at, so no Landlock.
  bool landlock = true;
};

// For this thread and those that it starts, for good; no thread may have been started before.
// Nothing is executed in there, no file written but in `write_paths`, read but in `read_paths` and
// the system's own folders. system_call_failed when `mode` is required and the kernel lacks one of
// both.
Result<void> enter_sandbox(SandboxMode mode, const SandboxNeeds& needs);

}  // namespace ut::daemon
