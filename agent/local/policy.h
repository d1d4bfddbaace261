// Who may ask for what: everything is denied that no application of the configuration allows
// [API-2 API-3]. Pure functions.
#pragma once

#include "agent/local/caller.h"
#include "agent/local/rate_limit.h"
#include "agent/local/target.h"
#include "base/result.h"

#include <cstdint>
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace ut::local {

// A local application and what it may do. It is recognised by all that is given of `sockets`,
// `uids` with `gids`, and the tokens; `executables` and `units` narrow that further and are no
// ground of their own. An application without any of the three matches nobody.
struct Application {
  std::string name;

  std::vector<std::string> sockets;  // names; empty: every Unix socket. TCP needs "tcp" here
  std::vector<uid_t> uids;           // one of these, or
  std::vector<gid_t> gids;           // a member of one of these
  std::optional<TokenHash> token;    // of the configuration
  bool takes_made_tokens = false;    // whether tokens made while the agent runs are good too
  std::vector<TokenHash> made_tokens;
  std::vector<std::string> executables;
  std::vector<std::string> units;

  std::vector<std::string> nafs;        // "xcap.home1.net", or "*.home1.net" for all names below it
  std::vector<std::string> methods;     // "GET", "PUT", ...
  std::vector<std::string> auids;       // "pres-rules"; "*": all
  std::vector<std::string> roots{"/"};  // XCAP root paths, without the AUID; "*": all
  // Only the user's own documents (an XUI that is one of the card's public identities), and of the
  // global documents only GET and HEAD. False opens all users' trees and targets that are no XCAP.
  bool own_xui_only = true;
  // Values of X-3GPP-Intended-Identity; "*": whatever the card's identities allow. Without that
  // header the card's default identity is used, for which nothing is needed here.
  std::vector<std::string> identities;
  // For whom it may act, by names of the configuration; the first is taken where the request does
  // not tell. Empty: for the only one.
  std::vector<std::string> subscribers{};

  Rate rate{};  // of its requests; those beyond it wait for their turn

  // Whether one of its tokens must be presented, also while there is none; needed for TCP.
  bool needs_token() const { return token.has_value() || takes_made_tokens; }
};

// The first application that the caller is. policy_unknown_application; policy_token_wrong when a
// token was presented and is wrong, or would be needed.
Result<const Application*> identify(std::span<const Application> applications, const Caller& caller,
                                    const std::optional<TokenClaim>& claim);

// What keeps a caller from being an application, in the order in which it is looked at.
enum class Mismatch : std::uint8_t {
  none,           // it is the application
  no_ground,      // the application has nothing to be known by at this socket
  socket,         // it does not serve this socket
  user,           // neither uid nor groups
  executable,     // another program, or one that could not be read
  unit,           // the same of the systemd unit
  tcp_untokened,  // over TCP an application without tokens is nobody
  foreign_token,  // a token was presented, and the application takes none
  token_missing,  // no token was presented
  token_wrong,    // the one that was presented is not one of its own
};
Mismatch mismatch_of(const Application& application, const Caller& caller,
                     const std::optional<TokenClaim>& claim);

// What is asked for.
struct Access {
  std::string_view method;
  const Target& target;
  std::string_view intended_identity;  // without quotes; empty: none given
};

// For whom a request is that names him as `wanted`, or not when that is empty: one of the
// application's subscribers, valid as long as they are. policy_subscriber_denied.
Result<std::string_view> chosen_subscriber(const Application& application, std::string_view wanted);

// By what an unnamed subscriber is found among several: the canonical form of the intended
// identity, else of the XUI. Empty when the request holds neither.
std::string telling_identity(const Access& access);

// Among several subscribers the one whose identities, canonical, hold `identity`, and those whose
// identities `known` does not have now (nullptr).
struct Owner {
  std::string_view subscriber{};  // empty: none of those that are known
  std::vector<std::string_view> unknown{};
};
using KnownIdentities = std::function<const std::vector<std::string>*(std::string_view)>;
Owner owner_of(const Application& application, std::string_view identity,
               const KnownIdentities& known);

// Whether `authorise` needs the card's public identities for this target.
bool needs_own_identities(const Application& application, const Target& target);

// The first rule of the configuration that denies what is asked for.
struct Denial {
  ErrorCode code;
  std::string_view rule;  // the setting of [[application]]: "nafs"
  std::string detail;     // as the application is told it; no personal data
  std::string change;     // what would allow it, for the owner alone: it may hold an identity
};
std::optional<Denial> first_denial(const Application& application, const Access& access,
                                   std::span<const std::string> own_identities);

// `own_identities`: the card's public identities by canonical_identity. policy_method_denied,
// policy_naf_denied, policy_path_denied, policy_identity_denied; the detail names what is missing
// in the configuration and holds no personal data.
Result<void> authorise(const Application& application, const Access& access,
                       std::span<const std::string> own_identities);

// Whether `pattern` of Application::nafs covers `naf`. "*.home1.net" covers every name that ends in
// ".home1.net", not "home1.net" itself.
bool naf_matches(std::string_view pattern, std::string_view naf);

}  // namespace ut::local
