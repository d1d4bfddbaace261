// utctl: the command line. Each group of commands has a file of its own.
#include "agent/daemon/config.h"
#include "tools/utctl/answer.h"
#include "tools/utctl/pin_commands.h"

#include <CLI/CLI.hpp>

#include <exception>
#include <functional>
#include <iostream>
#include <optional>
#include <string>

namespace {

using namespace ut;
using namespace ut::utctl;

constexpr const char* kFooter = R"(
Exit status: 0 done; 1 failed; 2 wrong command line; 3 wrong configuration;
4 pin status: the PIN is not sent to some card.

Examples:
  utctl pin status
  utctl pin clear
  utctl --config /etc/ut-agent/ut-agent.toml --json pin clear --iccid 8988211000000123456)";

struct Options {
  std::string config = "/etc/ut-agent/ut-agent.toml";
  Format format = Format::text;
  std::optional<std::string> iccid;
};

using Command = std::function<Result<Answer>(const daemon::AgentConfig& config)>;

// Adds `utctl pin` and its commands; the one that is given on the command line becomes `chosen`.
void add_pin_commands(CLI::App& app, Options& options, Command& chosen) {
  CLI::App* pin = app.add_subcommand("pin", "A PIN that the card refused");
  pin->require_subcommand(1);
  pin->add_subcommand("status", "Tell to which cards the PIN is not sent again")
      ->callback([&chosen] {
        chosen = [](const daemon::AgentConfig& config) { return pin_status(config.card); };
      });
  CLI::App* clear = pin->add_subcommand("clear", "Have the agent send the PIN once more");
  clear->add_option("--iccid", options.iccid, "Of this card only");
  clear->callback([&options, &chosen] {
    chosen = [&options](const daemon::AgentConfig& config) {
      return pin_clear(config.card, options.iccid);
    };
  });
}

int failed(const Error& error, Format format) {
  (format == Format::json ? std::cout : std::cerr) << show(error, format);
  return static_cast<int>(exit_of(error));
}

int run(const Options& options, const Command& command) {
  const auto config = daemon::load_config(options.config);
  if (!config) {
    return failed(config.error(), options.format);
  }
  const auto answer = command(*config);
  if (!answer) {
    return failed(answer.error(), options.format);
  }
  std::cout << show(*answer, options.format);
  return static_cast<int>(answer->exit);
}

}  // namespace

int main(int argc, char** argv) {
  Options options;
  Command command;
  CLI::App app("Looks at ut-agent and takes care of it.", "utctl");
  app.set_version_flag("--version", "utctl " UT_VERSION);
  app.footer(kFooter);
  app.require_subcommand(1);
  app.fallthrough();
  app.add_option("--config", options.config, "Configuration file of the agent")
      ->capture_default_str();
  app.add_flag_callback(
      "--json", [&options] { options.format = Format::json; },
      "JSON on standard output, errors too");
  add_pin_commands(app, options, command);
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    return app.exit(error) == 0 ? 0 : static_cast<int>(Exit::usage);
  }
  try {
    return run(options, command);
  } catch (const std::exception& error) {
    std::cerr << "utctl: " << error.what() << '\n';
    return static_cast<int>(Exit::failed);
  }
}
