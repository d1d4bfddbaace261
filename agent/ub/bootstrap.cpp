#include "agent/ub/bootstrap.h"

#include "agent/gba/aka_nonce.h"
#include "agent/gba/kdf.h"
#include "agent/ub/messages.h"
#include "base/encoding.h"
#include "base/log.h"
#include "isim/identity.h"

#include <array>
#include <string>
#include <utility>
#include <variant>

namespace ut::ub {
namespace {

using gba::DigestAlgorithm;
using ports::Task;

constexpr std::string_view kTarget = "/";

// A challenge, what it holds, and what the card said to it.
struct Answered {
  gba::DigestChallenge challenge;
  gba::AkaNonce nonce;
  isim::AkaOutcome outcome;
};

// What a response was made of, and what came back for it.
struct Proof {
  gba::DigestChallenge challenge;
  isim::Rand rand;
  gba::Ks ks;
  gba::Ha1 ha1;
  gba::DigestUse use;
  HttpResponse response;
};

class Run {
 public:
  Run(BootstrapParts parts, ports::Subscriber subscriber, std::string bsf,
      std::function<bool()> wanted)
      : parts_(std::move(parts)),
        subscriber_(std::move(subscriber)),
        bsf_(std::move(bsf)),
        wanted_(std::move(wanted)) {}

  Task<Result<BootstrapResult>> from_start();
  Task<Result<BootstrapResult>> from_next(gba::DigestChallenge challenge);

 private:
  const std::string& impi() const { return subscriber_.identity->impi; }

  Task<Result<HttpResponse>> get(SecretBytes authorization);
  Result<gba::DigestChallenge> challenge_in(const HttpResponse& response) const {
    return read_challenge(parts_.config, response, bsf_, impi());
  }
  Task<Result<Answered>> ask_card(gba::DigestChallenge challenge);
  Task<Result<BootstrapResult>> answer_challenge(gba::DigestChallenge challenge);
  Task<Result<HttpResponse>> report_synchronisation_failure(gba::DigestChallenge challenge,
                                                            isim::Auts auts);
  Task<Result<Proof>> send_response(gba::DigestChallenge challenge, isim::Rand rand,
                                    isim::AkaSuccess aka);
  Result<BootstrapResult> conclude(Proof proof) const;

  gba::DigestUse use_of(const gba::DigestChallenge& challenge) const;
  SecretBytes authorization(const gba::DigestChallenge& challenge, const gba::Ha1& ha1,
                            const gba::DigestUse& use, std::string_view auts = {}) const;
  // Lifetimes are counted on the BSF's clock, but certificates are judged by ours.
  void warn_of_clock(const gba::BootstrappingInfo& info) const {
    constexpr std::chrono::seconds kMuch = std::chrono::hours(1);
    const auto ahead = asked_utc_ - info.current_time.value_or(asked_utc_);
    if (std::chrono::abs(ahead) >= kMuch) {
      log::warning("ub.clock_differs", {{"ahead_of_bsf_s", ahead.count()},
                                        {"advice", "set the clock of this machine"}});
    }
  }
  Result<void> still_wanted() const {
    if (!wanted_()) {
      return fail(ErrorCode::card_identity_changed, "bootstrapping");
    }
    return {};
  }

  BootstrapParts parts_;
  ports::Subscriber subscriber_;
  std::string bsf_;
  std::function<bool()> wanted_;
  unsigned requests_ = 0;
  UtcTime asked_utc_{};  // when the last request left
  SteadyTime asked_steady_{};
};

Task<Result<HttpResponse>> Run::get(SecretBytes authorization) {
  CO_TRY_VOID(still_wanted());
  HttpRequest request{.host = bsf_, .port = parts_.config.bsf_port, .target = std::string(kTarget)};
  request.authorization = std::move(authorization);
  ++requests_;
  asked_utc_ = parts_.clock.utc();
  asked_steady_ = parts_.clock.steady();
  co_return co_await parts_.http.get(std::move(request));
}

gba::DigestUse Run::use_of(const gba::DigestChallenge& challenge) const {
  std::array<std::uint8_t, 16> cnonce{};
  parts_.random.fill(cnonce);
  return {.nonce = challenge.nonce,
          .nc = 1,
          .cnonce = to_hex(cnonce),
          .qop = gba::Qop::auth_int,
          .uri = std::string(kTarget)};
}

SecretBytes Run::authorization(const gba::DigestChallenge& challenge, const gba::Ha1& ha1,
                               const gba::DigestUse& use, std::string_view auts) const {
  const auto empty_body = gba::body_hash(ha1.algorithm(), {});
  const auto response = gba::digest_response(ha1, use, "GET", empty_body);
  return gba::authorization(challenge, impi(), use, response, auts);
}

Task<Result<Answered>> Run::ask_card(gba::DigestChallenge challenge) {
  auto nonce = gba::decode_aka_nonce(challenge.nonce);
  if (!nonce) {
    co_return fail(ErrorCode::ub_answer_malformed, "BSF challenge", std::string(nonce.error()));
  }
  CO_TRY_VOID(still_wanted());
  CO_TRY(auto outcome, co_await parts_.card.authenticate(subscriber_, nonce->rand, nonce->autn));
  CO_TRY_VOID(still_wanted());
  co_return Answered{std::move(challenge), *std::move(nonce), std::move(outcome)};
}

// UE -> BSF: GET, identity alone. BSF -> UE: 401 with RAND and AUTN. [UB-2]
Task<Result<BootstrapResult>> Run::from_start() {
  auto initial = gba::initial_authorization(impi(), bsf_, kTarget);
  CO_TRY(const HttpResponse response, co_await get(std::move(initial)));
  CO_TRY(auto challenge, challenge_in(response));
  co_return co_await answer_challenge(std::move(challenge));
}

// The card checks AUTN. On a synchronisation failure AUTS goes to the BSF once and its new
// challenge takes the old one's place; the old RES, if any, is never sent. [UB-5 UB-6]
Task<Result<BootstrapResult>> Run::answer_challenge(gba::DigestChallenge challenge) {
  CO_TRY(Answered answered, co_await ask_card(std::move(challenge)));
  if (const auto* failure = std::get_if<isim::AkaSynchronisationFailure>(&answered.outcome)) {
    const isim::Auts auts = failure->auts;
    CO_TRY(const HttpResponse response,
           co_await report_synchronisation_failure(answered.challenge, auts));
    CO_TRY(auto fresh, challenge_in(response));
    CO_TRY(answered, co_await ask_card(std::move(fresh)));
  }
  if (std::holds_alternative<isim::AkaSynchronisationFailure>(answered.outcome)) {
    co_return fail(ErrorCode::ub_synchronisation_failed, "AUTHENTICATE");
  }
  if (std::holds_alternative<isim::AkaMacFailure>(answered.outcome)) {
    co_return fail(ErrorCode::ub_network_authentication_failed, "AUTHENTICATE");
  }
  auto aka = std::get<isim::AkaSuccess>(std::move(answered.outcome));
  CO_TRY(auto proof, co_await send_response(std::move(answered.challenge), answered.nonce.rand,
                                            std::move(aka)));
  co_return conclude(std::move(proof));
}

// UE -> BSF: GET with auts and a response made with the empty password (RFC 3310 clause 3.4).
Task<Result<HttpResponse>> Run::report_synchronisation_failure(gba::DigestChallenge challenge,
                                                               isim::Auts auts) {
  const auto ha1 = gba::Ha1::make(DigestAlgorithm::akav1_md5, impi(), challenge.realm, {});
  const auto use = use_of(challenge);
  auto value = authorization(challenge, ha1, use, gba::auts_parameter(auts));
  co_return co_await get(std::move(value));
}

// UE -> BSF: GET with the response made with RES. BSF -> UE: 200 with rspauth and B-TID.
Task<Result<Proof>> Run::send_response(gba::DigestChallenge challenge, isim::Rand rand,
                                       isim::AkaSuccess aka) {
  auto ha1 =
      gba::Ha1::make(DigestAlgorithm::akav1_md5, impi(), challenge.realm, aka.res.octets.expose());
  auto ks = gba::make_ks(aka.ck, aka.ik);
  auto use = use_of(challenge);
  auto value = authorization(challenge, ha1, use);
  CO_TRY(HttpResponse response, co_await get(std::move(value)));
  co_return Proof{std::move(challenge), rand,           std::move(ks),
                  std::move(ha1),       std::move(use), std::move(response)};
}

Result<BootstrapResult> Run::conclude(Proof proof) const {
  TRY_VOID(still_wanted());
  TRY(auto success, read_success(parts_.config, proof.response, proof.ha1, proof.use));
  TRY(const auto remaining, remaining_lifetime(parts_.config, success.info, asked_utc_));
  warn_of_clock(success.info);
  // Counted from when the request left, which is before the BSF looked at its clock.
  auto association = std::make_shared<const gba::SecurityAssociation>(
      gba::SecurityAssociation::Parts{.b_tid = std::move(success.info.b_tid),
                                      .impi = impi(),
                                      .rand = proof.rand,
                                      .ks = std::move(proof.ks),
                                      .epoch = subscriber_.epoch,
                                      .created = asked_steady_,
                                      .expires = asked_utc_ + remaining,
                                      .remaining = remaining});
  std::optional<NextChallenge> next;
  if (success.nextnonce && !success.nextnonce->empty()) {
    next = NextChallenge{subscriber_.epoch, std::move(proof.challenge)};
    next->challenge.nonce = *std::move(success.nextnonce);
    next->challenge.stale = false;
  }
  return BootstrapResult{std::move(association), std::move(next), requests_};
}

// The first request answers a nextnonce of the last run. No rspauth covers it, so whatever the card
// or the BSF has against it leads to a plain run, once. [UB-12]
Task<Result<BootstrapResult>> Run::from_next(gba::DigestChallenge challenge) {
  if (!gba::decode_aka_nonce(challenge.nonce)) {
    co_return co_await from_start();
  }
  CO_TRY(Answered answered, co_await ask_card(std::move(challenge)));
  if (!std::holds_alternative<isim::AkaSuccess>(answered.outcome)) {
    co_return co_await from_start();
  }
  auto aka = std::get<isim::AkaSuccess>(std::move(answered.outcome));
  CO_TRY(auto proof, co_await send_response(std::move(answered.challenge), answered.nonce.rand,
                                            std::move(aka)));
  const unsigned status = proof.response.status;
  if (status == 401) {
    CO_TRY(auto fresh, challenge_in(proof.response));
    co_return co_await answer_challenge(std::move(fresh));
  }
  if (status >= 400 && status < 500) {
    co_return co_await from_start();
  }
  co_return conclude(std::move(proof));
}

}  // namespace

Task<Result<BootstrapResult>> bootstrap(BootstrapParts parts, ports::Subscriber subscriber,
                                        std::optional<NextChallenge> next,
                                        std::function<bool()> wanted) {
  CO_TRY(auto bsf, bsf_name(parts.config, *subscriber.identity));
  const auto fallback = fallback_bsf_name(parts.config, bsf);
  const bool use_next = next && next->epoch == subscriber.epoch;
  Run run(parts, subscriber, std::move(bsf), wanted);
  if (use_next) {
    co_return co_await run.from_next(std::move(next->challenge));
  }
  auto result = co_await run.from_start();
  if (!result && result.error().code == ErrorCode::ub_bsf_name_unresolved && fallback) {
    Run again(std::move(parts), std::move(subscriber), *fallback, std::move(wanted));
    co_return co_await again.from_start();
  }
  co_return result;
}

}  // namespace ut::ub
