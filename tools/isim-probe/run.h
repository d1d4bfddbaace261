// isim-probe from its command line to its exit status.
#pragma once

#include "tools/isim-probe/command.h"

#include <string>
#include <utility>
#include <vector>

namespace ut::probe {

// Gives `app` the whole command line; each command with what runs it.
std::vector<std::pair<CLI::App*, Run>> add_all(CLI::App& app, Settings& settings);

// `arguments` without the program's name. `settings` are in force where the command line says
// nothing else. The exit status.
int run(std::vector<std::string> arguments, World& world, Settings settings = {});

}  // namespace ut::probe
