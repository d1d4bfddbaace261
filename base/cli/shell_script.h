// Scripts that complete a command line.
#pragma once

#include "base/cli/command_table.h"
#include "base/joined.h"

#include <string>
#include <vector>

namespace ut::cli {

// A script for the shell, to be sourced or installed where the shell looks for it; it defines
// functions whose names begin with _ and the program's name, and nothing else.
std::string bash_script(const std::string& program, const std::vector<CommandRow>& rows);
std::string zsh_script(const std::string& program, const std::vector<CommandRow>& rows);
std::string fish_script(const std::string& program, const std::vector<CommandRow>& rows);

// The program's name as the name of a function: _ut_agent.
std::string function_name(const std::string& program);

// What the walk over the words before the cursor needs, as alternatives of a case in double quotes
// joined by `separator`: PATH and the option, for all options with a value.
std::string options_with_value(const std::vector<CommandRow>& rows, const std::string& separator);

// The same for the options whose value is what `row` says; empty when there are none.
struct ValueCase {
  std::string alternatives;
  Value value;
  std::vector<std::string> choices;
};
std::vector<ValueCase> value_cases(const std::vector<CommandRow>& rows,
                                   const std::string& separator);

}  // namespace ut::cli
