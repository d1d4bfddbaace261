#include "tools/ut-lab/bsf.h"

#include "base/encoding.h"
#include "base/log.h"

#include <algorithm>
#include <array>
#include <utility>
#include <vector>

namespace ut::lab {
namespace {

constexpr std::chrono::seconds kChallengeLifetime{60};
constexpr std::string_view kMediaType = "application/vnd.3gpp.bsf+xml";
constexpr std::string_view kTmpiToken = "3gpp-gba-tmpi";

// TS 24.109 annex A.4.
constexpr std::array kSecondMessage = {
    RequiredParameter{"username", true}, RequiredParameter{"realm", true},
    RequiredParameter{"nonce", true},    RequiredParameter{"uri", true},
    RequiredParameter{"qop", false},     RequiredParameter{"nc", false},
    RequiredParameter{"cnonce", true},   RequiredParameter{"response", true},
    RequiredParameter{"opaque", true},   RequiredParameter{"algorithm", false}};

std::string flipped_first_digit(std::string digest) {
  digest.front() = digest.front() == '0' ? '1' : '0';
  return digest;
}

}  // namespace

Bsf::Bsf(BsfConfig config, Hss& hss, Associations& associations, Faults& faults, Stats& stats,
         const Clock& clock, SecretJournal* journal)
    : config_(std::move(config)),
      hss_(hss),
      associations_(associations),
      faults_(faults),
      stats_(stats),
      clock_(clock),
      journal_(journal) {}

Response Bsf::answer(const Request& request) {
  auto response = judge(request);
  if (config_.tmpi) {
    response.headers.push_back({"Server", "ut-lab " + std::string(kTmpiToken)});
  }
  return response;
}

Response Bsf::judge(const Request& request) {
  ++stats_.bsf.requests;
  if (faults_.take(Fault::bsf_bad_request)) {
    return plain(400, "fault on command");
  }
  if (faults_.take(Fault::bsf_forbidden)) {
    return plain(403, "fault on command");
  }
  if (faults_.take(Fault::bsf_not_found)) {
    return plain(404, "fault on command");
  }
  if (faults_.take(Fault::bsf_server_error)) {
    return plain(500, "fault on command");
  }
  if (const auto busy = faults_.take(Fault::bsf_busy)) {
    auto response = plain(503, "fault on command");
    const auto seconds = std::chrono::ceil<std::chrono::seconds>(busy->delay).count();
    response.headers.push_back({"Retry-After", std::to_string(seconds)});
    return response;
  }
  if (faults_.take(Fault::bsf_redirect)) {
    return {302, {{"Location", "http://bsf.evil.example/"}}, {}};
  }
  if (request.method != "GET") {
    return refuse(405, "the method is not GET");
  }
  if (request.target != "/") {
    return refuse(404, "the request-target is not /");
  }
  if (!request.body.empty()) {
    return refuse(400, "the GET has a body");
  }
  const auto* host = find_header(request.headers, "Host");
  if (host == nullptr || count_headers(request.headers, "Host") != 1 ||
      !equal_ignoring_case(host->substr(0, host->find(':')), config_.name)) {
    return refuse(400, "Host does not name the BSF");
  }
  const auto* field = find_header(request.headers, "Authorization");
  if (field == nullptr || count_headers(request.headers, "Authorization") != 1) {
    return refuse(400, "not exactly one Authorization field");
  }
  const auto credentials = DigestCredentials::parse(*field);
  if (!credentials) {
    return refuse(400, "Authorization: " + credentials.error());
  }
  if (credentials->value("realm") != config_.name) {
    return refuse(400, "the realm is not the BSF's name");
  }
  if (credentials->value("uri") != "/") {
    return refuse(400, "uri is not /");
  }
  return credentials->value("nonce").empty() ? first_message(*credentials)
                                             : second_message(request, *credentials);
}

Response Bsf::refuse(unsigned status, std::string_view reason) {
  ++stats_.bsf.refused[std::string(reason)];
  if (status == 400 || status == 404 || status == 405) {
    stats_.finding("bsf", reason);
  }
  auto response = plain(status, reason);
  if (status == 405) {
    response.headers.push_back({"Allow", "GET"});
  }
  return response;
}

const std::string* Bsf::impi_of(std::string_view username) {
  std::erase_if(tmpis_, [&](const auto& entry) { return entry.second.expires <= clock_.utc(); });
  const auto tmpi = tmpis_.find(username);
  return hss_.impi(tmpi == tmpis_.end() ? username : tmpi->second.impi);
}

Response Bsf::unknown(std::string_view username) {
  return refuse(403, username.ends_with(kTmpiDomain) ? "unknown TMPI" : "unknown IMPI");
}

// For the next run of a client that knows TMPI (TS 33.220 annex B.4) [UB-8].
void Bsf::give_tmpi(const Request& request, const SecurityAssociation& association) {
  std::erase_if(tmpis_, [&](const auto& entry) { return entry.second.impi == association.impi; });
  const auto* agent = find_header(request.headers, "User-Agent");
  if (config_.tmpi && agent != nullptr && has_product_token(*agent, kTmpiToken)) {
    tmpis_.emplace(tmpi(association, config_.name), Tmpi{association.impi, association.expires});
  }
}

Response Bsf::first_message(const DigestCredentials& credentials) {
  if (const auto broken = missing_parameter(credentials, required_in_first_aka_message());
      !broken.empty()) {
    return refuse(400, "first message: " + broken);
  }
  const auto* impi = impi_of(credentials.value("username"));
  if (impi == nullptr) {
    return unknown(credentials.value("username"));
  }
  if (!credentials.value("response").empty()) {
    return refuse(400, "first message: response is not empty");
  }
  for (const auto& rule : grammar_findings(credentials)) {
    stats_.finding("bsf", "first message: " + rule);
  }
  ++stats_.bsf.initial_requests;
  stats_.bsf.tmpi_requests += *impi == credentials.value("username") ? 0 : 1;
  if (faults_.take(Fault::bsf_unchallenged)) {
    const auto expires = clock_.utc() + config_.key_lifetime;
    return {200,
            {{"Content-Type", std::string(kMediaType)}},
            bootstrapping_info("AAAAAAAAAAAAAAAAAAAAAA==@" + config_.name, expires)};
  }
  return challenge(*impi);
}

Response Bsf::challenge(const std::string& impi) {
  ++stats_.bsf.challenges;
  const std::string opaque = random_hex(16);
  std::string nonce = new_nonce(impi, opaque);
  if (faults_.take(Fault::bsf_short_nonce)) {
    auto octets = *from_base64(nonce);
    octets.resize(16);
    nonce = to_base64(octets);
  }
  const std::string_view algorithm = faults_.take(Fault::bsf_wrong_algorithm) ? "MD5" : "AKAv1-MD5";
  const std::string_view qop = faults_.take(Fault::bsf_no_auth_int) ? "auth" : "auth-int";
  std::string field = "Digest realm=" + quoted_string(config_.name) +
                      ", nonce=" + quoted_string(nonce) + ", algorithm=" + std::string(algorithm) +
                      ", qop=" + quoted_string(qop) + ", opaque=" + quoted_string(opaque);
  if (faults_.take(Fault::bsf_garbage_challenge)) {
    field = "Digest realm=\"" + config_.name + ", nonce==" + nonce;
  }
  if (faults_.take(Fault::bsf_no_challenge)) {
    return {401, {}, {}};
  }
  if (faults_.take(Fault::bsf_several_challenges)) {
    const auto realm = quoted_string(config_.name);
    field = "Basic realm=" + realm + ", Digest realm=" + realm +
            ", nonce=" + quoted_string(opaque) + ", algorithm=MD5, qop=\"auth,auth-int\", " + field;
  }
  return {401, {{"WWW-Authenticate", std::move(field)}}, {}};
}

std::string Bsf::new_nonce(const std::string& impi, std::string opaque) {
  drop_expired();
  auto vector = faults_.take(Fault::sqn_jump)
                    ? hss_.stale_vector(impi)
                    : hss_.vector(impi, faults_.take(Fault::other_gba).has_value());
  Bytes octets = to_bytes(vector.rand.view());
  append(octets, vector.autn.view());
  if (faults_.take(Fault::wrong_mac)) {
    octets.back() ^= 1;
  }
  std::string nonce = to_base64(octets);
  pending_.insert_or_assign(nonce, Pending{impi, std::move(opaque), std::move(vector),
                                           clock_.utc() + kChallengeLifetime});
  return nonce;
}

void Bsf::drop_expired() {
  std::erase_if(pending_, [&](const auto& entry) { return entry.second.expires <= clock_.utc(); });
}

Response Bsf::second_message(const Request& request, const DigestCredentials& credentials) {
  if (const auto broken = missing_parameter(credentials, kSecondMessage); !broken.empty()) {
    return refuse(400, "second message: " + broken);
  }
  const auto* impi = impi_of(credentials.value("username"));
  if (impi == nullptr) {
    return unknown(credentials.value("username"));
  }
  if (credentials.value("qop") != "auth-int") {
    return refuse(400, "second message: qop is not auth-int");
  }
  if (credentials.value("nc") != "00000001") {
    return refuse(400, "second message: nc is not 00000001");
  }
  if (credentials.value("algorithm") != "AKAv1-MD5") {
    return refuse(400, "second message: algorithm is not AKAv1-MD5");
  }
  if (credentials.value("response").size() != 32) {
    return refuse(400, "second message: response is not 32 digits");
  }
  if (credentials.value("cnonce").size() < 16) {
    return refuse(400, "second message: cnonce is shorter than 16 characters");
  }
  for (const auto& rule : grammar_findings(credentials)) {
    stats_.finding("bsf", "second message: " + rule);
  }
  drop_expired();
  const auto found = pending_.find(credentials.value("nonce"));
  if (found == pending_.end()) {
    // Not the client's mistake: challenges end after a while.
    ++stats_.bsf.refused["unknown nonce"];
    return challenge(*impi);
  }
  // One answer for each challenge, right or wrong.
  Pending pending = std::move(found->second);
  pending_.erase(found);
  if (pending.impi != *impi) {
    return refuse(400, "second message: username is not that of the challenge");
  }
  if (pending.opaque != credentials.value("opaque")) {
    return refuse(400, "second message: opaque is not that of the challenge");
  }
  return credentials.find("auts") != nullptr
             ? synchronisation_failure(request, credentials, std::move(pending))
             : bootstrapped(request, credentials, std::move(pending));
}

Response Bsf::synchronisation_failure(const Request& request, const DigestCredentials& credentials,
                                      Pending pending) {
  const auto octets = from_base64(credentials.value("auts"));
  const auto auts = octets ? isim::Auts::from(*octets) : std::nullopt;
  if (!auts) {
    return refuse(400, "second message: auts is not 14 octets in base64");
  }
  // The password is empty when auts is there (RFC 3310 section 3.4).
  const auto a1 = ha1(Hash::md5, credentials.value("username"), config_.name, {});
  if (!equal_constant_time(digest_response(Hash::md5, a1, exchange_of(request, credentials)),
                           credentials.value("response"))) {
    return refuse(400, "second message: the response beside auts is wrong");
  }
  if (!hss_.resynchronise(pending.impi, pending.vector.rand, *auts)) {
    return refuse(403, "MAC-S of AUTS is wrong");
  }
  ++stats_.bsf.auts;
  log::info("bsf.resynchronised", {{"impi", log::personal("impi", pending.impi)}});
  return challenge(pending.impi);
}

Response Bsf::bootstrapped(const Request& request, const DigestCredentials& credentials,
                           Pending pending) {
  const auto a1 = ha1(Hash::md5, credentials.value("username"), config_.name,
                      pending.vector.xres.octets.expose());
  auto exchange = exchange_of(request, credentials);
  if (!equal_constant_time(digest_response(Hash::md5, a1, exchange),
                           credentials.value("response"))) {
    ++stats_.bsf.refused["wrong response"];
    return challenge(pending.impi);
  }

  auto association = std::make_shared<SecurityAssociation>();
  association->impi = pending.impi;
  association->impus = *hss_.impus(pending.impi);
  association->rand = to_bytes(pending.vector.rand.view());
  association->ks = SecretBytes(32);  // Ks = CK || IK (TS 33.220 annex B.3)
  auto ks = association->ks.expose_mutable();
  std::ranges::copy(pending.vector.ck.expose(), ks.begin());
  std::ranges::copy(pending.vector.ik.expose(), ks.subspan(16).begin());
  if (journal_ != nullptr) {
    journal_->add_digits("HA1_Ub", a1.expose());
    journal_->add("Ks", ks);
  }
  association->b_tid =
      (faults_.take(Fault::bsf_opaque_b_tid) ? random_hex(20) : to_base64(association->rand)) +
      "@" + config_.name;
  association->expires = clock_.utc() + config_.key_lifetime;

  Response response{200,
                    {{"Content-Type", std::string(kMediaType)}},
                    bootstrapping_info(association->b_tid, association->expires)};
  if (faults_.take(Fault::bsf_media_type)) {
    response.headers.front().value = "text/html";
  }
  if (faults_.take(Fault::bsf_empty_body)) {
    response.body.clear();
  }
  exchange.method = {};
  exchange.body = as_bytes(response.body);
  auto rspauth = digest_response(Hash::md5, a1, exchange);
  if (faults_.take(Fault::bsf_wrong_rspauth)) {
    rspauth = flipped_first_digit(std::move(rspauth));
  }
  std::string info = "qop=auth-int, rspauth=" + quoted_string(rspauth) +
                     ", cnonce=" + quoted_string(exchange.cnonce) +
                     ", nc=" + std::string(exchange.nc);
  if (config_.next_nonce) {
    // The next run has no 401 that could carry another opaque: it keeps this one.
    info += ", nextnonce=" + quoted_string(new_nonce(pending.impi, pending.opaque));
  }
  if (!faults_.take(Fault::bsf_missing_rspauth)) {
    response.headers.push_back({"Authentication-Info", std::move(info)});
  }
  if (faults_.take(Fault::bsf_tampered_body)) {
    const auto year = response.body.find("<lifetime>") + 10;
    response.body[year] = '9';
  }
  ++stats_.bsf.bootstrapped;
  log::info("bsf.bootstrapped", {{"impi", log::personal("impi", association->impi)},
                                 {"b_tid", log::personal("b-tid", association->b_tid)}});
  give_tmpi(request, *association);
  associations_.put(std::move(association));
  return response;
}

std::string Bsf::bootstrapping_info(const std::string& b_tid, UtcTime expires) {
  auto now = clock_.utc();
  if (faults_.take(Fault::bsf_wrong_clock)) {
    constexpr auto kTenYears = std::chrono::days(3652);
    now -= kTenYears;
    expires -= kTenYears;
  }
  if (faults_.take(Fault::bsf_long_lifetime)) {
    expires += std::chrono::days(36525);
  }
  std::string_view xmlns = "uri:3gpp-gba";
  if (faults_.take(Fault::bsf_wrong_namespace)) {
    xmlns = "uri:not-3gpp-gba";
  }
  if (faults_.take(Fault::bsf_expired_lifetime)) {
    expires = clock_.utc() - std::chrono::hours(1);
  }
  std::string text = "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n";
  const bool doctype = faults_.take(Fault::bsf_doctype).has_value();
  if (doctype) {
    text += "<!DOCTYPE BootstrappingInfo [<!ENTITY b \"" + b_tid + "\">]>\n";
  }
  text += "<BootstrappingInfo xmlns=\"" + std::string(xmlns) + "\">\n  <btid>" +
          (doctype ? "&b;" : b_tid) + "</btid>\n  <lifetime>" + to_text(expires) + "</lifetime>\n";
  if (!faults_.take(Fault::bsf_no_current_time)) {
    text += "  <Extension><currenttime>" + to_text(now) + "</currenttime></Extension>\n";
  }
  text += "</BootstrappingInfo>\n";
  if (faults_.take(Fault::bsf_garbage_xml)) {
    text.resize(text.find("</lifetime>"));
  }
  return text;
}

}  // namespace ut::lab
