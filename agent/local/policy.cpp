#include "agent/local/policy.h"

#include "agent/local/public_identity.h"
#include "tls/crypto/constant_time.h"

#include <algorithm>

namespace ut::local {
namespace {

constexpr std::string_view kAny = "*";

bool contains(const std::vector<std::string>& list, std::string_view value) {
  return std::ranges::find(list, value) != list.end();
}

bool contains_or_any(const std::vector<std::string>& list, std::string_view value) {
  return std::ranges::any_of(
      list, [&](const std::string& entry) { return entry == value || entry == kAny; });
}

bool socket_fits(const Application& application, const Caller& caller) {
  if (application.sockets.empty()) {
    return caller.socket != kTcpSocketName;
  }
  return contains(application.sockets, caller.socket);
}

bool user_fits(const Application& application, const Caller& caller) {
  if (application.uids.empty() && application.gids.empty()) {
    return true;
  }
  if (!caller.peer) {
    return false;
  }
  return std::ranges::find(application.uids, caller.peer->uid) != application.uids.end() ||
         std::ranges::find_first_of(application.gids, caller.peer->groups) !=
             application.gids.end();
}

bool program_fits(const std::vector<std::string>& allowed, const std::string& actual) {
  return allowed.empty() || (!actual.empty() && contains(allowed, actual));
}

bool has_ground(const Application& application, const Caller& caller) {
  const bool user = !application.uids.empty() || !application.gids.empty();
  const bool own_socket = !application.sockets.empty() && caller.socket != kTcpSocketName;
  return user || own_socket || application.needs_token();
}

bool token_fits(const Application& application, const std::optional<TokenClaim>& claim) {
  if (!application.needs_token()) {
    return true;
  }
  if (!claim) {
    return false;
  }
  // All are compared, even for a foreign name, so that time does not tell which names exist.
  bool same = application.token && crypto::constant_time_equal(claim->hash, *application.token);
  for (const auto& made : application.made_tokens) {
    same = crypto::constant_time_equal(claim->hash, made) || same;
  }
  return same && (!claim->application || *claim->application == application.name);
}

auto denied(ErrorCode code, std::string detail) {
  return fail(code, "local.policy", std::move(detail));
}

std::string quoted(std::string_view text) {
  return "\"" + std::string(text) + "\"";
}

bool reads_only(std::string_view method) {
  return method == "GET" || method == "HEAD";
}

std::string in_application(std::string_view rule, const Application& application) {
  return std::string(rule) + " of application " + quoted(application.name);
}

// `value` is not in the list that `rule` names.
Denial not_listed(ErrorCode code, std::string_view rule, std::string_view what,
                  std::string_view value, const Application& application) {
  return {
      code, rule,
      std::string(what) + quoted(value) + " is not among the " + in_application(rule, application),
      "add " + quoted(value) + " to " + in_application(rule, application)};
}

std::optional<Denial> path_denial(const Application& application, const Access& access,
                                  std::span<const std::string> own_identities) {
  constexpr std::string_view kOwnOnly = "own_xui_only";
  const auto& target = access.target;
  const auto code = ErrorCode::policy_path_denied;
  const auto opened = [&] {
    return std::string(kOwnOnly) + " = false for application " + quoted(application.name);
  };
  if (target.tree == XcapTree::none) {
    if (application.own_xui_only || !contains(application.auids, kAny)) {
      return Denial{code, application.own_xui_only ? kOwnOnly : "auids",
                    "the target is no XCAP document; needs auids = [\"*\"] and " + opened(),
                    "set auids = [\"*\"] and " + opened()};
    }
    return std::nullopt;
  }
  if (!contains_or_any(application.auids, target.auid)) {
    return not_listed(code, "auids", "AUID ", target.auid, application);
  }
  if (!contains_or_any(application.roots, target.root)) {
    return not_listed(code, "roots", "XCAP root ", target.root, application);
  }
  if (!application.own_xui_only) {
    return std::nullopt;
  }
  if (target.tree == XcapTree::global && !reads_only(access.method)) {
    return Denial{
        code, kOwnOnly,
        "application " + quoted(application.name) + " may only read the global tree (own_xui_only)",
        "set " + opened()};
  }
  if (target.tree == XcapTree::users &&
      std::ranges::find(own_identities, target.xui) == own_identities.end()) {
    return Denial{code, kOwnOnly,
                  "the XUI is not a public identity of the card and application " +
                      quoted(application.name) + " has own_xui_only",
                  "ask for a document of one of the card's public identities, or set " + opened()};
  }
  return std::nullopt;
}

std::optional<Denial> identity_denial(const Application& application, std::string_view identity) {
  if (identity.empty()) {
    return std::nullopt;
  }
  const auto asked = canonical_identity(identity);
  const bool allowed = std::ranges::any_of(application.identities, [&](const std::string& entry) {
    return entry == kAny || canonical_identity(entry) == asked;
  });
  if (allowed) {
    return std::nullopt;
  }
  return Denial{
      ErrorCode::policy_identity_denied, "identities",
      "the intended identity is not among the " + in_application("identities", application),
      "add " + quoted(identity) + " to " + in_application("identities", application)};
}

std::string describe(const Caller& caller) {
  std::string text = "socket " + quoted(caller.socket);
  if (caller.peer) {
    text += ", uid " + std::to_string(caller.peer->uid);
  }
  return text;
}

}  // namespace

Mismatch mismatch_of(const Application& application, const Caller& caller,
                     const std::optional<TokenClaim>& claim) {
  static const PeerCredentials kNobody{};
  const auto& peer = caller.peer ? *caller.peer : kNobody;
  if (!has_ground(application, caller)) {
    return Mismatch::no_ground;
  }
  if (!socket_fits(application, caller)) {
    return Mismatch::socket;
  }
  if (!user_fits(application, caller)) {
    return Mismatch::user;
  }
  if (!program_fits(application.executables, peer.executable)) {
    return Mismatch::executable;
  }
  if (!program_fits(application.units, peer.unit)) {
    return Mismatch::unit;
  }
  // TCP has nothing but the token to know an application by [API-2].
  if (!application.needs_token() && caller.socket == kTcpSocketName) {
    return Mismatch::tcp_untokened;
  }
  // A caller that names itself by a token is that application or none.
  if (claim && !application.needs_token()) {
    return Mismatch::foreign_token;
  }
  if (token_fits(application, claim)) {
    return Mismatch::none;
  }
  return claim ? Mismatch::token_wrong : Mismatch::token_missing;
}

Result<const Application*> identify(std::span<const Application> applications, const Caller& caller,
                                    const std::optional<TokenClaim>& claim) {
  bool token_would_help = caller.socket == kTcpSocketName;
  for (const auto& application : applications) {
    const auto mismatch = mismatch_of(application, caller, claim);
    if (mismatch == Mismatch::none) {
      return &application;
    }
    token_would_help = token_would_help || mismatch == Mismatch::token_missing ||
                       mismatch == Mismatch::token_wrong;
  }
  if (claim || token_would_help) {
    return denied(ErrorCode::policy_token_wrong,
                  describe(caller) + (claim ? "" : ", no Proxy-Authorization"));
  }
  return denied(ErrorCode::policy_unknown_application, describe(caller));
}

Result<std::string_view> chosen_subscriber(const Application& application,
                                           std::string_view wanted) {
  const auto& subscribers = application.subscribers;
  if (wanted.empty()) {
    return subscribers.empty() ? std::string_view() : std::string_view(subscribers.front());
  }
  const auto found = std::ranges::find(subscribers, wanted);
  if (found == subscribers.end()) {
    return denied(ErrorCode::policy_subscriber_denied,
                  quoted(wanted) + " is not among the subscribers of application " +
                      quoted(application.name));
  }
  return *found;
}

std::string telling_identity(const Access& access) {
  return access.intended_identity.empty() ? access.target.xui
                                          : canonical_identity(access.intended_identity);
}

Owner owner_of(const Application& application, std::string_view identity,
               const KnownIdentities& known) {
  Owner owner;
  for (const std::string_view subscriber : application.subscribers) {
    const auto* const identities = known(subscriber);
    if (identities == nullptr) {
      owner.unknown.push_back(subscriber);
    } else if (std::ranges::find(*identities, identity) != identities->end()) {
      owner.subscriber = subscriber;
      break;
    }
  }
  return owner;
}

bool needs_own_identities(const Application& application, const Target& target) {
  return application.own_xui_only && target.tree == XcapTree::users;
}

std::optional<Denial> first_denial(const Application& application, const Access& access,
                                   std::span<const std::string> own_identities) {
  if (!contains(application.methods, access.method)) {
    return not_listed(ErrorCode::policy_method_denied, "methods", "", access.method, application);
  }
  const auto& naf = access.target.naf;
  const bool naf_allowed = std::ranges::any_of(
      application.nafs, [&](const std::string& pattern) { return naf_matches(pattern, naf); });
  if (!naf_allowed) {
    return not_listed(ErrorCode::policy_naf_denied, "nafs", "", naf, application);
  }
  auto denial = path_denial(application, access, own_identities);
  return denial ? denial : identity_denial(application, access.intended_identity);
}

Result<void> authorise(const Application& application, const Access& access,
                       std::span<const std::string> own_identities) {
  if (auto denial = first_denial(application, access, own_identities)) {
    return denied(denial->code, std::move(denial->detail));
  }
  return {};
}

bool naf_matches(std::string_view pattern, std::string_view naf) {
  if (pattern.starts_with("*.")) {
    const auto suffix = pattern.substr(1);
    return naf.size() > suffix.size() && naf.ends_with(suffix);
  }
  return pattern == naf;
}

}  // namespace ut::local
