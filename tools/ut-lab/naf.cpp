#include "tools/ut-lab/naf.h"

#include "base/encoding.h"
#include "base/log.h"
#include "tools/ut-lab/application_server.h"
#include "tools/ut-lab/portal.h"

#include <algorithm>
#include <iterator>
#include <utility>

namespace ut::lab {
namespace {

constexpr std::size_t kMostCachedKeys = 10'000;

std::string_view trimmed(std::string_view text) {
  const auto first = text.find_first_not_of(" \t");
  return first == std::string_view::npos
             ? std::string_view()
             : text.substr(first, text.find_last_not_of(" \t") - first + 1);
}

}  // namespace

std::optional<std::vector<std::string>> parse_identities(std::string_view value) {
  std::vector<std::string> identities;
  while (true) {
    value = trimmed(value);
    if (value.starts_with('"')) {
      const auto end = value.find('"', 1);
      if (end == std::string_view::npos || end == 1) {
        return std::nullopt;
      }
      identities.emplace_back(value.substr(1, end - 1));
      value = trimmed(value.substr(end + 1));
      if (!value.empty() && value.front() != ',') {
        return std::nullopt;
      }
    } else {
      const auto identity = trimmed(value.substr(0, value.find(',')));
      if (identity.empty() || identity.find_first_of(" \"") != std::string_view::npos) {
        return std::nullopt;
      }
      identities.emplace_back(identity);
      value.remove_prefix(std::min(value.size(), value.find(',')));
    }
    if (value.empty()) {
      return identities;
    }
    value.remove_prefix(1);
  }
}

Naf::Naf(NafConfig config, Hss& hss, const Associations& associations, XcapStore& store,
         Faults& faults, Stats& stats, const Clock& clock, SecretJournal* journal, Portal* portal)
    : config_(std::move(config)),
      realm_("3GPP-bootstrapping@" + config_.name),
      hss_(hss),
      associations_(associations),
      store_(store),
      faults_(faults),
      stats_(stats),
      nonces_(config_.nonce_mode, config_.nonce_lifetime, clock),
      opaque_(random_hex(16)),
      journal_(journal),
      portal_(portal) {
  if (config_.realms.empty()) {
    config_.realms = {realm_};
  }
  if (config_.aka) {
    aka_.emplace(AkaConfig{.naf = config_.name,
                           .realm = config_.aka_realm.empty() ? config_.name : config_.aka_realm,
                           .algorithms = config_.aka_algorithms,
                           .qops = config_.qops,
                           .nonce_mode = config_.nonce_mode,
                           .nonce_lifetime = config_.nonce_lifetime},
                 hss, faults, stats, clock, journal);
  }
}

void Naf::forget_nonces() {
  nonces_.forget_all();
  if (aka_) {
    aka_->forget_all();
  }
}

Response Naf::answer(const Request& request, std::uint16_t cipher_suite,
                     const std::optional<std::string>& psk_b_tid,
                     const std::optional<ClientCertificate>& certificate) {
  const auto admission = admit(request, cipher_suite, psk_b_tid, certificate);
  if (!admission) {
    return admission.error();
  }
  auto response = serve(request, *admission);
  finish(response, request, *admission);
  return response;
}

std::expected<Naf::Admission, Response> Naf::admit(
    const Request& request, std::uint16_t cipher_suite, const std::optional<std::string>& psk_b_tid,
    const std::optional<ClientCertificate>& certificate) {
  const auto refuse = [&](unsigned status, std::string_view rule) {
    return std::unexpected(this->refuse(status, rule));
  };
  auto& stats = stats_.nafs[config_.name];
  ++stats.requests;
  const auto* field = find_header(request.headers, "Authorization");
  const bool certified = certificate && certificate->asked;
  if (field == nullptr && !psk_b_tid && !certified) {
    ++stats.without_authorization[request.method];
    stats.body_octets_without_authorization += request.body.size();
  }
  if (faults_.take(Fault::server_error, config_.name)) {
    return std::unexpected(plain(500, "fault on command"));
  }
  const auto* host = find_header(request.headers, "Host");
  if (host == nullptr || count_headers(request.headers, "Host") != 1 ||
      !equal_ignoring_case(host->substr(0, host->find(':')), config_.name)) {
    return refuse(421, "Host does not name this NAF");
  }
  // A terminal never asserts an identity; only proxies do (TS 24.547 annex A.2.2.2).
  if (find_header(request.headers, kAssertedIdentity) != nullptr) {
    return refuse(403, "X-3GPP-Asserted-Identity from a terminal");
  }
  if (certificate) {
    return admit_on_certificate(request, *certificate);
  }
  std::optional<DigestCredentials> credentials;
  if (field != nullptr && !psk_b_tid) {
    if (count_headers(request.headers, "Authorization") != 1) {
      return refuse(400, "several Authorization fields");
    }
    auto parsed = DigestCredentials::parse(*field);
    if (!parsed) {
      return refuse(400, "Authorization: " + parsed.error());
    }
    credentials = std::move(*parsed);
  }
  const bool by_aka =
      aka_ && credentials && (!config_.gba_digest() || AkaChallenger::concerns(*credentials));
  const auto* user_agent = find_header(request.headers, "User-Agent");
  // The token says that the terminal knows GBA, which AKA does not need.
  if (!by_aka && !config_.aka_alone() &&
      (user_agent == nullptr || !has_product_token(*user_agent, "3gpp-gba"))) {
    return refuse(403, "no product token 3gpp-gba in User-Agent");
  }
  if (faults_.take(Fault::always_401, config_.name)) {
    if (psk_b_tid) {
      return std::unexpected(challenge_by_gba("fault on command", false));
    }
    const auto* impi = by_aka ? hss_.impi(credentials->value("username")) : nullptr;
    return std::unexpected(
        challenge("fault on command", false, impi == nullptr ? std::string_view() : *impi));
  }
  if (psk_b_tid) {
    return admit_on_psk(request, *psk_b_tid);
  }
  if ((!credentials || (by_aka && credentials->value("nonce").empty())) &&
      faults_.take(Fault::unchallenged, config_.name)) {
    return std::unexpected(plain(200, "served without authentication, on command"));
  }
  if (!credentials) {
    return std::unexpected(challenge("no Authorization", false));
  }
  for (const auto& rule : grammar_findings(*credentials)) {
    stats_.finding(config_.name, rule);
  }
  auto authenticated = by_aka ? authenticate_by_aka(request, *credentials)
                              : authenticate(request, *credentials, cipher_suite);
  if (!authenticated) {
    return std::unexpected(std::move(authenticated).error());
  }
  ++stats.authenticated;
  auto admission = admit_user(request, authenticated->impi, authenticated->impus);
  if (!admission) {
    add_authentication_info(admission.error(), request, *credentials, *authenticated);
    return admission;
  }
  admission->proof.emplace(std::move(*credentials), std::move(*authenticated));
  return admission;
}

void Naf::finish(Response& response, const Request& request, const Admission& admission) {
  if (admission.proof) {
    add_authentication_info(response, request, admission.proof->credentials,
                            admission.proof->authenticated);
  }
}

// The connection is authenticated; a B-TID that has ended since is told by a challenge.
std::expected<Naf::Admission, Response> Naf::admit_on_psk(const Request& request,
                                                          std::string_view b_tid) {
  if (find_header(request.headers, "Authorization") != nullptr) {
    stats_.finding(config_.name, "Authorization on a connection of PSK TLS");
  }
  const auto association = associations_.find(b_tid);
  if (association == nullptr || faults_.take(Fault::forget_keys, config_.name)) {
    return std::unexpected(challenge_by_gba("unknown B-TID", false));
  }
  if (associations_.expired(*association)) {
    return std::unexpected(challenge_by_gba("expired B-TID", false));
  }
  ++stats_.nafs[config_.name].authenticated;
  return admit_user(request, association->impi, association->impus);
}

// The connection is authenticated (TS 33.222 clause 5.5); nothing of GBA is needed then.
std::expected<Naf::Admission, Response> Naf::admit_on_certificate(
    const Request& request, const ClientCertificate& certificate) {
  if (faults_.take(Fault::always_401, config_.name)) {
    return std::unexpected(challenge_by_gba("fault on command", false));
  }
  if (!certificate.asked) {
    std::vector<std::string> everybody;
    const auto impis = hss_.impis();
    for (const auto& impi : impis) {
      std::ranges::copy(*hss_.impus(impi), std::back_inserter(everybody));
    }
    return admit_user(request, impis.empty() ? std::string() : impis.front(), std::move(everybody));
  }
  if (find_header(request.headers, "Authorization") != nullptr) {
    stats_.finding(config_.name, "Authorization on a connection with a client certificate");
  }
  if (!certificate.objection.empty()) {
    return std::unexpected(plain(403, certificate.objection));
  }
  const auto* impus = hss_.impus(certificate.common_name);
  if (impus == nullptr) {
    return std::unexpected(plain(403, "the client certificate names no subscriber"));
  }
  auto& stats = stats_.nafs[config_.name];
  ++stats.authenticated;
  ++stats.certificate_authenticated;
  return admit_user(request, certificate.common_name, *impus);
}

Response Naf::refuse(unsigned status, std::string_view rule) {
  stats_.finding(config_.name, rule);
  return plain(status, rule);
}

std::expected<Naf::Authenticated, Response> Naf::authenticate_by_aka(
    const Request& request, const DigestCredentials& credentials) {
  auto authenticated = aka_->authenticate(request, credentials);
  if (!authenticated) {
    const auto& refusal = authenticated.error();
    return std::unexpected(refusal.status == 401
                               ? challenge(refusal.reason, refusal.stale, refusal.impi)
                               : plain(refusal.status, refusal.reason));
  }
  return Authenticated{std::string(authenticated->impi), *hss_.impus(authenticated->impi),
                       hash_of(authenticated->algorithm), std::move(authenticated->ha1),
                       tells_next_nonce() ? aka_->next_nonce(*authenticated) : std::string()};
}

std::expected<Naf::Authenticated, Response> Naf::authenticate(const Request& request,
                                                              const DigestCredentials& credentials,
                                                              std::uint16_t cipher_suite) {
  const auto refused = [&](std::string_view rule) { return std::unexpected(refuse(400, rule)); };
  if (const auto rule = broken_rule(request, credentials, config_.qops, opaque_); !rule.empty()) {
    return refused(rule);
  }
  const auto* algorithm_parameter = credentials.find("algorithm");
  const auto algorithm = algorithm_parameter == nullptr
                             ? std::optional(DigestAlgorithm::md5)
                             : digest_algorithm(algorithm_parameter->value);
  if (!algorithm || std::ranges::find(config_.algorithms, *algorithm) == config_.algorithms.end()) {
    return refused("algorithm was not offered");
  }
  if (credentials.value("realm") != realm_) {
    return std::unexpected(challenge_by_gba("wrong realm", false));
  }

  const auto username = credentials.value("username");
  const auto association = associations_.find(username);
  if (association == nullptr || faults_.take(Fault::forget_keys, config_.name)) {
    return std::unexpected(challenge_by_gba("unknown B-TID", false));
  }
  if (associations_.expired(*association)) {
    return std::unexpected(challenge_by_gba("expired B-TID", false));
  }
  const Hash kind = hash_of(*algorithm);
  const auto& base = cached_ha1(association, username, realm_, *algorithm, cipher_suite);
  auto a1 = *algorithm == DigestAlgorithm::md5_sess
                ? session_ha1(kind, base, credentials.value("nonce"), credentials.value("cnonce"))
                : base.clone();
  const auto expected = digest_response(kind, a1, exchange_of(request, credentials));
  if (!equal_constant_time(expected, credentials.value("response"))) {
    return std::unexpected(challenge_by_gba("wrong response", false));
  }
  // From here on the client knows the key: what is wrong now is the nonce alone (stale=true).
  switch (nonces_.use(credentials.value("nonce"), nonce_count(credentials).value_or(0))) {
    case NonceVerdict::unknown:
      return std::unexpected(challenge_by_gba("unknown nonce", true));
    case NonceVerdict::expired:
      return std::unexpected(challenge_by_gba("expired nonce", true));
    case NonceVerdict::count_refused:
      return std::unexpected(challenge_by_gba("nonce count", true));
    case NonceVerdict::good:
      break;
  }
  if (faults_.take(Fault::stale_nonce, config_.name)) {
    return std::unexpected(challenge_by_gba("stale on command", true));
  }
  return Authenticated{association->impi, association->impus, kind, std::move(a1),
                       tells_next_nonce() ? nonces_.make() : std::string()};
}

const SecretBytes& Naf::cached_ha1(const Association& association, std::string_view username,
                                   std::string_view realm, DigestAlgorithm algorithm,
                                   std::uint16_t cipher_suite) {
  const Hash kind = hash_of(algorithm);
  std::string key = std::to_string(cipher_suite) + (kind == Hash::md5 ? ":md5:" : ":sha256:");
  key += username;
  const auto found = ha1_cache_.find(key);
  if (found != ha1_cache_.end() && found->second.association == association) {
    return found->second.ha1;
  }
  if (ha1_cache_.size() >= kMostCachedKeys) {
    ha1_cache_.clear();
  }
  const auto key_octets =
      ks_naf(association->ks.expose(), association->rand, association->impi,
             config_.ua_protocol_id ? naf_id(config_.name, *config_.ua_protocol_id)
                                    : naf_id(config_.name, cipher_suite));
  // The password is the base64 text of Ks_NAF, not its octets.
  const auto password = to_base64_secret(key_octets.expose());
  auto& entry = ha1_cache_[std::move(key)];
  entry = {association, ha1(kind, username, realm, password.expose())};
  if (journal_ != nullptr) {
    journal_->add("Ks_NAF", key_octets.expose());
    journal_->add_digits("HA1", entry.ha1.expose());
  }
  return entry.ha1;
}

Response Naf::challenge(std::string_view reason, bool aka_stale, std::string_view aka_impi) {
  std::vector<HeaderField> fields;
  const auto add = [&](std::vector<HeaderField> more) {
    std::ranges::move(more, std::back_inserter(fields));
  };
  const bool by_aka = aka_ && !aka_impi.empty();
  if (by_aka && config_.aka_before) {
    add(aka_->challenges(aka_impi, aka_stale));
  }
  if (config_.gba_digest()) {
    add(gba_challenges(false));
  }
  if (by_aka && !config_.aka_before) {
    add(aka_->challenges(aka_impi, aka_stale));
  }
  return fields.empty() ? plain(403, "no identity to challenge")
                        : unauthorized(reason, std::move(fields));
}

Response Naf::challenge_by_gba(std::string_view reason, bool stale) {
  return unauthorized(reason, gba_challenges(stale));
}

Response Naf::unauthorized(std::string_view reason, std::vector<HeaderField> challenges) {
  ++stats_.nafs[config_.name].challenged[std::string(reason)];
  auto response = plain(401, reason);
  std::ranges::move(challenges, std::back_inserter(response.headers));
  return response;
}

std::vector<HeaderField> Naf::gba_challenges(bool stale) {
  std::string realm = joined(config_.realms, ";");
  if (faults_.take(Fault::wrong_realm, config_.name)) {
    realm = "3GPP-bootstrapping@naf.evil.example";
  } else if (faults_.take(Fault::uicc_realm, config_.name)) {
    realm = "3GPP-bootstrapping-uicc@" + config_.name;
  }
  std::vector<HeaderField> fields;
  for (const auto algorithm : config_.algorithms) {
    const auto nonce = nonces_.make();
    fields.push_back(challenge_field({.realm = realm,
                                      .nonce = nonce,
                                      .algorithm = name(algorithm),
                                      .qops = config_.qops,
                                      .opaque = opaque_,
                                      .stale = stale}));
  }
  return fields;
}

std::expected<Naf::Admission, Response> Naf::admit_user(const Request& request, std::string impi,
                                                        std::vector<std::string> impus) {
  if (faults_.take(Fault::forbidden, config_.name)) {
    return std::unexpected(plain(403, "fault on command"));
  }
  auto identity = asserted_identity(request, impus);
  if (!identity) {
    return std::unexpected(std::move(identity).error());
  }
  return Admission{std::move(impi), std::move(impus), std::move(*identity)};
}

std::expected<std::string, Response> Naf::asserted_identity(const Request& request,
                                                            const std::vector<std::string>& impus) {
  const auto* field = find_header(request.headers, kIntendedIdentity);
  if (field == nullptr) {
    return impus.empty() ? std::string() : impus.front();
  }
  const auto intended = parse_identities(*field);
  if (!intended) {
    return std::unexpected(refuse(400, "X-3GPP-Intended-Identity is malformed"));
  }
  if (!trimmed(*field).starts_with('"')) {
    stats_.finding(config_.name, "X-3GPP-Intended-Identity is not quoted");
  }
  for (const auto& identity : *intended) {
    if (std::ranges::find(impus, identity) == impus.end()) {
      return std::unexpected(plain(403, "the intended identity is not one of the subscriber's"));
    }
  }
  return intended->front();
}

Response Naf::serve(const Request& request, const Admission& admission) {
  if (asks_for_echo(request)) {
    auto seen = request;
    seen.headers.push_back(
        {std::string(kAssertedIdentity), quoted_string(admission.asserted_identity)});
    return echo(seen);
  }
  return portal_ == nullptr ? store_.answer(request, admission.impus)
                            : portal_->answer(request, admission.impi);
}

bool Naf::tells_next_nonce() const {
  return config_.next_nonce || config_.nonce_mode == NonceMode::one_time;
}

void Naf::add_authentication_info(Response& response, const Request& request,
                                  const DigestCredentials& credentials,
                                  const Authenticated& authenticated) {
  if (faults_.take(Fault::missing_rspauth, config_.name)) {
    return;
  }
  // rspauth covers the body as it is sent: none in an answer to HEAD (RFC 7616 section 3.5).
  auto exchange = exchange_of(request, credentials);
  exchange.method = {};
  exchange.body = request.method == "HEAD" ? ByteView() : as_bytes(response.body);
  auto rspauth = digest_response(authenticated.hash, authenticated.ha1, exchange);
  if (faults_.take(Fault::wrong_rspauth, config_.name)) {
    rspauth.front() = rspauth.front() == '0' ? '1' : '0';
  }
  std::string info = "qop=" + std::string(exchange.qop) + ", rspauth=" + quoted_string(rspauth) +
                     ", cnonce=" + quoted_string(exchange.cnonce) +
                     ", nc=" + std::string(exchange.nc);
  if (!authenticated.next_nonce.empty()) {
    info += ", nextnonce=" + quoted_string(authenticated.next_nonce);
  }
  response.headers.push_back({"Authentication-Info", std::move(info)});
}

}  // namespace ut::lab
