#include "agent/ua/exchange.h"

#include "agent/gba/aka_nonce.h"
#include "agent/gba/aka_password.h"
#include "agent/gba/digest.h"
#include "agent/gba/kdf.h"
#include "agent/gba/naf_id.h"
#include "agent/ua/headers.h"
#include "base/encoding.h"
#include "isim/identity.h"

#include <boost/asio/post.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <algorithm>
#include <array>
#include <utility>

namespace ut::ua {
namespace asio = boost::asio;

namespace {

// Cold channel, dead channel, stale nonce, renegotiation: each at most once or twice, and this ends
// every loop that a NAF could think of.
constexpr unsigned kRoundTripLimit = 8;
constexpr unsigned kStaleLimit = 2;
// Of a channel of PSK TLS whose key is refused, replaced by a renewal or lost by the card
// meanwhile.
constexpr unsigned kChannelTries = 3;
// Of an answer, before others have a turn: a record of TLS holds thousands of chunks of one octet.
constexpr unsigned kPiecesATurn = 16;

constexpr std::array<std::string_view, 5> kMethods = {"GET", "PUT", "DELETE", "HEAD", "POST"};

bool is_success(unsigned status) {
  return status / 100 == 2;
}

}  // namespace

Exchange::Exchange(Shared& shared, ports::UtRequest request, ports::ResponseSink& sink,
                   ports::Subscriber subscriber, std::string_view intended_identity)
    : shared_(shared),
      request_(std::move(request)),
      sink_(sink),
      subscriber_(std::move(subscriber)),
      intended_identity_(intended_identity),
      naf_{request_.naf, request_.port},
      settings_(settings_of(shared_.config, request_.naf)),
      generation_(shared.generation),
      started_(shared.clock.steady()) {}

ports::Task<Result<ports::UtReport>> Exchange::run() {
  CO_TRY_VOID(prepare());
  while (round_trips_ < kRoundTripLimit) {
    if (!ensure_channel_now()) {
      CO_TRY_VOID(co_await ensure_channel());
    }
    if (lease_->channel->facts().authenticates_subscriber()) {
      challenge_.reset();
    } else if (challenge_) {
      CO_TRY_VOID(co_await start_lane());
    }
    CO_TRY_VOID(write_request());
    auto head = after_receiving(co_await send());
    if (!head) {
      Error error = explained(std::move(head).error());
      if (after_failure() == Retry::yes) {
        continue;
      }
      co_return std::unexpected(std::move(error));
    }
    if (sent_.by_channel) {
      if (head->status == 401) {
        CO_TRY_VOID(co_await channel_refused());
        continue;
      }
      shared_.back_off.accepted(naf_);
    } else if (head->status == 401) {
      CO_TRY_VOID(co_await answer_challenge(*std::move(head)));
      continue;
    } else if (!sent_.key) {
      switch (judge(head->status)) {
        case Unauthenticated::deliver:
          break;
        case Unauthenticated::refuse:
          co_return std::unexpected(
              distrust({ErrorCode::ua_not_authenticated, "look for a challenge"}));
        case Unauthenticated::send_request:
          without_authentication_ = true;
          co_await drain();
          continue;
      }
    } else {
      CO_TRY(auto info, read_proof(*head));
      if (sent_.use->qop == gba::Qop::auth_int && info.rspauth) {
        CO_TRY_VOID(co_await hold_body());
      }
      CO_TRY_VOID(check_server(std::move(info), head->status));
      shared_.back_off.accepted(naf_);
    }
    ports::UtReport told = report();
    CO_TRY(const bool delivered, deliver_now(*std::move(head)));
    if (!delivered) {
      CO_TRY_VOID(co_await deliver_rest());
    }
    if (lease_) {
      release();
    }
    told.duration =
        std::chrono::duration_cast<std::chrono::microseconds>(shared_.clock.steady() - started_);
    co_return told;
  }
  lease_.drop();
  co_return fail(ErrorCode::ua_refused, "authenticate to the NAF");
}

// The parts of the request that are the same in every round.
Result<void> Exchange::prepare() {
  if (std::ranges::find(kMethods, request_.method) == kMethods.end()) {
    return fail(ErrorCode::request_method_refused, "check the request");
  }
  if (!is_valid_target(request_.target)) {
    return fail(ErrorCode::request_target_invalid, "check the request");
  }
  const auto& ways = settings_.ways;
  const bool gba = ways.has(Method::digest) || ways.has(Method::psk);
  TRY(RequestFields passed, request_fields(request_.headers, shared_.config.user_agent, gba));
  own_fields_.reserve(80 + naf_.fqdn.size() + passed.user_agent.size() + intended_identity_.size());
  own_fields_.append("Host: ").append(naf_.fqdn);
  if (naf_.port != default_port(settings_)) {
    own_fields_.append(":").append(std::to_string(naf_.port));
  }
  own_fields_ += "\r\n";
  append_line(own_fields_, "User-Agent", passed.user_agent);
  if (!intended_identity_.empty()) {
    TRY_VOID(append_identity_line(own_fields_, "X-3GPP-Intended-Identity", intended_identity_));
  }
  app_fields_ = std::move(passed.lines);
  if (!request_.body.empty() || request_.method == "PUT" || request_.method == "POST") {
    append_line(app_fields_, "Content-Length", std::to_string(request_.body.size()));
  }
  return {};
}

// A channel without waiting: that of the last round, or one that was kept. False when there is
// none; ensure_channel() then waits for one. With PSK TLS it looks at keys first.
bool Exchange::ensure_channel_now() {
  if (lease_) {
    used_channel_ = true;
    return true;
  }
  bootstrap_ahead();
  if (wanted_ != ChannelWanted::any || settings_.ways.has(Method::psk)) {
    return false;
  }
  auto kept = shared_.pool->take_kept(naf_, request_.application);
  if (!kept || has_ended_certificate(*kept)) {
    return false;
  }
  occupy(std::move(kept));
  return true;
}

void Exchange::occupy(Lease channel) {
  lease_ = std::move(channel);
  used_channel_ = lease_->exchanges > 0;
  new_channel_ = new_channel_ || !used_channel_;
}

ports::Task<Result<void>> Exchange::ensure_channel() {
  // Known before the channel is made, to tell which one a NAF refused.
  if (settings_.ways.has(Method::psk)) {
    association_ = shared_.associations.current();
    if (!association_) {
      CO_TRY_VOID(co_await obtain_association());
    }
  }
  while (!lease_) {
    auto acquired = co_await shared_.pool->acquire(
        naf_, request_.application, std::exchange(wanted_, ChannelWanted::any), request_.cause);
    if (!acquired) {
      CO_TRY_VOID(co_await after_no_channel(std::move(acquired).error()));
    } else if (has_ended_certificate(**acquired)) {
      acquired->drop();
    } else if (has_other_key(**acquired)) {
      acquired->drop();
      Error replaced{ErrorCode::ub_forgotten, "take a channel"};
      CO_TRY_VOID(co_await after_no_channel(std::move(replaced)));
    } else {
      occupy(*std::move(acquired));
    }
  }
  co_return Result<void>{};
}

// Whether the key of a PSK channel is not that of the live association: its requests would be
// authenticated by what has ended [KEY-3].
bool Exchange::has_other_key(const PooledChannel& channel) const {
  const auto& psk = channel.channel->facts().psk;
  const auto live = shared_.associations.current();
  return psk && (!live || live->b_tid() != psk->b_tid);
}

// Whether the certificate that authenticated the channel is of the past: a new channel shows a new
// one.
bool Exchange::has_ended_certificate(const PooledChannel& channel) const {
  const auto& certificate = channel.channel->facts().certificate;
  return certificate && shared_.clock.utc() >= certificate->end;
}

// What PSK TLS adds to the failures of a connection; success means that it is worth another try.
ports::Task<Result<void>> Exchange::after_no_channel(Error error) {
  if (generation_ != shared_.generation || !association_) {
    co_return std::unexpected(explained(std::move(error)));
  }
  const bool may_try_again = ++failed_channels_ < kChannelTries;
  switch (error.code) {
    case ErrorCode::ub_gba_key_lost:
    case ErrorCode::ub_forgotten:
      if (!may_try_again) {
        co_return std::unexpected(std::move(error));
      }
      co_return co_await obtain_association();
    case ErrorCode::tls_psk_refused:
    case ErrorCode::tls_psk_not_chosen:
      break;
    default:
      co_return std::unexpected(explained(std::move(error)));
  }
  // The NAF does not know the key: bootstrapping renegotiation, once (TS 24.109 clause 5.3.3)
  // [UA-4].
  const auto refused = association_;
  if (may_try_again && !renegotiated_) {
    auto renewed = co_await renew(refused);
    if (renewed || renewed.error().code != ErrorCode::ua_backing_off) {
      co_return renewed;
    }
  }
  let_rest(refused);
  if (error.code == ErrorCode::tls_psk_refused) {
    error.code = ErrorCode::ua_refused;
  }
  co_return std::unexpected(std::move(error));
}

// A NAF that will ask for a key: bootstrapping takes as long as the way to the NAF, so both go side
// by side. Not where another method may do without.
void Exchange::bootstrap_ahead() {
  const auto& ways = settings_.ways;
  const bool without = ways.has(Method::aka) || ways.has(Method::certificate) ||
                       ways.has(Method::subscriber_certificate);
  if (!ahead_ && !without && !settings_.allow_unauthenticated && !shared_.associations.current()) {
    ahead_ = shared_.associations.obtain(request_.cause);
  }
}

ports::Task<Result<void>> Exchange::obtain_association() {
  if (ahead_) {
    auto ahead = *std::exchange(ahead_, std::nullopt);
    CO_TRY(association_, co_await std::move(ahead));
    if (association_ == shared_.associations.current()) {
      co_return Result<void>{};
    }
  }
  CO_TRY(association_, co_await shared_.associations.obtain(request_.cause));
  co_return Result<void>{};
}

// Only these may leave without Authorization, to be challenged themselves [UT-1].
bool Exchange::may_leave_bare() const {
  return (request_.method == "GET" || request_.method == "HEAD") && request_.body.empty();
}

// The key of the present association. One whose Ks the card has lost is replaced once.
ports::Task<Result<gba::KsNaf>> Exchange::ks_naf(gba::NafId naf_id) {
  auto key = co_await shared_.associations.ks_naf(association_, naf_id, request_.cause);
  if (!key && key.error().code == ErrorCode::ub_gba_key_lost) {
    CO_TRY(association_, co_await shared_.associations.obtain(request_.cause));
    key = co_await shared_.associations.ks_naf(association_, naf_id, request_.cause);
  }
  co_return key;
}

// The key of the challenge that came.
ports::Task<Result<void>> Exchange::start_lane() {
  if (challenge_->method == Method::aka) {
    return start_aka_lane();
  }
  return start_gba_lane();
}

// For the cipher suite of the channel that will carry the answer, or for none (TS 33.220 annex H)
// [KEY-2 UA-1 UA-10].
ports::Task<Result<void>> Exchange::start_gba_lane() {
  const auto& facts = lease_->channel->facts();
  const auto ua = facts.plain_http
                      ? gba::UaProtocolId::http_digest()
                      : settings_.ua_protocol_id.value_or(gba::UaProtocolId::tls(facts.suite));
  const auto naf_id = gba::NafId::make(naf_.fqdn, ua);
  if (!naf_id) {
    co_return fail(ErrorCode::tls_name_invalid, "derive the key");
  }
  CO_TRY(const gba::KsNaf ks_naf, co_await this->ks_naf(*naf_id));
  if (generation_ != shared_.generation) {
    co_return fail(ErrorCode::card_removed, "derive the key");
  }
  const auto& challenge = challenge_->challenge;
  const SecretBytes password = gba::ua_password(ks_naf);
  auto key = std::make_shared<const LaneKey>(
      Method::digest, association_->b_tid(), association_->epoch(), ua.to_text(),
      gba::Ha1::make(challenge.algorithm, association_->b_tid(), challenge.realm,
                     password.expose()));
  lease_->lane.start(*std::exchange(challenge_, std::nullopt), std::move(key), shared_.random);
  fresh_nonce_ = true;
  co_return Result<void>{};
}

// The card answers the challenge itself [UA-9]. Nothing of what it says leaves but in the digest
// for this challenge, to the NAF that TLS verified when it came [UT-7].
ports::Task<Result<void>> Exchange::start_aka_lane() {
  const auto& challenge = challenge_->challenge;
  const auto nonce = gba::decode_aka_nonce(challenge.nonce);
  if (!nonce) {
    co_return std::unexpected(distrust(
        {ErrorCode::ua_challenge_malformed, "read the AKA nonce", {}, std::string(nonce.error())}));
  }
  CO_TRY(const isim::AkaOutcome said,
         co_await shared_.cards.authenticate(subscriber_, nonce->rand, nonce->autn));
  if (generation_ != shared_.generation) {
    co_return fail(shared_.ended_by, "AUTHENTICATE");
  }
  if (const auto* failure = std::get_if<isim::AkaSynchronisationFailure>(&said)) {
    if (resynchronised_) {
      co_return std::unexpected(distrust({ErrorCode::ua_synchronisation_failed, "AUTHENTICATE"}));
    }
    resynchronised_ = true;
    // A nonce that the channel may have kept from another request must not go out in its place.
    lease_->lane.forget();
    auts_ = failure->auts;
    co_return Result<void>{};
  }
  const auto* success = std::get_if<isim::AkaSuccess>(&said);
  if (success == nullptr) {
    co_return std::unexpected(
        distrust({ErrorCode::ua_network_authentication_failed, "AUTHENTICATE"}));
  }
  const SecretBytes password = gba::aka_password(challenge.algorithm, *success);
  auto key = std::make_shared<const LaneKey>(
      Method::aka, impi(), subscriber_.epoch, std::string(),
      gba::Ha1::make(challenge.algorithm, impi(), challenge.realm, password.expose()));
  lease_->lane.start(*std::exchange(challenge_, std::nullopt), std::move(key), shared_.random);
  fresh_nonce_ = true;
  co_return Result<void>{};
}

const std::string& Exchange::impi() const {
  return subscriber_.identity->impi;
}

// Whether the channel has a nonce for this request, with a key of the present subscriber.
bool Exchange::has_lane() const {
  const auto& lane = lease_->lane;
  const auto& ways = settings_.ways;
  return (association_ && lane.ready(Method::digest, association_->b_tid())) ||
         (ways.has(Method::aka) && lane.ready(Method::aka, impi()));
}

Result<void> Exchange::write_request() {
  if (generation_ != shared_.generation) {
    return fail(shared_.ended_by, "send the request");
  }
  sent_ = {};
  sent_.first_use = std::exchange(fresh_nonce_, false);
  const auto& psk = lease_->channel->facts().psk;
  if (psk && psk->epoch != subscriber_.epoch) {
    return fail(ErrorCode::card_identity_changed, "send the request");
  }
  sent_.by_channel = lease_->channel->facts().authenticates_subscriber();
  if (!sent_.first_use) {
    association_ = shared_.associations.current();
  }
  const bool authenticated = !sent_.by_channel && has_lane();
  if (authenticated && lease_->lane.key()->epoch != subscriber_.epoch) {
    return fail(ErrorCode::card_identity_changed, "send the request");
  }
  sent_.probe =
      !authenticated && !sent_.by_channel && !without_authentication_ && !may_leave_bare();
  auto& out = lease_->out;
  out.clear();
  out.reserve(1024 + request_.target.size() * 2 + own_fields_.size() + app_fields_.size());
  out += sent_.probe ? "GET" : request_.method;
  out += ' ';
  out += request_.target;
  out += " HTTP/1.1\r\n";
  out += own_fields_;
  if (!sent_.probe) {
    out += app_fields_;
  }
  if (authenticated) {
    sent_.key = lease_->lane.key();
    sent_.use = lease_->lane.use(request_.target);
    write_proof();
  } else if (auts_) {
    write_synchronisation_failure();
  } else if (!sent_.by_channel && settings_.ways.has(Method::aka)) {
    write_first_authorization();
  }
  if (psk || (sent_.key && sent_.key->method == Method::digest)) {
    sent_.association = association_;
  }
  out += "\r\n";
  return {};
}

void Exchange::write_proof() {
  const auto& challenge = lease_->lane.challenge();
  const std::string hash = sent_.use->qop == gba::Qop::auth_int
                               ? gba::body_hash(challenge.algorithm, as_bytes(request_.body))
                               : std::string();
  const std::string response =
      gba::digest_response(sent_.key->ha1, *sent_.use, request_.method, hash);
  append_authorization(gba::authorization(challenge, sent_.key->username, *sent_.use, response));
}

// Tells the NAF whom to challenge (RFC 3310 clause 3.2).
void Exchange::write_first_authorization() {
  append_authorization(
      gba::initial_authorization(impi(), first_aka_realm(settings_, naf_.fqdn), request_.target));
}

// What the card's sequence number is, with an empty password (RFC 3310 clause 3.4). The challenge
// is over with it: the NAF makes another one.
void Exchange::write_synchronisation_failure() {
  const auto challenge = *std::exchange(challenge_, std::nullopt);
  const auto auts = *std::exchange(auts_, std::nullopt);
  const auto key =
      gba::Ha1::make(challenge.challenge.algorithm, impi(), challenge.challenge.realm, {});
  std::array<std::uint8_t, 16> cnonce{};
  shared_.random.fill(cnonce);
  const gba::DigestUse use{.nonce = challenge.challenge.nonce,
                           .nc = 1,
                           .cnonce = to_hex(cnonce),
                           .qop = challenge.qop,
                           .uri = request_.target};
  const std::string response = gba::digest_response(key, use, sent_.probe ? "GET" : request_.method,
                                                    gba::body_hash(key.algorithm(), {}));
  append_authorization(
      gba::authorization(challenge.challenge, impi(), use, response, gba::auts_parameter(auts)));
}

void Exchange::append_authorization(SecretBytes value) {
  auto& out = lease_->out;
  // Grown before the value is in it, so that no copy of it is left behind.
  out.reserve(out.size() + value.size() + 32);
  out += "Authorization: ";
  sent_.secret_at = out.size();
  sent_.secret_size = value.size();
  out += as_text(value.expose());
  out += "\r\n";
}

void Exchange::set_deadline(std::chrono::milliseconds time) {
  lease_->deadline = shared_.clock.steady() + time;
}

ports::Task<Result<ResponseHead>> Exchange::send() {
  ++round_trips_;
  shared_.pool->counters().sent();
  set_deadline(shared_.config.send_timeout);
  const ByteView body = sent_.probe ? ByteView{} : as_bytes(request_.body);
  const auto written = lease_->channel->write_now(as_bytes(lease_->out), body);
  if (!written) {
    return send_rest();
  }
  after_sending(std::get<0>(*written));
  return receive();
}

// The rest of send(), when the socket did not take the request at once.
ports::Task<Result<ResponseHead>> Exchange::send_rest() {
  const ByteView body = sent_.probe ? ByteView{} : as_bytes(request_.body);
  const auto written = co_await lease_->channel->write(as_bytes(lease_->out), body);
  after_sending(std::get<0>(written));
  co_return co_await receive();
}

void Exchange::after_sending(const boost::system::error_code& code) {
  wipe({reinterpret_cast<std::uint8_t*>(lease_->out.data()) + sent_.secret_at, sent_.secret_size});
  send_error_ = code;
}

// After a failed write too: a NAF that refuses a large body answers before it closes.
ports::Task<Result<ResponseHead>> Exchange::receive() {
  set_deadline(shared_.config.answer_timeout);
  return lease_->reader.head(request_.method == "HEAD" && !sent_.probe);
}

Result<ResponseHead> Exchange::after_receiving(Result<ResponseHead> head) {
  lease_->deadline = SteadyTime::max();
  if (!head) {
    return send_error_ ? std::unexpected(lease_->channel->error(send_error_, "send the request"))
                       : std::move(head);
  }
  ++lease_->exchanges;
  if (head->status == 401) {
    shared_.pool->counters().challenged();
  }
  return head;
}

// A kept channel may have died unseen. When nothing of an answer came, the request is sent once
// more on a new channel if doing it twice does no harm (RFC 9110 clause 9.2.2): POST is not. One
// whose network has gone is dead whether it had served before or not.
Exchange::Retry Exchange::after_failure() {
  const bool begun = lease_->reader.answer_begun();
  const bool overdue = lease_->overdue;
  const bool may_be_dead = used_channel_ || lease_->cut_off;
  lease_.drop();
  const bool repeatable = sent_.probe || request_.method != "POST";
  const bool ended = generation_ != shared_.generation;
  if (retried_ || begun || overdue || !may_be_dead || !repeatable || ended) {
    return Retry::no;
  }
  retried_ = true;
  wanted_ = ChannelWanted::fresh;
  return Retry::yes;
}

Error Exchange::explained(Error error) const {
  if (generation_ != shared_.generation) {
    return {shared_.ended_by, error.where};
  }
  if (lease_ && lease_->overdue) {
    return {ErrorCode::network_timeout, error.where};
  }
  return error;
}

// What the NAF asks for, in the order of TS 24.109 clauses 5.2.4 and 5.2.5.
ports::Task<Result<void>> Exchange::answer_challenge(ResponseHead head) {
  const auto fields = values_of(head, "www-authenticate");
  auto chosen = choose_challenge(fields, naf_.fqdn, settings_);
  if (!chosen) {
    co_return std::unexpected(distrust(std::move(chosen).error()));
  }
  lease_->lane.forget();
  if (sent_.key && sent_.key->method == chosen->method) {
    CO_TRY_VOID(co_await judge_refusal(*chosen));
  } else if (sent_.key && std::exchange(renegotiated_, true)) {
    // One change from a refused method to another may lead on; the next is a loop.
    co_return std::unexpected(refuse());
  } else if (chosen->method == Method::digest) {
    // Bootstrapping required, unless there is an association already.
    CO_TRY_VOID(co_await obtain_association());
  }
  co_await drain();
  challenge_ = *std::move(chosen);
  co_return Result<void>{};
}

// What a challenge means to a request that was authenticated: whether it is worth another answer.
ports::Task<Result<void>> Exchange::judge_refusal(const UsableChallenge& chosen) {
  if (chosen.challenge.stale && ++stale_answers_ > kStaleLimit) {
    co_return std::unexpected(refuse());
  }
  if (chosen.method == Method::aka) {
    co_return judge_aka_refusal(chosen);
  }
  co_return co_await judge_digest_refusal(chosen);
}

ports::Task<Result<void>> Exchange::judge_digest_refusal(const UsableChallenge& chosen) {
  if (chosen.challenge.stale) {
    // The key is right and only the nonce too old: no bootstrapping.
    association_ = sent_.association;
    co_return Result<void>{};
  }
  co_return co_await renegotiate();
}

// There is nothing to renegotiate: each challenge has a key of its own. One that ended without
// `stale` while it was used on gets another answer, once; each costs the card a command.
Result<void> Exchange::judge_aka_refusal(const UsableChallenge& chosen) {
  if (chosen.challenge.stale) {
    return {};
  }
  if (sent_.first_use || std::exchange(renegotiated_, true)) {
    return std::unexpected(refuse());
  }
  return {};
}

// A newer association than the one that the NAF refused; at most one a request.
ports::Task<Result<void>> Exchange::renew(ports::Association refused) {
  CO_TRY(association_,
         co_await shared_.associations.renegotiate(std::move(refused), request_.cause));
  renegotiated_ = true;
  co_return Result<void>{};
}

// A 401 to a request protected with a live association: bootstrapping renegotiation, once [UA-4].
ports::Task<Result<void>> Exchange::renegotiate() {
  if (renegotiated_) {
    co_return std::unexpected(refuse());
  }
  auto renewed = co_await renew(sent_.association);
  if (renewed || renewed.error().code != ErrorCode::ua_backing_off) {
    co_return renewed;
  }
  if (sent_.first_use) {
    co_return std::unexpected(refuse());
  }
  // The association is too young to be replaced, and the nonce was an old one: a NAF that does not
  // say stale gets the same key with its new nonce.
  association_ = sent_.association;
  co_return Result<void>{};
}

// A 401 on a channel that authenticates the subscriber. There is no other certificate.
ports::Task<Result<void>> Exchange::channel_refused() {
  if (!lease_->channel->facts().psk) {
    co_return std::unexpected(refuse());
  }
  co_return co_await renegotiate_channel();
}

// A 401 on a channel that the key authenticates: the NAF does not count it as live any more. What
// it says of a digest is not looked at.
ports::Task<Result<void>> Exchange::renegotiate_channel() {
  const auto refused = sent_.association;
  if (renegotiated_ || !refused) {
    co_return std::unexpected(refuse());
  }
  auto renewed = co_await renew(refused);
  if (!renewed) {
    co_return std::unexpected(renewed.error().code == ErrorCode::ua_backing_off
                                  ? refuse()
                                  : distrust(std::move(renewed).error()));
  }
  end_distrusted();
  co_return Result<void>{};
}

void Exchange::let_rest(const ports::Association& refused) {
  if (refused) {
    shared_.back_off.refused(naf_, refused->b_tid(), shared_.clock.steady());
  }
}

Error Exchange::refuse() {
  switch (method()) {
    case Method::digest:
    case Method::psk:
      let_rest(sent_.association);
      break;
    case Method::aka:
      shared_.back_off.refused(naf_, impi(), shared_.clock.steady());
      break;
    case Method::certificate:
    case Method::subscriber_certificate:
      shared_.back_off.refused(naf_, std::string(name(method())), shared_.clock.steady());
      break;
  }
  return distrust({ErrorCode::ua_refused, "authenticate to the NAF", {ForeignKind::http, 401}});
}

// An authentication failed: the connection ends and its session is not resumed [UT-12].
void Exchange::end_distrusted() {
  if (lease_) {
    lease_->channel->fail_authentication();
    lease_.drop();
  }
}

Error Exchange::distrust(Error error) {
  end_distrusted();
  return error;
}

// Reads what is left of an answer that nobody gets, so that the channel can be used on.
ports::Task<void> Exchange::drain() {
  std::uint64_t drained = 0;
  set_deadline(shared_.config.body_timeout);
  while (!lease_->reader.complete() && drained <= shared_.config.drain_limit) {
    const auto piece = co_await lease_->reader.body();
    if (!piece) {
      break;
    }
    drained += piece->size();
  }
  lease_->deadline = SteadyTime::max();
  if (!lease_->reader.may_continue()) {
    lease_.drop();
  }
}

// What an answer other than 401 to a request without Authorization means.
Exchange::Unauthenticated Exchange::judge(unsigned status) const {
  const bool allowed = settings_.allow_unauthenticated;
  if (!sent_.probe) {
    const bool served = is_success(status) || status == 304;
    return served && !allowed ? Unauthenticated::refuse : Unauthenticated::deliver;
  }
  if (allowed) {
    return Unauthenticated::send_request;
  }
  // A NAF that rejects without a challenge (TS 33.222 clause 5.3), is elsewhere or out of order
  // says so of every method; anything else is about a GET that the application did not make.
  const bool for_any_method = status == 403 || status / 100 == 3 || status / 100 == 5;
  return for_any_method && status != 304 ? Unauthenticated::deliver : Unauthenticated::refuse;
}

Result<gba::AuthenticationInfo> Exchange::read_proof(const ResponseHead& head) {
  auto info = gba::parse_authentication_info(values_of(head, "authentication-info"));
  if (!info) {
    return std::unexpected(distrust(
        {ErrorCode::ua_rspauth_wrong, "read Authentication-Info", {}, std::string(info.error())}));
  }
  return *std::move(info);
}

// The NAF's proof that it knows the key, before anything of the answer goes on [UA-3].
Result<void> Exchange::check_server(gba::AuthenticationInfo info, unsigned status) {
  const std::string hash = held_body_
                               ? gba::body_hash(sent_.key->ha1.algorithm(), as_bytes(*held_body_))
                               : std::string();
  switch (gba::check_server(info, sent_.key->ha1, *sent_.use, hash)) {
    case gba::ServerProof::proven:
      break;
    case gba::ServerProof::missing:
      if (is_success(status) && settings_.require_rspauth) {
        return std::unexpected(
            distrust({ErrorCode::ua_rspauth_wrong, "check rspauth", {}, "missing"}));
      }
      break;
    case gba::ServerProof::wrong:
      return std::unexpected(distrust({ErrorCode::ua_rspauth_wrong, "check rspauth"}));
  }
  if (info.nextnonce) {
    lease_->lane.take_nextnonce(*std::move(info.nextnonce), shared_.random);
  }
  return {};
}

// rspauth of auth-int covers the body, so nothing of it goes on before all of it is here.
ports::Task<Result<void>> Exchange::hold_body() {
  held_body_.emplace();
  while (!lease_->reader.complete()) {
    set_deadline(shared_.config.body_timeout);
    const auto piece = co_await lease_->reader.body();
    if (!piece) {
      co_return std::unexpected(explained(piece.error()));
    }
    if (held_body_->size() + piece->size() > shared_.config.auth_int_limit) {
      co_return fail(ErrorCode::limit_body, "hold the body for auth-int");
    }
    *held_body_ += as_text(*piece);
  }
  lease_->deadline = SteadyTime::max();
  co_return Result<void>{};
}

// Gives the channel to the next request when it can carry one.
void Exchange::release() {
  if (lease_->reader.may_continue()) {
    lease_.give_back();
  } else {
    lease_.drop();
  }
}

// The answer as far as it goes without waiting; true when that is all of it.
Result<bool> Exchange::deliver_now(ResponseHead head) {
  ports::UtResponseHeader header{.status = head.status,
                                 .reason = std::move(head.reason),
                                 .headers = response_fields(std::move(head.headers)),
                                 .content_length = head.content_length};
  if (!held_body_) {
    TRY_VOID(sink_.header(std::move(header)));
    return pass_on_now();
  }
  release();
  if (request_.method != "HEAD") {
    header.content_length = held_body_->size();
  }
  TRY_VOID(sink_.header(std::move(header)));
  not_taken_ = as_bytes(*held_body_);
  return not_taken_.empty() ? true : sink_.body_now(not_taken_);
}

// What has come of the body, up to a turn's pieces; true when that is all of it, and the
// application took it.
Result<bool> Exchange::pass_on_now() {
  for (unsigned pieces = 0; pieces < kPiecesATurn && !lease_->reader.complete(); ++pieces) {
    const auto piece = lease_->reader.body_now();
    if (!piece) {
      return std::unexpected(explained(piece.error()));
    }
    if (!*piece) {
      return false;
    }
    not_taken_ = **piece;
    if (!not_taken_.empty()) {
      TRY(const bool taken, sink_.body_now(not_taken_));
      if (!taken) {
        return false;
      }
      not_taken_ = {};
    }
  }
  return lease_->reader.complete();
}

// What deliver_now() left.
ports::Task<Result<void>> Exchange::deliver_rest() {
  if (!not_taken_.empty()) {
    CO_TRY_VOID(co_await sink_.body(std::exchange(not_taken_, {})));
  }
  for (unsigned pieces = 1; lease_ && !lease_->reader.complete(); ++pieces) {
    set_deadline(shared_.config.body_timeout);
    const auto piece = co_await lease_->reader.body();
    // A slow application is no fault of the NAF.
    lease_->deadline = SteadyTime::max();
    if (!piece) {
      co_return std::unexpected(explained(piece.error()));
    }
    if (!piece->empty()) {
      CO_TRY_VOID(co_await sink_.body(*piece));
    }
    if (pieces % kPiecesATurn == 0) {
      co_await asio::post(co_await asio::this_coro::executor, asio::use_awaitable);
    }
  }
  co_return Result<void>{};
}

// By which the request under way was authenticated, if it was.
Method Exchange::method() const {
  if (sent_.by_channel) {
    const auto& facts = lease_->channel->facts();
    if (facts.psk) {
      return Method::psk;
    }
    return facts.certificate->enrolled ? Method::subscriber_certificate : Method::certificate;
  }
  return sent_.key ? sent_.key->method : Method::digest;
}

ports::UtReport Exchange::report() const {
  const auto& facts = lease_->channel->facts();
  ports::UtReport told;
  told.tls_version = facts.tls_version;
  told.tls_suite = facts.suite_name;
  told.tls_resumed = facts.resumed;
  told.tls_new_channel = new_channel_;
  if (sent_.by_channel || sent_.key) {
    told.ua_method = name(method());
    told.isim_based = is_isim_based(method());
  }
  if (facts.psk) {
    told.ua_protocol_id = facts.psk->ua_protocol_id;
    told.b_tid = facts.psk->b_tid;
  } else if (sent_.key && sent_.key->method == Method::digest) {
    told.ua_protocol_id = sent_.key->ua_protocol_id;
    told.b_tid = sent_.key->username;
  }
  const auto& used = sent_.association;
  told.bootstrapped = used && !used->taken_up() && used->created() >= started_;
  told.round_trips = round_trips_;
  return told;
}

}  // namespace ut::ua
