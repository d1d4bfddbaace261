#include "agent/ua/nonce_lane.h"

#include "agent/gba/realm.h"
#include "agent/ua/headers.h"
#include "base/encoding.h"

#include <algorithm>
#include <array>
#include <limits>
#include <utility>

namespace ut::ua {
namespace {

gba::Qop choose_qop(const gba::DigestChallenge& challenge, QopPreference preference) {
  if (challenge.qop_auth && challenge.qop_auth_int) {
    return preference == QopPreference::auth ? gba::Qop::auth : gba::Qop::auth_int;
  }
  if (challenge.qop_auth) {
    return gba::Qop::auth;
  }
  return challenge.qop_auth_int ? gba::Qop::auth_int : gba::Qop::none;
}

std::optional<gba::DigestChallenge> gba_challenge(std::span<const gba::DigestChallenge> challenges,
                                                  std::string_view host, bool& other_host) {
  for (const auto& challenge : challenges) {
    if (gba::is_aka(challenge.algorithm)) {
      continue;
    }
    auto choice = gba::choose_realm(challenge.realm, host);
    switch (choice.verdict) {
      case gba::RealmVerdict::usable: {
        auto chosen = challenge;
        chosen.realm = std::move(choice.realm);
        return chosen;
      }
      case gba::RealmVerdict::host_mismatch:
        other_host = true;
        break;
      case gba::RealmVerdict::unsupported:
      case gba::RealmVerdict::not_gba:
        break;
    }
  }
  return std::nullopt;
}

bool is_aka_realm(const NafSettings& settings, std::string_view host, std::string_view realm) {
  if (settings.aka_realms.empty()) {
    return equals_ignoring_case(realm, host);
  }
  return std::ranges::any_of(settings.aka_realms, [realm](const std::string& allowed) {
    return equals_ignoring_case(realm, allowed);
  });
}

std::optional<gba::DigestChallenge> aka_challenge(std::span<const gba::DigestChallenge> challenges,
                                                  std::string_view host,
                                                  const NafSettings& settings, bool& other_host) {
  for (const auto algorithm : settings.aka_algorithms) {
    for (const auto& challenge : challenges) {
      if (challenge.algorithm != algorithm) {
        continue;
      }
      if (is_aka_realm(settings, host, challenge.realm)) {
        return challenge;
      }
      other_host = true;
    }
  }
  return std::nullopt;
}

}  // namespace

Result<UsableChallenge> choose_challenge(std::span<const std::string_view> www_authenticate,
                                         std::string_view host, const NafSettings& settings) {
  auto challenges = gba::parse_digest_challenges(www_authenticate);
  if (!challenges) {
    return fail(ErrorCode::ua_challenge_malformed, "read the challenge",
                std::string(challenges.error()));
  }
  bool other_host = false;
  for (const Method method : settings.ways.methods) {
    std::optional<gba::DigestChallenge> chosen;
    switch (method) {
      case Method::digest:
        chosen = gba_challenge(*challenges, host, other_host);
        break;
      case Method::aka:
        chosen = aka_challenge(*challenges, host, settings, other_host);
        break;
      case Method::psk:
      case Method::certificate:
      case Method::subscriber_certificate:
        break;
    }
    if (chosen) {
      const gba::Qop qop = choose_qop(*chosen, settings.qop);
      return UsableChallenge{method, *std::move(chosen), qop};
    }
  }
  if (other_host) {
    return fail(ErrorCode::ua_realm_mismatch, "read the challenge");
  }
  return fail(ErrorCode::ua_challenge_unsupported, "read the challenge");
}

void NonceLane::start(UsableChallenge challenge, std::shared_ptr<const LaneKey> key,
                      RandomSource& random) {
  challenge_ = std::move(challenge);
  key_ = std::move(key);
  renew(challenge_->challenge.nonce, random);
}

void NonceLane::renew(std::string nonce, RandomSource& random) {
  std::array<std::uint8_t, 16> octets{};
  random.fill(octets);
  use_ = std::make_shared<gba::DigestUse>(gba::DigestUse{
      .nonce = std::move(nonce), .nc = 0, .cnonce = to_hex(octets), .qop = challenge_->qop});
}

bool NonceLane::ready(Method method, std::string_view username) const {
  return challenge_ && key_ && key_->method == method && key_->username == username &&
         use_->nc < std::numeric_limits<std::uint32_t>::max();
}

std::shared_ptr<const gba::DigestUse> NonceLane::use(std::string_view target) {
  if (use_.use_count() > 1) {
    use_ = std::make_shared<gba::DigestUse>(*use_);
  }
  ++use_->nc;
  use_->uri = target;
  return use_;
}

void NonceLane::take_nextnonce(std::string nonce, RandomSource& random) {
  if (!challenge_ || challenge_->method == Method::aka) {
    return;
  }
  // The session key of MD5-sess is made from the nonce of the challenge, and servers differ on what
  // a nextnonce does to it; there the nonce of the challenge stays in use.
  if (challenge_->challenge.algorithm == gba::DigestAlgorithm::md5_sess) {
    return;
  }
  renew(std::move(nonce), random);
}

void NonceLane::forget() {
  challenge_.reset();
  key_.reset();
  use_.reset();
}

}  // namespace ut::ua
