// Which application gets the key of which NAF for which Ua protocol [KEY-5]. Pure functions.
#pragma once

#include "agent/gba/naf_id.h"
#include "base/result.h"

#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace ut::control {

// One [[keys]] of the configuration: each of these NAFs for each of these Ua protocols.
struct KeyGrant {
  std::string application;        // a name that agent/local knows callers by
  std::vector<std::string> nafs;  // FQDNs, as NafId has them; no patterns
  std::vector<gba::UaProtocolId> ua_protocol_ids;
};

// Whether keys of this Ua protocol never leave the agent, whatever a grant says: 010001yyzz (HTTP
// Digest in TLS and shared-key TLS up to 1.2), 0100000002 (HTTP Digest), 0100000007 (shared-key TLS
// 1.3) and 0100000000 (subscriber certificates) are the agent's own, as an application that had
// such a key could pose as the subscriber on Ut past the policy; 0100000100 would give the TMPI.
bool is_reserved(const gba::UaProtocolId& id);

// policy_key_reserved, policy_key_denied.
Result<void> authorise_key(std::span<const KeyGrant> grants, std::string_view application,
                           const gba::NafId& naf_id);

// What is wrong with one grant, one sentence each; empty when it is good.
std::vector<std::string> problems_of(const KeyGrant& grant);

}  // namespace ut::control
