// What the agent reads out of the BSF's answers: pure functions, each with the errors of its step
// (TS 24.109 clause 4, TS 33.220 clause 4.5.2).
#pragma once

#include "agent/gba/bootstrapping_info.h"
#include "agent/gba/digest.h"
#include "agent/ub/config.h"
#include "agent/ub/http_client.h"
#include "base/clock.h"
#include "base/result.h"
#include "isim/identity.h"

#include <chrono>
#include <optional>
#include <string>
#include <string_view>

namespace ut::ub {

// The BSF's name: configured, or from the identity [UB-1]. ub_bsf_unknown.
Result<std::string> bsf_name(const UbConfig& config, const isim::Identity& identity);

// The configured name to be asked when DNS does not know `bsf`, which follows from the identity
// [UB-1]; nullopt: there is none, or the name is configured itself.
std::optional<std::string> fallback_bsf_name(const UbConfig& config, std::string_view bsf);

// The product tokens of User-Agent on Ub: 3gpp-gba-tmpi says that the agent knows TMPI (TS 24.109
// annex A.3) [UB-8].
std::string user_agent(const UbConfig& config);

// The product token 3gpp-gba-tmpi in Server: this BSF knows TMPI.
bool knows_tmpi(const HttpResponse& response);

// The challenge of a 401: AKAv1-MD5 with auth-int, realm as the configuration allows [UB-2 UB-10].
// Every other status is the error that it stands for.
Result<gba::DigestChallenge> read_challenge(const UbConfig& config, const HttpResponse& response,
                                            std::string_view bsf, std::string_view impi);

// What a 200 brings once its rspauth is right.
struct Bootstrapped {
  gba::BootstrappingInfo info;
  std::optional<std::string> nextnonce{};
};

// Believes nothing of the answer before the BSF has proved that it knows RES [UB-3]; then reads the
// BootstrappingInfo [UB-4].
Result<Bootstrapped> read_success(const UbConfig& config, const HttpResponse& response,
                                  const gba::Ha1& ha1, const gba::DigestUse& use);

// The time that a key has left: to its lifetime's end on the BSF's own clock where the answer tells
// it, else on ours; at most the configured lifetime. ub_lifetime_over.
Result<std::chrono::seconds> remaining_lifetime(const UbConfig& config,
                                                const gba::BootstrappingInfo& info, UtcTime now);

}  // namespace ut::ub
