// The command line of the commands for XCAP documents.
#pragma once

#include "tools/utctl/answer.h"
#include "tools/utctl/command.h"

namespace CLI {
class App;
}

namespace ut::utctl {

// Adds get, put, delete, edit, caps, template, rules and lists; the one that is given becomes
// `chosen`. `format` is read when it runs; both must outlive `app`.
void add_xcap_commands(CLI::App& app, const Format& format, Command& chosen);

}  // namespace ut::utctl
