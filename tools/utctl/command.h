// A command as the command line has chosen it.
#pragma once

#include "agent/daemon/config.h"
#include "base/result.h"
#include "tools/utctl/answer.h"

#include <functional>

namespace ut::utctl {

// What of the configuration file a command needs.
enum class ConfigUse : std::uint8_t {
  needed,
  helpful,  // without one that can be read the usual places are taken
  not_read,
};

struct Command {
  std::function<Result<Answer>(const daemon::AgentConfig& config)> run;
  // With --socket nothing of the configuration is needed, which applications may not read.
  std::function<ConfigUse()> config_use = [] { return ConfigUse::needed; };
};

}  // namespace ut::utctl
