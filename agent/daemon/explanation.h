// A decision of the policy explained: which [[application]] the caller is, which rule allows or
// denies what it asks for, and what to change [API-3]. It decides nothing itself:
// agent/local/policy does.
#pragma once

#include "agent/daemon/config.h"
#include "agent/daemon/token_file.h"
#include "agent/local/own_identities.h"
#include "agent/local/policy.h"
#include "base/result.h"

#include <functional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace ut::daemon {

// Identities of a subscriber's card, by his name, as they are known without asking it.
using KnownCards = std::function<local::PublicIdentities(std::string_view subscriber)>;

// `question` is JSON: "method" and "url"; "application" (a name, instead of the caller) or what is
// known of the caller: "socket" (default: `socket`), "uid", "gids", "executable", "unit",
// "token_of" (an application, one of whose tokens is presented); "identity"
// (X-3GPP-Intended-Identity); "subscriber" (Ut-Subscriber). The answer is JSON:
// {"allowed", "application", "subscriber", "callers": [{"application", "why"}], "problem", "rule",
// "detail", "change", "depends_on"}; what does not apply is null. request_body_malformed.
Result<std::string> explain(std::string_view question,
                            std::span<const local::Application> applications,
                            std::string_view socket, const KnownCards& cards);

// The same by a configuration without an agent, with the tokens that were made, where their file
// can be read.
Result<std::string> explain_by(const AgentConfig& config, std::string_view question,
                               const KnownCards& cards);

// The applications of the configuration with the tokens that were made for them.
std::vector<local::Application> with_tokens(std::vector<local::Application> applications,
                                            const TokenFile& tokens);

// Of the socket that is meant where none is named.
std::string_view first_socket(const AgentConfig& config);

}  // namespace ut::daemon
