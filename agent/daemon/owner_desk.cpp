#include "agent/daemon/owner_desk.h"

#include "agent/control/json_object.h"
#include "agent/daemon/config_change.h"
#include "agent/daemon/descriptors.h"
#include "agent/daemon/notify.h"
#include "base/joined.h"
#include "base/log.h"

#include <nlohmann/json.hpp>

#include <algorithm>
#include <csignal>
#include <functional>
#include <utility>

namespace ut::daemon {
namespace {

using Json = nlohmann::ordered_json;
using ports::OwnRequest;
using ports::Task;

std::string line_of(const Json& json) {
  return json.dump(-1, ' ', false, Json::error_handler_t::replace) + "\n";
}

Json of(const MadeToken& token) {
  return {{"id", token_id(token.hash)}, {"application", token.application}, {"made", token.made}};
}

// A resource whose answer is known at once.
control::OwnerResource at_once(std::string path, std::string methods,
                               std::function<Result<std::string>(const OwnRequest&)> make) {
  return {std::move(path), std::move(methods),
          [make = std::move(make)](OwnRequest request) -> Task<Result<ports::OwnAnswer>> {
            return [](Result<std::string> made) -> Task<Result<ports::OwnAnswer>> {
              if (!made) {
                co_return std::unexpected(std::move(made).error());
              }
              co_return SecretBytes::copy_of(as_bytes(*made));
            }(make(request));
          }};
}

// A subscriber who is not there before a restart must not be mistaken for another: nobody acts for
// him, and an application that acts for nobody else is not served. Gives what is left out.
std::vector<std::string> leave_out_unknown(AgentConfig& fresh,
                                           const std::vector<SubscriberSettings>& running) {
  std::vector<std::string> left_out;
  auto& applications = fresh.local.applications;
  for (auto& application : applications) {
    std::erase_if(application.subscribers, [&](const std::string& name) {
      const bool unknown =
          std::ranges::find(running, name, &SubscriberSettings::name) == running.end();
      if (unknown) {
        left_out.push_back("subscriber " + name + " of application " + application.name);
      }
      return unknown;
    });
  }
  std::erase_if(applications,
                [](const auto& application) { return application.subscribers.empty(); });
  return left_out;
}

}  // namespace

Result<std::unique_ptr<OwnerDesk>> OwnerDesk::open(Surroundings around) {
  TRY(auto tokens, TokenFile::open(around.config.token_file));
  std::unique_ptr<OwnerDesk> desk(new OwnerDesk(std::move(around), std::move(tokens)));
  desk->serve();
  return desk;
}

OwnerDesk::OwnerDesk(Surroundings around, TokenFile tokens)
    : around_(std::move(around)),
      applications_(around_.config.local.applications),
      tokens_(std::move(tokens)),
      started_with_(around_.config.text),
      hang_up_(around_.loop) {}

void OwnerDesk::serve() {
  const auto add = [this](std::string path, std::string methods, auto member) {
    around_.service.add(
        at_once(std::move(path), std::move(methods),
                [this, member](const OwnRequest& request) { return (this->*member)(request); }));
  };
  add("/tokens", "GET, HEAD", &OwnerDesk::list_tokens);
  add("/tokens/make", "POST", &OwnerDesk::make_token);
  add("/tokens/revoke", "POST", &OwnerDesk::revoke_token);
  add("/explain", "POST", &OwnerDesk::explain_decision);
  add("/reload", "POST", &OwnerDesk::reload_asked);
  add("/log-level", "PUT", &OwnerDesk::set_log_level);
}

void OwnerDesk::watch_signal() {
  boost::system::error_code ignored;
  hang_up_.add(SIGHUP, ignored);
  hang_up_.async_wait([this](const boost::system::error_code& error, int) {
    if (error) {
      return;
    }
    (void)reload(false);
    watch_signal();
  });
}

std::vector<local::Application> OwnerDesk::applications() const {
  return with_tokens(applications_, tokens_);
}

void OwnerDesk::obey() {
  if (around_.server) {
    around_.server->set_applications(applications());
  }
}

Result<std::string> OwnerDesk::list_tokens(const OwnRequest& /*request*/) {
  auto list = Json::array();
  for (const auto& token : tokens_.tokens()) {
    list.push_back(of(token));
  }
  return line_of({{"tokens", std::move(list)}});
}

// {"application": NAME, "sha256": DIGEST}: the agent never sees the token itself.
Result<std::string> OwnerDesk::make_token(const OwnRequest& request) {
  TRY(const auto body, control::parse_object(request.body, {"application", "sha256"}));
  TRY(const auto name, control::text_member(body, "application"));
  TRY(const auto digest, control::text_member(body, "sha256"));
  const auto hash = local::token_hash_from_hex(digest);
  if (!hash) {
    return fail(ErrorCode::request_body_malformed, "control.tokens",
                "sha256 must be 64 hexadecimal digits");
  }
  const auto found = std::ranges::find(applications_, name, &local::Application::name);
  if (found == applications_.end() || !found->takes_made_tokens) {
    return fail(ErrorCode::request_body_malformed, "control.tokens",
                "there is no [[application]] \"" + name + "\" with made_tokens = true");
  }
  TRY_VOID(tokens_.add(name, *hash, around_.clock.utc()));
  obey();
  const auto& made = tokens_.tokens().back();
  log::info("token.made",
            {{"application", name}, {"token", token_id(*hash)}, {"uid", request.uid}});
  return line_of(of(made));
}

// {"id": ID}
Result<std::string> OwnerDesk::revoke_token(const OwnRequest& request) {
  TRY(const auto body, control::parse_object(request.body, {"id"}));
  TRY(const auto id, control::text_member(body, "id"));
  TRY(const auto revoked, tokens_.revoke(id));
  obey();
  log::info("token.revoked",
            {{"application", revoked.application}, {"token", id}, {"uid", request.uid}});
  return line_of(of(revoked));
}

Result<std::string> OwnerDesk::explain_decision(const OwnRequest& request) {
  return explain(request.body, applications(), first_socket(around_.config), around_.cards);
}

// {"level": "debug"}; holds until the agent ends or a reload finds another level in the file.
Result<std::string> OwnerDesk::set_log_level(const OwnRequest& request) {
  TRY(const auto body, control::parse_object(request.body, {"level"}));
  TRY(const auto text, control::text_member(body, "level"));
  const auto level = log::level_named(text);
  if (!level) {
    return fail(ErrorCode::request_body_malformed, "control.log_level",
                "level must be trace, debug, info, warning or error");
  }
  log::set_level(*level);
  log::warning("log.level", {{"level", text}, {"uid", request.uid}});
  return line_of({{"level", text}});
}

// {"dry_run": true}, or nothing.
Result<std::string> OwnerDesk::reload_asked(const OwnRequest& request) {
  TRY(const auto body, control::parse_object(request.body, {"dry_run"}));
  const auto dry_run = body.find("dry_run");
  if (dry_run != body.end() && !dry_run->is_boolean()) {
    return fail(ErrorCode::request_body_malformed, "control.reload",
                "dry_run must be true or false");
  }
  return reload(dry_run != body.end() && dry_run->get<bool>());
}

Result<std::string> OwnerDesk::reload(bool dry_run) {
  if (dry_run) {
    return read_again(dry_run);
  }
  // Also where the file has mistakes, as the service manager waits for the end of a reload.
  notify_reloading();
  auto said = read_again(dry_run);
  notify_ready();
  return said;
}

// All or nothing: a file with mistakes changes nothing. What was opened or made at the start stays
// as it is, and is told.
Result<std::string> OwnerDesk::read_again(bool dry_run) {
  auto fresh = load_config(around_.config.path, around_.plain_http);
  auto tokens = fresh ? TokenFile::open(fresh->token_file)
                      : Result<TokenFile>(std::unexpected(fresh.error()));
  if (!tokens) {
    log::error("config.refused", {{"why", to_text(tokens.error())}});
    return std::unexpected(std::move(tokens).error());
  }
  TRY_VOID(fit_connections(*fresh, descriptor_limit()));
  TRY(const auto since_reload, changes_between(around_.config.text, fresh->text));
  TRY(const auto since_start, changes_between(started_with_, fresh->text));
  const auto left_out = leave_out_unknown(*fresh, around_.config.subscribers);
  const Json report = {{"dry_run", dry_run},
                       {"changed", since_reload.at_once},
                       {"needs_restart", since_start.needs_restart},
                       {"left_out", left_out}};
  if (!dry_run) {
    const bool new_level =
        std::ranges::find(since_reload.at_once, "[log] level") != since_reload.at_once.end();
    if (new_level) {
      log::set_level(fresh->log_level);
    }
    apply(*std::move(fresh), *std::move(tokens));
    log::info("config.reloaded", {{"changed", joined(since_reload.at_once, ", ")},
                                  {"needs_restart", joined(since_start.needs_restart, ", ")},
                                  {"left_out", joined(left_out, ", ")}});
  }
  return line_of(report);
}

void OwnerDesk::apply(AgentConfig fresh, TokenFile tokens) {
  auto& config = around_.config;
  config.text = std::move(fresh.text);
  config.personal_data = fresh.personal_data;
  log::show_personal_data(fresh.personal_data);
  config.audit = fresh.audit;
  log::set_audit(fresh.audit);
  config.drain = fresh.drain;
  config.ua.log_exchanges = fresh.ua.log_exchanges;
  config.token_file = std::move(fresh.token_file);
  tokens_ = std::move(tokens);
  applications_ = std::move(fresh.local.applications);
  around_.service.set_key_grants(std::move(fresh.control.key_grants));
  if (around_.server) {
    around_.server->set_limits(fresh.local.limits, fresh.local.timeouts, fresh.local.access_log);
  }
  obey();
}

}  // namespace ut::daemon
