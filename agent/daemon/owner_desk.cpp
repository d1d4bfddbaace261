#include "agent/daemon/owner_desk.h"

#include "agent/control/json_object.h"
#include "base/log.h"

#include <nlohmann/json.hpp>

#include <algorithm>
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
          [make = std::move(make)](OwnRequest request) -> Task<Result<SecretBytes>> {
            return [](Result<std::string> made) -> Task<Result<SecretBytes>> {
              if (!made) {
                co_return std::unexpected(std::move(made).error());
              }
              co_return SecretBytes::copy_of(as_bytes(*made));
            }(make(request));
          }};
}

}  // namespace

Result<std::unique_ptr<OwnerDesk>> OwnerDesk::open(const AgentConfig& config,
                                                   const std::unique_ptr<local::Server>& server,
                                                   const Clock& clock) {
  TRY(auto tokens, TokenFile::open(config.token_file));
  return std::unique_ptr<OwnerDesk>(new OwnerDesk(config, std::move(tokens), server, clock));
}

OwnerDesk::OwnerDesk(const AgentConfig& config, TokenFile tokens,
                     const std::unique_ptr<local::Server>& server, const Clock& clock)
    : applications_(config.local.applications),
      tokens_(std::move(tokens)),
      server_(server),
      clock_(clock) {}

void OwnerDesk::serve(control::Service& service) {
  service.add(at_once("/tokens", "GET, HEAD", [this](const auto&) { return list_tokens(); }));
  service.add(
      at_once("/tokens/make", "POST", [this](const auto& request) { return make_token(request); }));
  service.add(at_once("/tokens/revoke", "POST",
                      [this](const auto& request) { return revoke_token(request); }));
}

std::vector<local::Application> OwnerDesk::applications() const {
  auto applications = applications_;
  for (auto& application : applications) {
    for (const auto& token : tokens_.tokens()) {
      if (application.takes_made_tokens && token.application == application.name) {
        application.made_tokens.push_back(token.hash);
      }
    }
  }
  return applications;
}

void OwnerDesk::obey() {
  if (server_) {
    server_->set_applications(applications());
  }
}

Result<std::string> OwnerDesk::list_tokens() const {
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
  TRY_VOID(tokens_.add(name, *hash, clock_.utc()));
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

}  // namespace ut::daemon
