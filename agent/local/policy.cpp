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

bool program_fits(const Application& application, const Caller& caller) {
  const auto fits = [&](const std::vector<std::string>& allowed, const std::string& actual) {
    return allowed.empty() || (!actual.empty() && contains(allowed, actual));
  };
  static const PeerCredentials kNobody{};
  const auto& peer = caller.peer ? *caller.peer : kNobody;
  return fits(application.executables, peer.executable) && fits(application.units, peer.unit);
}

bool has_ground(const Application& application, const Caller& caller) {
  const bool user = !application.uids.empty() || !application.gids.empty();
  const bool own_socket = !application.sockets.empty() && caller.socket != kTcpSocketName;
  return user || own_socket || application.needs_token();
}

// Everything but the token.
bool caller_fits(const Application& application, const Caller& caller) {
  return has_ground(application, caller) && socket_fits(application, caller) &&
         user_fits(application, caller) && program_fits(application, caller);
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

Result<void> authorise_path(const Application& application, const Access& access,
                            std::span<const std::string> own_identities) {
  const auto& target = access.target;
  const auto code = ErrorCode::policy_path_denied;
  if (target.tree == XcapTree::none) {
    if (application.own_xui_only || !contains(application.auids, kAny)) {
      return denied(code,
                    "the target is no XCAP document; needs auids = [\"*\"] and own_xui_only "
                    "= false for application " +
                        quoted(application.name));
    }
    return {};
  }
  if (!contains_or_any(application.auids, target.auid)) {
    return denied(code, "AUID " + quoted(target.auid) + " is not among the auids of application " +
                            quoted(application.name));
  }
  if (!contains_or_any(application.roots, target.root)) {
    return denied(code, "XCAP root " + quoted(target.root) +
                            " is not among the roots of application " + quoted(application.name));
  }
  if (!application.own_xui_only) {
    return {};
  }
  if (target.tree == XcapTree::global && !reads_only(access.method)) {
    return denied(code, "application " + quoted(application.name) +
                            " may only read the global tree (own_xui_only)");
  }
  if (target.tree == XcapTree::users &&
      std::ranges::find(own_identities, target.xui) == own_identities.end()) {
    return denied(code, "the XUI is not a public identity of the card and application " +
                            quoted(application.name) + " has own_xui_only");
  }
  return {};
}

Result<void> authorise_identity(const Application& application, std::string_view identity) {
  if (identity.empty()) {
    return {};
  }
  const auto asked = canonical_identity(identity);
  const bool allowed = std::ranges::any_of(application.identities, [&](const std::string& entry) {
    return entry == kAny || canonical_identity(entry) == asked;
  });
  if (!allowed) {
    return denied(ErrorCode::policy_identity_denied,
                  "the intended identity is not among the identities of application " +
                      quoted(application.name));
  }
  return {};
}

std::string describe(const Caller& caller) {
  std::string text = "socket " + quoted(caller.socket);
  if (caller.peer) {
    text += ", uid " + std::to_string(caller.peer->uid);
  }
  return text;
}

}  // namespace

Result<const Application*> identify(std::span<const Application> applications, const Caller& caller,
                                    const std::optional<TokenClaim>& claim) {
  bool token_would_help = caller.socket == kTcpSocketName;
  for (const auto& application : applications) {
    if (!caller_fits(application, caller)) {
      continue;
    }
    // TCP has nothing but the token to know an application by [API-2].
    if (!application.needs_token() && caller.socket == kTcpSocketName) {
      continue;
    }
    // A caller that names itself by a token is that application or none.
    if (claim && !application.needs_token()) {
      continue;
    }
    if (token_fits(application, claim)) {
      return &application;
    }
    token_would_help = true;
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

bool needs_own_identities(const Application& application, const Target& target) {
  return application.own_xui_only && target.tree == XcapTree::users;
}

Result<void> authorise(const Application& application, const Access& access,
                       std::span<const std::string> own_identities) {
  if (!contains(application.methods, access.method)) {
    return denied(ErrorCode::policy_method_denied, quoted(access.method) +
                                                       " is not among the methods of application " +
                                                       quoted(application.name));
  }
  const bool naf_allowed = std::ranges::any_of(application.nafs, [&](const std::string& pattern) {
    return naf_matches(pattern, access.target.naf);
  });
  if (!naf_allowed) {
    return denied(ErrorCode::policy_naf_denied, quoted(access.target.naf) +
                                                    " is not among the nafs of application " +
                                                    quoted(application.name));
  }
  TRY_VOID(authorise_path(application, access, own_identities));
  return authorise_identity(application, access.intended_identity);
}

bool naf_matches(std::string_view pattern, std::string_view naf) {
  if (pattern.starts_with("*.")) {
    const auto suffix = pattern.substr(1);
    return naf.size() > suffix.size() && naf.ends_with(suffix);
  }
  return pattern == naf;
}

}  // namespace ut::local
