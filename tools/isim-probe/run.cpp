#include "tools/isim-probe/run.h"

#include "base/cli/completion.h"
#include "tools/isim-probe/commands.h"
#include "tools/isim-probe/pcap.h"

#include <algorithm>
#include <sstream>
#include <utility>

namespace ut::probe {
namespace {

constexpr const char* kDescription = "Looks at card readers, the UICC and its ISIM through PC/SC.";

constexpr const char* kFooter = R"(
Exit status: 0 done; 1 other failure; 2 wrong use or unreadable file; 3 no smart card
service, reader or card; 4 PIN needed, wrong, blocked or too few tries left; 5 the card
failed, refused or has no ISIM; 6 synchronisation failure; 7 MAC failure; 8 the card's
answer is not what the keys given make of the challenge.

The PIN is sent only when the card asks for it and tells that at least --min-pin-tries tries
are left. Never put it on a command line: --pin-file or --ask-pin.

'isim-probe COMMAND --help' has examples of each command; isim-probe(1) has it all.)";

std::string examples_of(const Command& command) {
  std::istringstream lines{std::string(command.examples)};
  std::string text = "Examples:";
  for (std::string line; std::getline(lines, line);) {
    text += "\n  isim-probe " + line;
  }
  return text;
}

int ended(Exit exit) {
  return static_cast<int>(exit);
}

int failed(const Error& error, Format format, World& world) {
  const std::string text = show(error, format);
  if (format == Format::json) {
    world.out(as_bytes(text));
  } else {
    world.err(text);
  }
  return ended(exit_of(error));
}

std::string names_of_commands() {
  std::string names;
  for (const Command& command : commands()) {
    names += (names.empty() ? "" : ", ") + std::string(command.name);
  }
  return names;
}

// CLI11 says of a misspelt command only that one is required.
std::string text_of(const CLI::App& app, const CLI::ParseError& error) {
  if (app.get_subcommands().empty() && dynamic_cast<const CLI::RequiredError*>(&error) != nullptr) {
    const auto rest = app.remaining();
    return (rest.empty() ? "a command is missing" : "'" + rest.front() + "' is no command") +
           "; the commands are " + names_of_commands();
  }
  return error.what();
}

// Help is an exception of CLI11's, too.
int not_parsed(const CLI::App& app, const CLI::ParseError& error, bool json, World& world) {
  if (error.get_exit_code() == 0) {
    std::ostringstream out;
    app.exit(error, out, out);
    world.out(as_bytes(out.str()));
    return ended(Exit::done);
  }
  const std::string text = text_of(app, error);
  if (json) {
    return failed({ErrorCode::input_malformed, "command line", {}, text}, Format::json, world);
  }
  const auto chosen = app.get_subcommands();
  world.err("isim-probe: " + printable(text) + "\nsee isim-probe " +
            (chosen.empty() ? "" : chosen.front()->get_name() + " ") + "--help\n");
  return ended(Exit::usage);
}

Result<Exit> run_chosen(const Run& chosen, const Settings& settings, World& world) {
  if (settings.pcap.empty()) {
    return chosen(Context{settings, world});
  }
  World tapped = world;
  TRY(tapped.connect, captured(world.connect, settings.pcap,
                               settings.show_secrets ? Keep::everything : Keep::harmless));
  // A command that runs another one must not begin the file anew.
  Settings rest = settings;
  rest.pcap.clear();
  return chosen(Context{rest, tapped});
}

}  // namespace

std::vector<std::pair<CLI::App*, Run>> add_all(CLI::App& app, Settings& settings) {
  app.description(kDescription);
  app.footer(kFooter);
  app.require_subcommand(1);
  app.fallthrough();
  add_common_options(app, settings);
  cli::add_completion_option(app);
  std::vector<std::pair<CLI::App*, Run>> runs;
  for (const Command& command : commands()) {
    CLI::App* const part = app.add_subcommand(std::string(command.name), std::string(command.help));
    part->footer(examples_of(command));
    runs.emplace_back(part, command.add(*part, settings));
  }
  return runs;
}

int run(std::vector<std::string> arguments, World& world, Settings settings) {
  CLI::App app(kDescription, "isim-probe");
  const auto runs = add_all(app, settings);
  const bool json = std::ranges::find(arguments, "--json") != arguments.end();
  std::ranges::reverse(arguments);  // CLI11 takes them from the back
  try {
    app.parse(std::move(arguments));
  } catch (const CLI::ParseError& error) {
    return not_parsed(app, error, json, world);
  }
  const auto chosen =
      std::ranges::find_if(runs, [](const auto& one) { return one.first->parsed(); });
  const auto result = run_chosen(chosen->second, settings, world);
  return result ? ended(*result) : failed(result.error(), settings.format(), world);
}

}  // namespace ut::probe
