#include "base/cli/completion.h"

#include "base/cli/command_table.h"
#include "base/cli/shell_script.h"

namespace ut::cli {
namespace {

std::string script(const CLI::App& app, const std::string& shell) {
  const auto rows = command_table(app);
  return shell == "bash"  ? bash_script(app.get_name(), rows)
         : shell == "zsh" ? zsh_script(app.get_name(), rows)
                          : fish_script(app.get_name(), rows);
}

}  // namespace

void add_completion_option(CLI::App& app) {
  app.add_option_function<std::string>(
         "--completion",
         // CLI11's way to print a text and be done, whatever else is required.
         [&app](const std::string& shell) { throw CLI::CallForVersion(script(app, shell), 0); },
         "Print completion for a shell, and end")
      ->check(CLI::IsMember({"bash", "zsh", "fish"}))
      ->configurable(false);
}

}  // namespace ut::cli
