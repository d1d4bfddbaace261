#include "agent/ub/bootstrap.h"

#include "agent/gba/aka_nonce.h"
#include "agent/gba/kdf.h"
#include "agent/ub/messages.h"
#include "base/encoding.h"
#include "base/log.h"
#include "isim/identity.h"

#include <algorithm>
#include <array>
#include <string>
#include <utility>
#include <variant>
#include <vector>

namespace ut::ub {
namespace {

using gba::DigestAlgorithm;
using ports::Task;

constexpr std::string_view kTarget = "/";

// The network is authentic. Ks is here with GBA_ME, on the card with GBA_U.
struct Accepted {
  isim::Res res;
  std::optional<gba::Ks> ks;
};
using CardOutcome = std::variant<Accepted, isim::AkaSynchronisationFailure, isim::AkaMacFailure>;

template <class Outcome>
CardOutcome refusal_of(const Outcome& outcome) {
  if (const auto* failure = std::get_if<isim::AkaSynchronisationFailure>(&outcome)) {
    return *failure;
  }
  return isim::AkaMacFailure{};
}

// The BSF answered, and does not want to serve this request of this subscriber.
bool is_refusal(ErrorCode code) {
  return code == ErrorCode::ub_refused || code == ErrorCode::ub_request_refused ||
         code == ErrorCode::ub_not_found;
}

CardOutcome outcome_of(isim::AkaOutcome outcome) {
  if (auto* success = std::get_if<isim::AkaSuccess>(&outcome)) {
    return Accepted{std::move(success->res), gba::make_ks(success->ck, success->ik)};
  }
  return refusal_of(outcome);
}

CardOutcome outcome_of(isim::GbaBootstrappingOutcome outcome) {
  if (auto* success = std::get_if<isim::GbaBootstrapped>(&outcome)) {
    return Accepted{std::move(success->res), std::nullopt};
  }
  return refusal_of(outcome);
}

// A challenge, what it holds, and what the card said to it.
struct Answered {
  gba::DigestChallenge challenge;
  gba::AkaNonce nonce;
  CardOutcome outcome;
};

// What a response was made of, and what came back for it.
struct Proof {
  gba::DigestChallenge challenge;
  isim::Rand rand;
  std::optional<gba::Ks> ks;
  gba::Ha1 ha1;
  gba::DigestUse use;
  HttpResponse response;
};

class Run {
 public:
  Run(BootstrapParts parts, ports::Subscriber subscriber, std::string bsf,
      std::shared_ptr<CardGba> card, ContextPlan plan, std::function<bool()> wanted)
      : parts_(std::move(parts)),
        subscriber_(std::move(subscriber)),
        bsf_(std::move(bsf)),
        fallback_(fallback_bsf_name(parts_.config, bsf_)),
        card_(std::move(card)),
        plan_(std::move(plan)),
        wanted_(std::move(wanted)),
        username_(impi()) {}

  Task<Result<BootstrapResult>> as_impi(std::optional<gba::DigestChallenge> next);
  Task<Result<BootstrapResult>> as_tmpi(std::string tmpi, std::optional<gba::DigestChallenge> next);

 private:
  const std::string& impi() const { return subscriber_.identity->impi; }

  Task<Result<BootstrapResult>> from_start();
  Task<Result<BootstrapResult>> from_next(gba::DigestChallenge challenge);
  Task<Result<HttpResponse>> get(SecretBytes authorization);
  Result<gba::DigestChallenge> challenge_in(const HttpResponse& response) const {
    return read_challenge(parts_.config, response, bsf_, impi());
  }
  Task<Result<CardOutcome>> authenticate(AuthenticateContext context, gba::AkaNonce nonce);
  Task<Result<CardOutcome>> authenticate(gba::AkaNonce nonce);
  Task<Result<Answered>> ask_card(gba::DigestChallenge challenge);
  Task<Result<BootstrapResult>> answer_challenge(gba::DigestChallenge challenge);
  Task<Result<HttpResponse>> report_synchronisation_failure(gba::DigestChallenge challenge,
                                                            isim::Auts auts);
  Task<Result<Proof>> send_response(gba::DigestChallenge challenge, isim::Rand rand,
                                    Accepted accepted);
  Task<Result<void>> keep_on_card(isim::GbaBootstrapping bootstrapping);
  Task<Result<BootstrapResult>> conclude(Proof proof);

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
  std::optional<std::string> fallback_;
  std::shared_ptr<CardGba> card_;
  ContextPlan plan_;
  std::function<bool()> wanted_;
  std::string username_;  // what the BSF is told: every digest is made with it
  unsigned requests_ = 0;
  bool bsf_knows_tmpi_ = false;
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
  CO_TRY(HttpResponse response, co_await parts_.http.get(std::move(request)));
  bsf_knows_tmpi_ = bsf_knows_tmpi_ || knows_tmpi(response);
  co_return response;
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
  return gba::authorization(challenge, username_, use, response, auts);
}

Task<Result<CardOutcome>> Run::authenticate(AuthenticateContext context, gba::AkaNonce nonce) {
  switch (context) {
    case AuthenticateContext::ims_aka: {
      CO_TRY(auto said, co_await parts_.card.authenticate(subscriber_, nonce.rand, nonce.autn));
      co_return outcome_of(std::move(said));
    }
    case AuthenticateContext::gba:
      break;
  }
  CO_TRY(auto said, co_await parts_.card.gba_bootstrap(subscriber_, nonce.rand, nonce.autn));
  co_return outcome_of(std::move(said));
}

// Asks the card in each context of the plan until it accepts the MAC. The network alone knows which
// one its challenge is for, and says it by the MAC (TS 33.220 clause 5.3.2) [UB-7 UB-6].
Task<Result<CardOutcome>> Run::authenticate(gba::AkaNonce nonce) {
  Result<CardOutcome> outcome =
      fail(ErrorCode::ub_gba_u_unsupported, "AUTHENTICATE", "the card refused its GBA context");
  const auto contexts = plan_.contexts;
  for (const AuthenticateContext context : contexts) {
    CO_TRY_VOID(still_wanted());
    auto said = co_await authenticate(context, nonce);
    CO_TRY_VOID(still_wanted());
    if (!said && said.error().code == ErrorCode::card_aka_unsupported &&
        context == AuthenticateContext::gba) {
      card_->unsupported = true;
      std::erase(plan_.contexts, context);
      continue;
    }
    outcome = std::move(said);
    if (!outcome) {
      break;
    }
    if (!std::holds_alternative<isim::AkaMacFailure>(*outcome)) {
      card_->network = context;
      plan_.contexts = {context};
      break;
    }
  }
  co_return outcome;
}

Task<Result<Answered>> Run::ask_card(gba::DigestChallenge challenge) {
  auto nonce = gba::decode_aka_nonce(challenge.nonce);
  if (!nonce) {
    co_return fail(ErrorCode::ub_answer_malformed, "BSF challenge", std::string(nonce.error()));
  }
  CO_TRY(auto outcome, co_await authenticate(*nonce));
  co_return Answered{std::move(challenge), *std::move(nonce), std::move(outcome)};
}

// UE -> BSF: GET, identity alone. BSF -> UE: 401 with RAND and AUTN. A name that DNS does not know
// is replaced by the configured one, once. [UB-1 UB-2]
Task<Result<BootstrapResult>> Run::from_start() {
  auto response = co_await get(gba::initial_authorization(username_, bsf_, kTarget));
  if (!response && response.error().code == ErrorCode::ub_bsf_name_unresolved && fallback_) {
    bsf_ = *std::exchange(fallback_, std::nullopt);
    response = co_await get(gba::initial_authorization(username_, bsf_, kTarget));
  }
  CO_TRY(const HttpResponse answered, std::move(response));
  CO_TRY(auto challenge, challenge_in(answered));
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
    co_return std::unexpected(plan_.refused);
  }
  auto accepted = std::get<Accepted>(std::move(answered.outcome));
  CO_TRY(auto proof, co_await send_response(std::move(answered.challenge), answered.nonce.rand,
                                            std::move(accepted)));
  co_return co_await conclude(std::move(proof));
}

// UE -> BSF: GET with auts and a response made with the empty password (RFC 3310 clause 3.4).
Task<Result<HttpResponse>> Run::report_synchronisation_failure(gba::DigestChallenge challenge,
                                                               isim::Auts auts) {
  const auto ha1 = gba::Ha1::make(DigestAlgorithm::akav1_md5, username_, challenge.realm, {});
  const auto use = use_of(challenge);
  auto value = authorization(challenge, ha1, use, gba::auts_parameter(auts));
  co_return co_await get(std::move(value));
}

// UE -> BSF: GET with the response made with RES. BSF -> UE: 200 with rspauth and B-TID.
Task<Result<Proof>> Run::send_response(gba::DigestChallenge challenge, isim::Rand rand,
                                       Accepted accepted) {
  auto ha1 = gba::Ha1::make(DigestAlgorithm::akav1_md5, username_, challenge.realm,
                            accepted.res.octets.expose());
  auto use = use_of(challenge);
  auto value = authorization(challenge, ha1, use);
  CO_TRY(HttpResponse response, co_await get(std::move(value)));
  co_return Proof{std::move(challenge), rand,           std::move(accepted.ks),
                  std::move(ha1),       std::move(use), std::move(response)};
}

// Without B-TID and key lifetime in EF_GBABP the card derives no key (TS 33.220 annex G.1). All
// that went before was spent, so whatever the card has against it makes the next run wait.
Task<Result<void>> Run::keep_on_card(isim::GbaBootstrapping bootstrapping) {
  const std::size_t needed =
      isim::gbabp_size(bootstrapping.b_tid.size(), bootstrapping.key_lifetime.size());
  const auto stored = co_await parts_.card.store_gba_bootstrapping(subscriber_, bootstrapping);
  if (!stored && stored.error().code != ErrorCode::card_identity_changed) {
    card_->needed = std::max(card_->needed, needed);
    co_return fail(ErrorCode::ub_gba_not_stored, "EF_GBABP", stored.error().foreign,
                   to_text(stored.error()));
  }
  co_return stored;
}

Task<Result<BootstrapResult>> Run::conclude(Proof proof) {
  CO_TRY_VOID(still_wanted());
  CO_TRY(auto success, read_success(parts_.config, proof.response, proof.ha1, proof.use));
  CO_TRY(const auto remaining, remaining_lifetime(parts_.config, success.info, asked_utc_));
  warn_of_clock(success.info);
  if (!proof.ks) {
    isim::GbaBootstrapping stored;
    stored.rand = to_bytes(proof.rand.view());
    stored.b_tid = success.info.b_tid;
    stored.key_lifetime = to_text(success.info.lifetime);
    CO_TRY_VOID(co_await keep_on_card(std::move(stored)));
    CO_TRY_VOID(still_wanted());
  }
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
  co_return BootstrapResult{std::move(association), std::move(next), requests_, bsf_knows_tmpi_};
}

// The first request answers a nextnonce of the last run. No rspauth covers it, so whatever the card
// or the BSF has against it leads to a plain run, once. [UB-12]
Task<Result<BootstrapResult>> Run::from_next(gba::DigestChallenge challenge) {
  if (!gba::decode_aka_nonce(challenge.nonce)) {
    co_return co_await from_start();
  }
  CO_TRY(Answered answered, co_await ask_card(std::move(challenge)));
  if (!std::holds_alternative<Accepted>(answered.outcome)) {
    co_return co_await from_start();
  }
  auto accepted = std::get<Accepted>(std::move(answered.outcome));
  CO_TRY(auto proof, co_await send_response(std::move(answered.challenge), answered.nonce.rand,
                                            std::move(accepted)));
  const unsigned status = proof.response.status;
  if (status == 401) {
    CO_TRY(auto fresh, challenge_in(proof.response));
    co_return co_await answer_challenge(std::move(fresh));
  }
  if (status >= 400 && status < 500) {
    co_return co_await from_start();
  }
  co_return co_await conclude(std::move(proof));
}

Task<Result<BootstrapResult>> Run::as_impi(std::optional<gba::DigestChallenge> next) {
  username_ = impi();
  if (next) {
    co_return co_await from_next(*std::move(next));
  }
  co_return co_await from_start();
}

// A BSF that has forgotten the TMPI refuses it; the IMPI takes its place, once [UB-8].
Task<Result<BootstrapResult>> Run::as_tmpi(std::string tmpi,
                                           std::optional<gba::DigestChallenge> next) {
  username_ = std::move(tmpi);
  Result<BootstrapResult> result = fail(ErrorCode::ub_refused, "TMPI");
  if (next) {
    result = co_await from_next(*std::move(next));
  } else {
    result = co_await from_start();
  }
  if (result || !is_refusal(result.error().code)) {
    co_return result;
  }
  log::info("ub.tmpi_unknown", {{"error", to_text(result.error())}});
  co_return co_await as_impi(std::nullopt);
}

}  // namespace

Task<Result<BootstrapResult>> bootstrap(BootstrapParts parts, ports::Subscriber subscriber,
                                        BootstrapStart start, std::function<bool()> wanted) {
  const isim::Identity& identity = *subscriber.identity;
  CO_TRY(auto bsf, bsf_name(parts.config, identity));
  CO_TRY(auto plan, plan_contexts(parts.config.gba_mode, identity, *start.card, bsf));
  std::optional<gba::DigestChallenge> next;
  if (start.next && start.next->epoch == subscriber.epoch) {
    next = std::move(start.next->challenge);
  }
  Run run(std::move(parts), std::move(subscriber), std::move(bsf), std::move(start.card),
          std::move(plan), std::move(wanted));
  if (start.tmpi.empty()) {
    co_return co_await run.as_impi(std::move(next));
  }
  co_return co_await run.as_tmpi(std::move(start.tmpi), std::move(next));
}

}  // namespace ut::ub
