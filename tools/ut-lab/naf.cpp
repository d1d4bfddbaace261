#include "tools/ut-lab/naf.h"

#include "base/encoding.h"
#include "base/log.h"

#include <nlohmann/json.hpp>

#include <algorithm>
#include <charconv>
#include <utility>

namespace ut::lab {
namespace {

constexpr std::string_view kIntendedIdentity = "X-3GPP-Intended-Identity";
constexpr std::string_view kAssertedIdentity = "X-3GPP-Asserted-Identity";
constexpr std::size_t kMostCachedKeys = 10'000;

std::string joined(const std::vector<std::string>& parts, std::string_view separator) {
  std::string text;
  for (const auto& part : parts) {
    text += (text.empty() ? std::string_view() : separator);
    text += part;
  }
  return text;
}

std::string_view trimmed(std::string_view text) {
  const auto first = text.find_first_not_of(" \t");
  return first == std::string_view::npos
             ? std::string_view()
             : text.substr(first, text.find_last_not_of(" \t") - first + 1);
}

std::optional<std::uint32_t> nonce_count(std::string_view text) {
  std::uint32_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value, 16);
  if (error != std::errc() || end != text.data() + text.size() || text.size() != 8) {
    return std::nullopt;
  }
  return value;
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

Naf::Naf(NafConfig config, const Associations& associations, XcapStore& store, Faults& faults,
         Stats& stats, const Clock& clock, SecretJournal* journal)
    : config_(std::move(config)),
      realm_("3GPP-bootstrapping@" + config_.name),
      associations_(associations),
      store_(store),
      faults_(faults),
      stats_(stats),
      nonces_(config_.nonce_mode, config_.nonce_lifetime, clock),
      opaque_(random_hex(16)),
      journal_(journal) {
  if (config_.realms.empty()) {
    config_.realms = {realm_};
  }
}

Response Naf::answer(const Request& request, std::uint16_t cipher_suite,
                     const std::optional<std::string>& psk_b_tid) {
  auto& stats = stats_.nafs[config_.name];
  ++stats.requests;
  const auto* field = find_header(request.headers, "Authorization");
  if (field == nullptr && !psk_b_tid) {
    ++stats.without_authorization[request.method];
    stats.body_octets_without_authorization += request.body.size();
  }
  if (faults_.take(Fault::server_error, config_.name)) {
    return plain(500, "fault on command");
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
  const auto* user_agent = find_header(request.headers, "User-Agent");
  if (user_agent == nullptr || !has_product_token(*user_agent, "3gpp-gba")) {
    return refuse(403, "no product token 3gpp-gba in User-Agent");
  }
  if (faults_.take(Fault::always_401, config_.name)) {
    return challenge("fault on command", false);
  }
  if (psk_b_tid) {
    return answer_on_psk(request, *psk_b_tid);
  }
  if (field == nullptr) {
    if (faults_.take(Fault::unchallenged, config_.name)) {
      return plain(200, "served without authentication, on command");
    }
    return challenge("no Authorization", false);
  }
  if (count_headers(request.headers, "Authorization") != 1) {
    return refuse(400, "several Authorization fields");
  }
  const auto credentials = DigestCredentials::parse(*field);
  if (!credentials) {
    return refuse(400, "Authorization: " + credentials.error());
  }
  for (const auto& rule : grammar_findings(*credentials)) {
    stats_.finding(config_.name, rule);
  }
  auto authenticated = authenticate(request, *credentials, cipher_suite);
  if (!authenticated) {
    return std::move(authenticated).error();
  }
  ++stats.authenticated;
  auto response = faults_.take(Fault::forbidden, config_.name)
                      ? plain(403, "fault on command")
                      : serve(request, *authenticated->association);
  add_authentication_info(response, request.method, *credentials, *authenticated);
  return response;
}

// The connection is authenticated; a B-TID that has ended since is told by a challenge.
Response Naf::answer_on_psk(const Request& request, std::string_view b_tid) {
  if (find_header(request.headers, "Authorization") != nullptr) {
    stats_.finding(config_.name, "Authorization on a connection of PSK TLS");
  }
  const auto association = associations_.find(b_tid);
  if (association == nullptr || faults_.take(Fault::forget_keys, config_.name)) {
    return challenge("unknown B-TID", false);
  }
  if (associations_.expired(*association)) {
    return challenge("expired B-TID", false);
  }
  ++stats_.nafs[config_.name].authenticated;
  return faults_.take(Fault::forbidden, config_.name) ? plain(403, "fault on command")
                                                      : serve(request, *association);
}

Response Naf::refuse(unsigned status, std::string_view rule) {
  stats_.finding(config_.name, rule);
  return plain(status, rule);
}

std::expected<Naf::Authenticated, Response> Naf::authenticate(const Request& request,
                                                              const DigestCredentials& credentials,
                                                              std::uint16_t cipher_suite) {
  const auto refused = [&](std::string_view rule) { return std::unexpected(refuse(400, rule)); };
  for (const auto* required :
       {"username", "realm", "nonce", "uri", "response", "qop", "nc", "cnonce"}) {
    if (credentials.value(required).empty()) {
      return refused(std::string("no ") + required + " in Authorization");
    }
  }
  if (credentials.value("uri") != request.target) {
    return refused("uri is not the request-target");
  }
  const auto qop = credentials.value("qop");
  if (std::ranges::find(config_.qops, qop) == config_.qops.end()) {
    return refused("qop was not offered");
  }
  const auto* algorithm_parameter = credentials.find("algorithm");
  const auto algorithm = algorithm_parameter == nullptr
                             ? std::optional(DigestAlgorithm::md5)
                             : digest_algorithm(algorithm_parameter->value);
  if (!algorithm || std::ranges::find(config_.algorithms, *algorithm) == config_.algorithms.end()) {
    return refused("algorithm was not offered");
  }
  const auto nc = nonce_count(credentials.value("nc"));
  if (!nc) {
    return refused("nc is not 8 hexadecimal digits");
  }
  if (credentials.value("opaque") != opaque_) {
    return refused("opaque is not that of the challenge");
  }
  if (credentials.value("realm") != realm_) {
    return std::unexpected(challenge("wrong realm", false));
  }

  const auto username = credentials.value("username");
  const auto association = associations_.find(username);
  if (association == nullptr || faults_.take(Fault::forget_keys, config_.name)) {
    return std::unexpected(challenge("unknown B-TID", false));
  }
  if (associations_.expired(*association)) {
    return std::unexpected(challenge("expired B-TID", false));
  }
  const Hash kind = hash_of(*algorithm);
  const auto& base = cached_ha1(association, username, realm_, *algorithm, cipher_suite);
  auto a1 = *algorithm == DigestAlgorithm::md5_sess
                ? session_ha1(kind, base, credentials.value("nonce"), credentials.value("cnonce"))
                : base.clone();
  const auto expected = digest_response(kind, a1,
                                        {.nonce = credentials.value("nonce"),
                                         .nc = credentials.value("nc"),
                                         .cnonce = credentials.value("cnonce"),
                                         .qop = qop,
                                         .method = request.method,
                                         .uri = request.target,
                                         .body = as_bytes(request.body)});
  if (!equal_constant_time(expected, credentials.value("response"))) {
    return std::unexpected(challenge("wrong response", false));
  }
  // From here on the client knows the key: what is wrong now is the nonce alone (stale=true).
  switch (nonces_.use(credentials.value("nonce"), *nc)) {
    case NonceVerdict::unknown:
      return std::unexpected(challenge("unknown nonce", true));
    case NonceVerdict::expired:
      return std::unexpected(challenge("expired nonce", true));
    case NonceVerdict::count_refused:
      return std::unexpected(challenge("nonce count", true));
    case NonceVerdict::good:
      break;
  }
  if (faults_.take(Fault::stale_nonce, config_.name)) {
    return std::unexpected(challenge("stale on command", true));
  }
  return Authenticated{association, *algorithm, std::move(a1)};
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
  const auto key_octets = ks_naf(association->ks.expose(), association->rand, association->impi,
                                 naf_id(config_.name, cipher_suite));
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

Response Naf::challenge(std::string_view reason, bool stale) {
  ++stats_.nafs[config_.name].challenged[std::string(reason)];
  std::string realm = joined(config_.realms, ";");
  if (faults_.take(Fault::wrong_realm, config_.name)) {
    realm = "3GPP-bootstrapping@naf.evil.example";
  } else if (faults_.take(Fault::uicc_realm, config_.name)) {
    realm = "3GPP-bootstrapping-uicc@" + config_.name;
  }
  auto response = plain(401, reason);
  for (const auto algorithm : config_.algorithms) {
    std::string field =
        "Digest realm=" + quoted_string(realm) + ", nonce=" + quoted_string(nonces_.make()) +
        ", algorithm=" + std::string(name(algorithm)) +
        ", qop=" + quoted_string(joined(config_.qops, ",")) + ", opaque=" + quoted_string(opaque_);
    if (stale) {
      field += ", stale=true";
    }
    response.headers.push_back({"WWW-Authenticate", std::move(field)});
  }
  return response;
}

Response Naf::serve(const Request& request, const SecurityAssociation& association) {
  std::string asserted = association.impus.empty() ? std::string() : association.impus.front();
  if (const auto* field = find_header(request.headers, kIntendedIdentity)) {
    const auto intended = parse_identities(*field);
    if (!intended) {
      return refuse(400, "X-3GPP-Intended-Identity is malformed");
    }
    if (!trimmed(*field).starts_with('"')) {
      stats_.finding(config_.name, "X-3GPP-Intended-Identity is not quoted");
    }
    for (const auto& identity : *intended) {
      if (std::ranges::find(association.impus, identity) == association.impus.end()) {
        return plain(403, "the intended identity is not one of the subscriber's");
      }
    }
    asserted = intended->front();
  }
  const std::string_view path = std::string_view(request.target);
  if (path.substr(0, path.find('?')) == "/lab/echo") {
    return echo(request, asserted);
  }
  return store_.answer(request, association.impus);
}

Response Naf::echo(const Request& request, std::string_view asserted_identity) {
  auto headers = nlohmann::json::array();
  for (const auto& field : request.headers) {
    // The Authorization value says nothing to a test and does not belong into a body.
    const bool hidden = equal_ignoring_case(field.name, "Authorization");
    headers.push_back({field.name, hidden ? "hidden" : field.value});
  }
  headers.push_back({kAssertedIdentity, quoted_string(asserted_identity)});
  const nlohmann::json seen = {{"method", request.method},
                               {"target", request.target},
                               {"headers", headers},
                               {"body_base64", to_base64(as_bytes(request.body))}};
  return json(200, seen.dump());
}

void Naf::add_authentication_info(Response& response, std::string_view method,
                                  const DigestCredentials& credentials,
                                  const Authenticated& authenticated) {
  if (faults_.take(Fault::missing_rspauth, config_.name)) {
    return;
  }
  // rspauth covers the body as it is sent: none in an answer to HEAD (RFC 7616 section 3.5).
  auto rspauth = digest_response(hash_of(authenticated.algorithm), authenticated.ha1,
                                 {.nonce = credentials.value("nonce"),
                                  .nc = credentials.value("nc"),
                                  .cnonce = credentials.value("cnonce"),
                                  .qop = credentials.value("qop"),
                                  .method = {},
                                  .uri = credentials.value("uri"),
                                  .body = method == "HEAD" ? ByteView() : as_bytes(response.body)});
  if (faults_.take(Fault::wrong_rspauth, config_.name)) {
    rspauth.front() = rspauth.front() == '0' ? '1' : '0';
  }
  std::string info = "qop=" + std::string(credentials.value("qop")) +
                     ", rspauth=" + quoted_string(rspauth) +
                     ", cnonce=" + quoted_string(credentials.value("cnonce")) +
                     ", nc=" + std::string(credentials.value("nc"));
  if (config_.next_nonce || config_.nonce_mode == NonceMode::one_time) {
    info += ", nextnonce=" + quoted_string(nonces_.make());
  }
  response.headers.push_back({"Authentication-Info", std::move(info)});
}

}  // namespace ut::lab
