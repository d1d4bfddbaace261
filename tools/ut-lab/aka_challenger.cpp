#include "tools/ut-lab/aka_challenger.h"

#include "base/encoding.h"
#include "base/log.h"

#include <algorithm>
#include <utility>

namespace ut::lab {
namespace {

bool is_right(Hash kind, const SecretBytes& ha1, const Request& request,
              const DigestCredentials& credentials) {
  return equal_constant_time(digest_response(kind, ha1, exchange_of(request, credentials)),
                             credentials.value("response"));
}

}  // namespace

AkaChallenger::AkaChallenger(AkaConfig config, Hss& hss, Faults& faults, Stats& stats,
                             const Clock& clock, SecretJournal* journal)
    : config_(std::move(config)),
      hss_(hss),
      faults_(faults),
      stats_(stats),
      clock_(clock),
      journal_(journal),
      opaque_(random_hex(16)) {}

bool AkaChallenger::concerns(const DigestCredentials& credentials) {
  return aka_digest(credentials.value("algorithm")) || credentials.value("nonce").empty();
}

std::expected<AkaChallenger::Authenticated, AkaChallenger::Refusal> AkaChallenger::authenticate(
    const Request& request, const DigestCredentials& credentials) {
  const auto refuse = [&](std::string_view rule) { return std::unexpected(refused(400, rule)); };
  if (credentials.value("nonce").empty()) {
    return std::unexpected(first_message(credentials));
  }
  if (const auto rule = broken_rule(request, credentials, config_.qops, opaque_); !rule.empty()) {
    return refuse(rule);
  }
  if (credentials.value("realm") != config_.realm) {
    return refuse("the realm is not that of AKA");
  }
  const auto algorithm = aka_digest(credentials.value("algorithm"));
  if (!algorithm) {
    return refuse("algorithm was not offered");
  }
  const auto* impi = hss_.impi(credentials.value("username"));
  if (impi == nullptr) {
    return std::unexpected(Refusal{.status = 403, .reason = "unknown IMPI"});
  }
  drop_expired();
  const auto given = std::ranges::find(given_, credentials.value("nonce"), &Given::nonce);
  if (given == given_.end()) {
    return std::unexpected(unknown_nonce(request, credentials, *algorithm));
  }
  if (given->impi != *impi) {
    return refuse("username is not that of the challenge");
  }
  if (given->algorithm != *algorithm) {
    return refuse("algorithm is not that of the challenge");
  }
  if (credentials.find("auts") != nullptr) {
    return std::unexpected(synchronisation_failure(request, credentials, given));
  }
  return answered(request, credentials, given);
}

AkaChallenger::Refusal AkaChallenger::refused(unsigned status, std::string_view rule) {
  stats_.finding(config_.naf, rule);
  return {.status = status, .reason = std::string(rule)};
}

AkaChallenger::Refusal AkaChallenger::first_message(const DigestCredentials& credentials) {
  if (const auto broken = missing_parameter(credentials, required_in_first_aka_message());
      !broken.empty()) {
    return refused(400, "first message: " + broken);
  }
  if (!credentials.value("response").empty()) {
    return refused(400, "first message: response is not empty");
  }
  if (credentials.value("realm") != config_.realm) {
    return refused(400, "first message: the realm is not that of AKA");
  }
  const auto* impi = hss_.impi(credentials.value("username"));
  if (impi == nullptr) {
    return {.status = 403, .reason = "unknown IMPI"};
  }
  return {.status = 401, .reason = "first message of AKA", .impi = *impi};
}

AkaChallenger::Refusal AkaChallenger::synchronisation_failure(const Request& request,
                                                              const DigestCredentials& credentials,
                                                              Place given) {
  const auto octets = from_base64(credentials.value("auts"));
  const auto auts = octets ? isim::Auts::from(*octets) : std::nullopt;
  if (!auts) {
    return refused(400, "auts is not 14 octets in base64");
  }
  // The password is empty when auts is there (RFC 3310 section 3.4).
  const Hash kind = hash_of(given->algorithm);
  const auto a1 = ha1(kind, given->impi, config_.realm, {});
  if (!is_right(kind, a1, request, credentials)) {
    return refused(400, "the response beside auts is wrong");
  }
  // One AUTS for each challenge, right or wrong.
  const Given ended = std::move(*given);
  given_.erase(given);
  if (!hss_.resynchronise(ended.impi, ended.rand, *auts)) {
    return {.status = 403, .reason = "MAC-S of AUTS is wrong"};
  }
  ++stats_.nafs[config_.naf].aka_resynchronised;
  log::info("naf.resynchronised", {{"impi", log::personal("impi", ended.impi)}});
  return {.status = 401, .reason = "synchronisation failure", .impi = ended.impi};
}

std::expected<AkaChallenger::Authenticated, AkaChallenger::Refusal> AkaChallenger::answered(
    const Request& request, const DigestCredentials& credentials, Place given) {
  const auto challenge = [&](std::string_view reason, bool stale) {
    return std::unexpected(Refusal{401, std::string(reason), given->impi, stale});
  };
  if (!is_right(hash_of(given->algorithm), given->ha1, request, credentials)) {
    return challenge("wrong response", false);
  }
  // From here on the client has the card: what is wrong now is the nonce alone (stale=true).
  if (!given->counts.use(config_.nonce_mode, nonce_count(credentials).value_or(0))) {
    return challenge("nonce count", true);
  }
  if (faults_.take(Fault::stale_nonce, config_.naf)) {
    return challenge("stale on command", true);
  }
  Authenticated authenticated{given->impi, given->algorithm, given->ha1.clone()};
  if (config_.nonce_mode == NonceMode::one_time) {
    given_.erase(given);
  }
  ++stats_.nafs[config_.naf].aka_authenticated;
  return authenticated;
}

// The HA1 of a nonce ends with it, and the nonce tells how to make it again: stale=true is for the
// card's owner only.
AkaChallenger::Refusal AkaChallenger::unknown_nonce(const Request& request,
                                                    const DigestCredentials& credentials,
                                                    AkaDigest algorithm) {
  const auto impi = credentials.value("username");
  Refusal refusal{.status = 401, .reason = "unknown nonce", .impi = std::string(impi)};
  const auto octets = from_base64(credentials.value("nonce"));
  if (octets && octets->size() == isim::Rand::size + isim::Autn::size) {
    const auto rand = *isim::Rand::from(ByteView(*octets).first(isim::Rand::size));
    const auto card = hss_.answer_to(impi, rand);
    const auto password = aka_password(algorithm, card.res, card.ik, card.ck);
    const Hash kind = hash_of(algorithm);
    refusal.stale =
        is_right(kind, ha1(kind, impi, config_.realm, password.expose()), request, credentials);
  }
  return refusal;
}

std::vector<HeaderField> AkaChallenger::challenges(std::string_view impi, bool stale) {
  ++stats_.nafs[config_.naf].aka_challenges;
  const auto fault = [&](Fault each) { return faults_.take(each, config_.naf).has_value(); };
  const Flaws flaws{.wrong_mac = fault(Fault::wrong_mac),
                    .stale_sqn = fault(Fault::sqn_jump),
                    .short_nonce = fault(Fault::aka_nonce_short)};
  const std::string realm = fault(Fault::aka_realm) ? "evil.example" : config_.realm;
  const auto algorithms =
      fault(Fault::aka_v1_only) ? std::vector{AkaDigest::v1_md5} : config_.algorithms;
  std::vector<HeaderField> fields;
  for (const auto algorithm : algorithms) {
    const auto nonce = new_nonce(impi, algorithm, flaws);
    fields.push_back(challenge_field({.realm = realm,
                                      .nonce = nonce,
                                      .algorithm = name(algorithm),
                                      .qops = config_.qops,
                                      .opaque = opaque_,
                                      .stale = stale}));
  }
  return fields;
}

std::string AkaChallenger::next_nonce(const Authenticated& authenticated) {
  return new_nonce(authenticated.impi, authenticated.algorithm, {});
}

std::string AkaChallenger::new_nonce(std::string_view impi, AkaDigest algorithm,
                                     const Flaws& flaws) {
  drop_expired();
  if (given_.size() >= kMostNonces) {
    given_.pop_front();
  }
  const auto vector = hss_.aka_vector(impi, flaws.stale_sqn);
  Bytes octets = to_bytes(vector.rand.view());
  append(octets, vector.autn.view());
  if (flaws.wrong_mac) {
    octets.back() ^= 1;
  }
  if (flaws.short_nonce) {
    octets.resize(isim::Rand::size);
  }
  const auto password = aka_password(algorithm, vector.xres, vector.ik, vector.ck);
  auto a1 = ha1(hash_of(algorithm), impi, config_.realm, password.expose());
  if (journal_ != nullptr) {
    journal_->add_digits("HA1_AKA", a1.expose());
  }
  given_.push_back({.nonce = to_base64(octets),
                    .impi = std::string(impi),
                    .algorithm = algorithm,
                    .rand = vector.rand,
                    .ha1 = std::move(a1),
                    .expires = clock_.steady() + config_.nonce_lifetime});
  return given_.back().nonce;
}

void AkaChallenger::drop_expired() {
  while (!given_.empty() && given_.front().expires <= clock_.steady()) {
    given_.pop_front();
  }
}

}  // namespace ut::lab
