// The digest state of one channel: nonce, nc, cnonce and the key. A channel carries one request at
// a time, so nc rises in the order in which requests arrive at the NAF by construction, and a
// one-time nonce is never used twice [UA-2].
#pragma once

#include "agent/gba/digest.h"
#include "agent/ua/config.h"
#include "base/random.h"
#include "base/result.h"

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace ut::ua {

// A challenge that this agent can answer for the host it came from.
struct UsableChallenge {
  Method method = Method::digest;
  gba::DigestChallenge challenge;  // realm: the chosen alternative alone
  gba::Qop qop = gba::Qop::auth;
};

// The challenge of a 401 that `host`, the name that TLS verified, is answered, by the methods of
// its settings in their order. digest: the first one with a GBA realm for `host`, in the NAF's
// order (RFC 7616 clause 3.7). aka: by the order of the configured algorithms, with a configured
// realm [UA-1 UA-9 UT-7]. ua_realm_mismatch when realms are only for other hosts,
// ua_challenge_malformed, ua_challenge_unsupported.
Result<UsableChallenge> choose_challenge(std::span<const std::string_view> www_authenticate,
                                         std::string_view host, const NafSettings& settings);

// The key of a lane: HA1 of a B-TID and Ks_NAF, or with AKA of the IMPI and what the card gave for
// the nonce. Shared between the lane and the exchange that is under way on it, so that it is wiped
// with the later of the two.
struct LaneKey {
  Method method = Method::digest;
  std::string username;        // B-TID or IMPI
  std::uint64_t epoch = 0;     // of the subscriber whose key it is
  std::string ua_protocol_id;  // empty with AKA
  gba::Ha1 ha1;
};

class NonceLane {
 public:
  // After a challenge: the next request uses its nonce with this key.
  void start(UsableChallenge challenge, std::shared_ptr<const LaneKey> key, RandomSource& random);

  // Whether a request can be authenticated without asking for a challenge: there is a nonce, and
  // the key is of this method and name.
  bool ready(Method method, std::string_view username) const;

  const gba::DigestChallenge& challenge() const { return challenge_->challenge; }
  std::shared_ptr<const LaneKey> key() const { return key_; }

  // Counts one use of the nonce and gives it. Only when ready().
  std::shared_ptr<const gba::DigestUse> use(std::string_view target);

  // The NAF gave the nonce of the next request. With AKA the nonce is the challenge that the key
  // answers, so there it stays.
  void take_nextnonce(std::string nonce, RandomSource& random);

  // The key is of an association that ended, or the nonce is of no more use.
  void forget();

 private:
  void renew(std::string nonce, RandomSource& random);

  std::optional<UsableChallenge> challenge_;
  std::shared_ptr<const LaneKey> key_;
  // Its nc is that of the last use. Shared with the exchange that is under way.
  std::shared_ptr<gba::DigestUse> use_;
};

}  // namespace ut::ua
