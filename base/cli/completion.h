// Completion of a program's command line in shells.
#pragma once

#include <CLI/CLI.hpp>

namespace ut::cli {

// Gives the program `--completion SHELL` (bash, zsh, fish), which prints a script for that shell
// and ends the program as --version does. The script has what `app` has when the option is met.
// `app` must have the name that the program is called by.
void add_completion_option(CLI::App& app);

}  // namespace ut::cli
