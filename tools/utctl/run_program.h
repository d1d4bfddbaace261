// Other programs that utctl starts: the editor, diff.
#pragma once

#include "base/result.h"

#include <string>
#include <vector>

namespace ut::utctl {

// Runs the program on the terminal of utctl and waits for its end; its exit status, 128 and the
// signal when one ended it. Interrupts from the keyboard are its own meanwhile. `output`: the
// descriptor that becomes its standard output. system_call_failed when it cannot be started.
Result<int> run_program(const std::vector<std::string>& arguments, int output);

}  // namespace ut::utctl
