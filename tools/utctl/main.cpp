// utctl: the command line. Each group of commands has a file of its own.
#include "agent/daemon/config.h"
#include "base/cli/completion.h"
#include "base/durable_file.h"
#include "base/secret.h"
#include "tools/utctl/agent_commands.h"
#include "tools/utctl/answer.h"
#include "tools/utctl/ask_agent.h"
#include "tools/utctl/command.h"
#include "tools/utctl/event_commands.h"
#include "tools/utctl/explain_command.h"
#include "tools/utctl/health_commands.h"
#include "tools/utctl/pin_commands.h"
#include "tools/utctl/reload_commands.h"
#include "tools/utctl/token_commands.h"
#include "tools/utctl/top_command.h"
#include "tools/utctl/web/web_command.h"
#include "tools/utctl/xcap_command_line.h"

#include <CLI/CLI.hpp>

#include <unistd.h>

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
4 pin status: the PIN is not sent to some card; 5 explain: the policy denies it;
6 the XCAP document is another version (412); 7 it is not there (404);
8 conflict (409); 9 the NAF refuses the request;
10 health: the agent could not serve a request now.

Examples:
  utctl status
  utctl --json status | jq '.subscribers[0].association.seconds_left'
  utctl top
  utctl forget
  utctl key kms.home1.net 0100000006
  utctl explain --uid alice PUT http://xcap.home1.net/pres-rules/users/sip:me@home1.net/index
  utctl events --json | jq .
  utctl web --open
  utctl get --etag-file etag pres-rules/index >rules.xml
  utctl put --etag-file etag pres-rules/index rules.xml
  utctl edit pres-rules/index
  utctl rules allow sip:bob@home1.net
  utctl lists add friends sip:bob@home1.net
  utctl reload --dry-run
  utctl log-level debug
  utctl health
  utctl metrics | grep ut_agent_card
  utctl token make presence
  utctl token revoke 0a1b2c3d4e5f
  utctl pin status
  utctl pin clear
  utctl --config /etc/ut-agent/ut-agent.toml --json pin clear --iccid 8988211000000123456)";

struct Options {
  std::string config = "/etc/ut-agent/ut-agent.toml";
  Format format = Format::text;
  std::optional<std::string> iccid;
  std::string socket;      // empty: that of the configuration
  std::string subscriber;  // to forget; empty: all
  KeyCommand key;
  std::string application;  // to make a token for
  std::string token_id;     // to revoke
  ExplainCommand explain;
  bool dry_run = false;
  bool once = false;  // top
  std::uint64_t most_events = 0;
  std::string log_level;
  WebCommand web;
};

// Of a command that needs nothing of the configuration when --socket is there.
std::function<ConfigUse()> for_the_socket(const Options& options) {
  return [&options] { return options.socket.empty() ? ConfigUse::needed : ConfigUse::not_read; };
}

// Adds `utctl pin` and its commands; the one that is given on the command line becomes `chosen`.
void add_pin_commands(CLI::App& app, Options& options, Command& chosen) {
  CLI::App* pin = app.add_subcommand("pin", "A PIN that the card refused");
  pin->require_subcommand(1);
  pin->add_subcommand("status", "Tell to which cards and tokens the PIN is not sent again")
      ->callback([&chosen] {
        chosen.run = [](const daemon::AgentConfig& config) {
          return pin_status(config.subscribers, config.ua);
        };
      });
  CLI::App* clear = pin->add_subcommand("clear", "Have the agent send the PIN once more");
  clear->add_option("--iccid", options.iccid, "Of this card only");
  clear->callback([&options, &chosen] {
    chosen.run = [&options](const daemon::AgentConfig& config) {
      return pin_clear(config.subscribers, options.iccid);
    };
  });
}

void add_socket(CLI::App* command, Options& options, const char* which) {
  command->add_option("--socket", options.socket,
                      std::string("Path of the socket; default: ") + which +
                          " of the configuration, which is not read then");
}

std::string control_socket(const Options& options, const daemon::AgentConfig& config) {
  if (!options.socket.empty()) {
    return options.socket;
  }
  const auto& control = config.local.control_socket;
  return control ? control->path : std::string();
}

std::string application_socket(const Options& options, const daemon::AgentConfig& config) {
  if (!options.socket.empty()) {
    return options.socket;
  }
  const auto& sockets = config.local.unix_sockets;
  return sockets.empty() ? std::string() : sockets.front().path;
}

using Ask = std::function<Result<Answer>(const std::string& socket, const daemon::AgentConfig&)>;

// Has the command run `ask` with the path of the control socket.
void over_control(CLI::App* command, Options& options, Command& chosen, Ask ask) {
  add_socket(command, options, "control.socket");
  command->callback([&options, &chosen, ask = std::move(ask)] {
    chosen.config_use = for_the_socket(options);
    chosen.run = [&options, ask](const daemon::AgentConfig& config) {
      return ask(control_socket(options, config), config);
    };
  });
}

void add_control_commands(CLI::App& app, Options& options, Command& chosen) {
  over_control(app.add_subcommand("status", "Tell how the running agent stands"), options, chosen,
               [](const std::string& socket, const auto&) -> Result<Answer> {
                 TRY(const auto said, get_from_agent(socket, "/status"));
                 return status_answer(said.expose());
               });
  CLI::App* forget = app.add_subcommand(
      "forget", "Have the agent delete the security association, its keys and TLS sessions");
  forget->add_option("--subscriber", options.subscriber, "Of this [[subscriber]] only");
  over_control(forget, options, chosen,
               [&options](const std::string& socket, const auto&) -> Result<Answer> {
                 TRY(const auto said,
                     post_to_agent(socket, "/forget", forget_request(options.subscriber)));
                 return forget_answer(said.expose());
               });
}

void add_top_command(CLI::App& app, Options& options, Command& chosen) {
  CLI::App* command =
      app.add_subcommand("top", "Show how the agent stands and what happens in it, live; q quits");
  command->add_flag("--once", options.once, "One frame, without a terminal");
  over_control(command, options, chosen,
               [&options](const std::string& socket, const auto&) -> Result<Answer> {
                 return options.once || options.format == Format::json ? top_once(socket)
                                                                       : top(socket);
               });
}

void add_live_commands(CLI::App& app, Options& options, Command& chosen) {
  CLI::App* events =
      app.add_subcommand("events", "Tell what happens in the agent, while it happens");
  events->add_option("--count", options.most_events, "End after so many; default: never");
  over_control(events, options, chosen,
               [&options](const std::string& socket, const auto&) -> Result<Answer> {
                 std::uint64_t told = 0;
                 TRY_VOID(follow_agent(socket, "/events", [&](std::string_view line) {
                   if (const auto words = event_words(line, options.format)) {
                     std::cout << *words << std::flush;
                     ++told;
                   }
                   return std::cout.good() &&
                          (options.most_events == 0 || told < options.most_events);
                 }));
                 Answer answer;
                 answer.printed = true;
                 return answer;
               });
  CLI::App* bootstrap =
      app.add_subcommand("bootstrap", "Have the agent make a new security association now");
  bootstrap->add_option("--subscriber", options.subscriber,
                        "Of this [[subscriber]]; default: the first");
  over_control(bootstrap, options, chosen,
               [&options](const std::string& socket, const auto&) -> Result<Answer> {
                 TRY(const auto said,
                     post_to_agent(socket, "/bootstrap", forget_request(options.subscriber)));
                 return bootstrap_answer(said.expose());
               });
}

// `utctl health` and `utctl metrics`, for monitoring.
void add_health_commands(CLI::App& app, Options& options, Command& chosen) {
  over_control(
      app.add_subcommand("health", "Tell whether the agent could serve a request now, and why not"),
      options, chosen, [](const std::string& socket, const auto&) -> Result<Answer> {
        TRY(const auto said, get_from_agent(socket, "/ready"));
        return health_answer(said.expose());
      });
  over_control(
      app.add_subcommand("metrics", "Print the numbers of the agent as Prometheus reads them"),
      options, chosen, [](const std::string& socket, const auto&) -> Result<Answer> {
        Answer answer;
        answer.json = nlohmann::ordered_json::object();
        TRY_VOID(follow_agent(socket, "/metrics", [&answer](std::string_view line) {
          answer.text.append(line).append("\n");
          add_sample(answer.json, line);
          return true;
        }));
        return answer;
      });
}

void add_reload_commands(CLI::App& app, Options& options, Command& chosen) {
  CLI::App* reload =
      app.add_subcommand("reload", "Have the agent read its configuration again; connections stay");
  reload->add_flag("--dry-run", options.dry_run, "Tell what would change, and change nothing");
  over_control(reload, options, chosen,
               [&options](const std::string& socket, const auto&) -> Result<Answer> {
                 TRY(const auto said,
                     post_to_agent(socket, "/reload", reload_request(options.dry_run)));
                 return reload_answer(said.expose());
               });
  CLI::App* level =
      app.add_subcommand("log-level", "Set the log level of the agent, until it ends");
  level->add_option("level", options.log_level, "trace, debug, info, warning or error")
      ->required()
      ->check(CLI::IsMember({"trace", "debug", "info", "warning", "error"}));
  over_control(level, options, chosen,
               [&options](const std::string& socket, const auto&) -> Result<Answer> {
                 TRY(const auto said,
                     put_to_agent(socket, "/log-level", log_level_request(options.log_level)));
                 return log_level_answer(said.expose());
               });
}

// `utctl explain`, over the control socket or on the configuration alone.
void add_explain_command(CLI::App& app, Options& options, Command& chosen) {
  auto& explain = options.explain;
  CLI::App* command = app.add_subcommand(
      "explain", "Tell what the policy says to a request, by which rule, and what would allow it");
  command->add_option("method", explain.method, "GET, PUT, ...")->required();
  command->add_option("url", explain.url, "http://NAF/...")->required();
  auto* name = command->add_option("--application", explain.application,
                                   "As this [[application]], whoever may be it");
  command->add_option("--uid", explain.user, "As this user, by name or number")->excludes(name);
  command->add_option("--at", explain.socket, "At the [[socket]] of this name, or tcp");
  command->add_option("--executable", explain.executable, "As this program");
  command->add_option("--unit", explain.unit, "In this systemd unit");
  command->add_option("--token-of", explain.token_of, "With a token of this [[application]]");
  command->add_option("--identity", explain.identity, "With X-3GPP-Intended-Identity");
  command->add_option("--subscriber", explain.subscriber, "With Ut-Subscriber");
  auto* dry = command->add_flag("--dry-run", explain.dry_run,
                                "By the configuration file, without asking the agent");
  command
      ->add_option("--own-identity", explain.own_identities,
                   "Public identity of the card, for --dry-run; may be repeated")
      ->needs(dry);
  add_socket(command, options, "control.socket");
  command->callback([&options, &chosen] {
    if (!options.explain.dry_run) {
      chosen.config_use = for_the_socket(options);
    }
    chosen.run = [&options](const daemon::AgentConfig& config) -> Result<Answer> {
      if (options.explain.dry_run) {
        return explain_dry_run(options.explain, config);
      }
      TRY(const auto body, explain_request(options.explain));
      TRY(const auto said, post_to_agent(control_socket(options, config), "/explain", body));
      return explain_answer(said.expose());
    };
  });
}

void add_token_commands(CLI::App& app, Options& options, Command& chosen) {
  CLI::App* token = app.add_subcommand("token", "Tokens of applications (Proxy-Authorization)");
  token->require_subcommand(1);
  const auto add = [&](const char* name, const char* what, Ask ask) {
    CLI::App* command = token->add_subcommand(name, what);
    over_control(command, options, chosen, std::move(ask));
    return command;
  };
  add("make",
      "Print a new token, once; the agent keeps its digest where [tokens] file is configured, "
      "else it belongs into the configuration",
      [&options](const std::string& socket, const auto& config) -> Result<Answer> {
        auto fresh = fresh_token();
        if (options.socket.empty() && config.token_file.empty()) {
          return token_for_configuration(options.application, std::move(fresh));
        }
        TRY(const auto said,
            post_to_agent(socket, "/tokens/make", token_make_request(options.application, fresh)));
        return token_made(said.expose(), std::move(fresh));
      })
      ->add_option("application", options.application, "Name of the [[application]]")
      ->required();
  add("list", "Tell which tokens were made, without the tokens themselves",
      [](const std::string& socket, const auto&) -> Result<Answer> {
        TRY(const auto said, get_from_agent(socket, "/tokens"));
        return token_list_answer(said.expose());
      });
  add("revoke", "Have the agent refuse a token from now on",
      [&options](const std::string& socket, const auto&) -> Result<Answer> {
        TRY(const auto said,
            post_to_agent(socket, "/tokens/revoke", token_revoke_request(options.token_id)));
        return token_revoked_answer(said.expose());
      })
      ->add_option("id", options.token_id, "As utctl token list tells it")
      ->required();
}

void add_web_command(CLI::App& app, Options& options, Command& chosen) {
  CLI::App* web =
      app.add_subcommand("web", "Show the agent's status in a web browser, while the command runs");
  web->add_option("--port", options.web.port, "On 127.0.0.1; default: any that is free");
  web->add_flag("--open", options.web.open, "Open the page in the user's browser by xdg-open");
  over_control(web, options, chosen,
               [&options](const std::string& socket, const auto&) -> Result<Answer> {
                 return serve_status_page(socket, options.web, options.format);
               });
}

// `utctl key`, as the application that the caller is.
void add_key_command(CLI::App& app, Options& options, Command& chosen) {
  CLI::App* key =
      app.add_subcommand("key", "Ask for the key of a NAF as an application would ([[keys]])");
  key->add_option("naf", options.key.naf, "FQDN of the NAF")->required();
  key->add_option("ua_protocol_id", options.key.ua_protocol_id,
                  "Ua protocol identifier (TS 33.220 annex H): ten hexadecimal digits")
      ->required();
  key->add_flag("--force-bootstrapping", options.key.force_bootstrapping,
                "The NAF refused the present key: bootstrap anew");
  key->add_flag("--show-key", options.key.show_key,
                "Print the key, in base64, and nothing else; without this none leaves the agent");
  key->add_option("--subscriber", options.key.subscriber,
                  "Of this [[subscriber]]; default: the first for whom the application may act");
  add_socket(key, options, "the first [[socket]]");
  key->callback([&options, &chosen] {
    chosen.config_use = for_the_socket(options);
    chosen.run = [&options](const daemon::AgentConfig& config) -> Result<Answer> {
      TRY_VOID(forbid_core_dumps());
      TRY(auto said,
          post_to_agent(application_socket(options, config), "/keys", key_request(options.key)));
      return key_answer(std::move(said), options.key);
    };
  });
}

// Past the buffers of the standard streams.
bool print_secret(const SecretBytes& secret) {
  return write_whole(STDOUT_FILENO, secret.expose()) && write_whole(STDOUT_FILENO, as_bytes("\n"));
}

int failed(const Error& error, Format format) {
  (format == Format::json ? std::cout : std::cerr) << show(error, format);
  return static_cast<int>(exit_of(error));
}

int run(const Options& options, const Command& command) {
  Result<daemon::AgentConfig> config = daemon::AgentConfig();
  const ConfigUse use = command.config_use();
  if (use != ConfigUse::not_read) {
    // The agent's own affair: utctl speaks with no NAF.
    config = daemon::load_config(options.config, daemon::PlainHttpSetting::taken);
  }
  if (!config && use == ConfigUse::helpful && config.error().code == ErrorCode::config_unreadable) {
    config = daemon::AgentConfig();
  }
  if (!config) {
    return failed(config.error(), options.format);
  }
  const auto answer = command.run(*config);
  if (!answer) {
    return failed(answer.error(), options.format);
  }
  if (!answer->secret.empty()) {
    std::cerr << (answer->text.empty() ? "" : show(*answer, options.format));
    return print_secret(answer->secret) ? 0 : static_cast<int>(Exit::failed);
  }
  if (!answer->printed) {
    const bool aside = answer->complaint && options.format == Format::text;
    (aside ? std::cerr : std::cout) << show(*answer, options.format);
  }
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
  add_control_commands(app, options, command);
  add_web_command(app, options, command);
  add_top_command(app, options, command);
  add_key_command(app, options, command);
  add_live_commands(app, options, command);
  add_health_commands(app, options, command);
  add_reload_commands(app, options, command);
  add_explain_command(app, options, command);
  add_token_commands(app, options, command);
  add_pin_commands(app, options, command);
  add_xcap_commands(app, options.format, command);
  cli::add_completion_option(app);
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
