#include "tools/utctl/xcap_command_line.h"

#include "tools/utctl/documents/templates.h"
#include "tools/utctl/edit_command.h"
#include "tools/utctl/list_commands.h"
#include "tools/utctl/xcap_client.h"
#include "tools/utctl/xcap_commands.h"

#include <CLI/CLI.hpp>

#include <unistd.h>

#include <functional>
#include <memory>
#include <string>
#include <utility>

namespace ut::utctl {
namespace {

constexpr const char* kAddress =
    "AUID/DOCUMENT of one's own, with /~~/NODE perhaps; AUID/users/XUI/...; or a whole URI";

// What the command line says, which outlives its reading.
struct XcapOptions {
  XcapSettings settings{};
  GetCommand get{};
  PutCommand put{};
  DeleteCommand remove{};
  std::string edited{};
  RulesCommand rules{};
  ListsCommand lists{};
  std::string auid{};
  bool progress = false;
};
using Options = std::shared_ptr<XcapOptions>;
using Run = std::function<Result<Answer>(XcapClient& client)>;

void add_door(CLI::App* command, const Options& options) {
  auto& settings = options->settings;
  auto* socket = command->add_option(
      "--socket", settings.socket,
      "An application's socket; default: the first [[socket]] of the configuration, else "
      "/run/ut-agent/ut.sock");
  command->add_option("--tcp", settings.tcp, "Address and port of [tcp] instead")->excludes(socket);
  command->add_option("--token-file", settings.token_file, "With --tcp: the token; mode 0600");
  command->add_option("--subscriber", settings.subscriber,
                      "For this [[subscriber]]; default: the application's first");
  command->add_option("--identity", settings.identity,
                      "Act under this public identity of the card; default: its first");
  command->add_option("--xui", settings.xui, "Whose folder; default: the identity's");
  command->add_option("--root", settings.root, "XCAP root; default: as the agent tells it");
}

// Has the command run with a client for what the command line says.
void have_run(CLI::App* command, const Options& options, Command& chosen, Run run) {
  add_door(command, options);
  command->callback([options, &chosen, run = std::move(run)] {
    chosen.config_use = [options] {
      const bool given = !options->settings.socket.empty() || !options->settings.tcp.empty();
      return given ? ConfigUse::not_read : ConfigUse::helpful;
    };
    chosen.run = [options, run](const daemon::AgentConfig& config) -> Result<Answer> {
      TRY(XcapClient client, XcapClient::open(options->settings, config));
      return run(client);
    };
  });
}

bool shows_progress(const Options& options) {
  return options->progress || ::isatty(STDERR_FILENO) != 0;
}

void add_get(CLI::App& app, const Options& options, const Format& format, Command& chosen) {
  auto& get = options->get;
  CLI::App* command = app.add_subcommand("get", "Print an XCAP document or node");
  command->add_option("address", get.address, kAddress)->required();
  command->add_option("-o,--output", get.output, "Into this file, when all of it is there");
  command->add_option("--etag-file", get.etag_file, "Keep the ETag in this file");
  command->add_flag("-i,--include", get.include, "ETag and Content-Type before the body");
  command->add_flag("--progress", options->progress, "Show it also where there is no terminal");
  have_run(command, options, chosen, [options, &format](XcapClient& client) {
    // The body on a terminal is progress enough.
    const bool shown =
        options->progress ||
        (shows_progress(options) && (!options->get.output.empty() || ::isatty(STDOUT_FILENO) == 0));
    return xcap_get(client, options->get, format, shown);
  });
}

void add_put(CLI::App& app, const Options& options, Command& chosen) {
  auto& put = options->put;
  CLI::App* command = app.add_subcommand("put", "Store an XCAP document or node");
  command->add_option("address", put.address, kAddress)->required();
  command->add_option("file", put.file, "What to store; - is standard input")
      ->capture_default_str();
  auto* match =
      command->add_option("--if-match", put.if_match, "Only over the version of this ETag");
  command->add_flag("--create", put.create, "Only where there is nothing yet")->excludes(match);
  command
      ->add_option("--etag-file", put.etag_file,
                   "Only over the version of the ETag in this file, which gets the new one; with "
                   "--create it gets the new one alone")
      ->excludes(match);
  command->add_option("--content-type", put.content_type, "Default: by the AUID or node");
  command->add_flag("--progress", options->progress, "Show it also where there is no terminal");
  have_run(command, options, chosen, [options](XcapClient& client) {
    return xcap_put(client, options->put, shows_progress(options));
  });
}

void add_delete(CLI::App& app, const Options& options, Command& chosen) {
  auto& remove = options->remove;
  CLI::App* command = app.add_subcommand("delete", "Take an XCAP document or node away");
  command->add_option("address", remove.address, kAddress)->required();
  auto* match = command->add_option("--if-match", remove.if_match, "Only the version of this ETag");
  command->add_option("--etag-file", remove.etag_file, "Only the version of the ETag in this file")
      ->excludes(match);
  have_run(command, options, chosen,
           [options](XcapClient& client) { return xcap_delete(client, options->remove); });
}

// The template for an address such as pres-rules/index; empty: none.
std::string_view initial_for(const std::string& address) {
  const auto* const known = template_for(address.substr(0, address.find('/')));
  return known != nullptr && !names_its_user(*known) ? known->text : std::string_view();
}

void add_edit(CLI::App& app, const Options& options, Command& chosen) {
  CLI::App* command = app.add_subcommand(
      "edit", "Edit an XCAP document with VISUAL or EDITOR; a new one begins with a template");
  command->add_option("address", options->edited, kAddress)->required();
  have_run(command, options, chosen, [options](XcapClient& client) -> Result<Answer> {
    TRY(const std::string uri, client.uri(options->edited));
    return edit_document(client, uri, initial_for(options->edited), usual_round());
  });
}

void add_caps_and_template(CLI::App& app, const Options& options, Command& chosen) {
  CLI::App* caps = app.add_subcommand("caps", "Tell what the XCAP server can do (xcap-caps)");
  have_run(caps, options, chosen, [](XcapClient& client) { return xcap_capabilities(client); });
  CLI::App* command = app.add_subcommand("template", "Print a document to begin with");
  command
      ->add_option("auid", options->auid,
                   "pres-rules, org.openmobilealliance.pres-rules, resource-lists or rls-services")
      ->required();
  have_run(command, options, chosen,
           [options](XcapClient& client) { return xcap_template(client, options->auid); });
}

void add_rules(CLI::App& app, const Options& options, Command& chosen) {
  CLI::App* rules = app.add_subcommand("rules", "Who sees the user's presence (pres-rules)");
  rules->require_subcommand(1);
  const auto add = [&](const char* name, const char* what, Run run) {
    CLI::App* command = rules->add_subcommand(name, what);
    command->add_option("--auid", options->rules.auid, "Or org.openmobilealliance.pres-rules")
        ->capture_default_str();
    command->add_option("--document", options->rules.document,
                        "Default: index, of OMA's AUID pres-rules");
    have_run(command, options, chosen, std::move(run));
    return command;
  };
  add("list", "Tell the rules",
      [options](XcapClient& client) { return rules_list(client, options->rules); });
  const auto add_change = [&](const char* name, const char* what,
                              std::optional<SubHandling> handling) {
    add(name, what,
        [options, handling](XcapClient& client) {
          return rules_set(client, options->rules, handling);
        })
        ->add_option("uri", options->rules.watcher, "sip:USER@HOST or tel:+NUMBER")
        ->required();
  };
  add_change("allow", "Have a watcher see everything", SubHandling::allow);
  add_change("polite-block", "Have a watcher see the user as away", SubHandling::polite_block);
  add_change("confirm", "Have the user be asked about a watcher", SubHandling::confirm);
  add_change("block", "Have a watcher refused", SubHandling::block);
  add_change("remove", "Name a watcher in no rule", std::nullopt);
}

void add_lists(CLI::App& app, const Options& options, Command& chosen) {
  CLI::App* lists = app.add_subcommand("lists", "The user's lists of people (resource-lists)");
  lists->require_subcommand(1);
  const auto add = [&](const char* name, const char* what, Run run) {
    CLI::App* command = lists->add_subcommand(name, what);
    command->add_option("--document", options->lists.document, "Name of the document")
        ->capture_default_str();
    have_run(command, options, chosen, std::move(run));
    return command;
  };
  add("show", "Tell the lists and who is on them",
      [options](XcapClient& client) { return lists_show(client, options->lists); });
  const auto add_change = [&](const char* name, const char* what, Run run) {
    CLI::App* command = add(name, what, std::move(run));
    command
        ->add_option("list", options->lists.list,
                     "Name of the list; OUTER/INNER for one in another")
        ->required();
    command->add_option("uri", options->lists.uri, "sip:USER@HOST or tel:+NUMBER")->required();
  };
  add_change("add", "Put somebody on a list, which is made where there is none",
             [options](XcapClient& client) { return lists_add(client, options->lists); });
  add_change("remove", "Take somebody off a list",
             [options](XcapClient& client) { return lists_remove(client, options->lists); });
}

}  // namespace

void add_xcap_commands(CLI::App& app, const Format& format, Command& chosen) {
  const auto options = std::make_shared<XcapOptions>();
  add_get(app, options, format, chosen);
  add_put(app, options, chosen);
  add_delete(app, options, chosen);
  add_edit(app, options, chosen);
  add_caps_and_template(app, options, chosen);
  add_rules(app, options, chosen);
  add_lists(app, options, chosen);
}

}  // namespace ut::utctl
