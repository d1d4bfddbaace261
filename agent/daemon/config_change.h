// What differs between two configurations as they are written, and what of it counts without a
// restart. Pure.
#pragma once

#include "base/result.h"

#include <string>
#include <string_view>
#include <vector>

namespace ut::daemon {

struct ConfigChanges {
  std::vector<std::string> at_once;  // "[log] level", "[[application]] presence: nafs"
  std::vector<std::string> needs_restart;
};

// Of two texts, in the order of the settings' names. A setting that is written as its default is
// another one than a setting that is not there. config_syntax.
Result<ConfigChanges> changes_between(std::string_view before, std::string_view after);

}  // namespace ut::daemon
