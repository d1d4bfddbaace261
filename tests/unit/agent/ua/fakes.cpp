#include "tests/unit/agent/ua/fakes.h"

#include "agent/gba/kdf.h"
#include "agent/gba/naf_id.h"
#include "agent/ua/headers.h"
#include "base/encoding.h"
#include "tests/support/vectors.h"
#include "tls/crypto/hash.h"

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/error.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <algorithm>
#include <cstring>
#include <stdexcept>

namespace ut::ua::test {
namespace asio = boost::asio;

void FakeRandom::fill(std::span<std::uint8_t> octets) {
  if (fixed.empty()) {
    system_.fill(octets);
  } else {
    std::ranges::copy(fixed, octets.begin());
  }
}

// --- association source ---

ports::Association FakeAssociations::make() {
  const auto& vector = ut::test::vectors()["gba"];
  const auto ks = ut::test::hex_of(vector["Ks"]);
  const auto rand = ut::test::hex_of(vector["RAND"]);
  ++bootstrappings;
  std::string b_tid = vector["ub"]["btid"].get<std::string>();
  if (bootstrappings > 1) {
    b_tid = std::to_string(bootstrappings) + b_tid;
  }
  live = std::make_shared<const gba::SecurityAssociation>(
      gba::SecurityAssociation::Parts{.b_tid = b_tid,
                                      .impi = vector["IMPI"].get<std::string>(),
                                      .rand = *isim::Rand::from(rand),
                                      .ks = *gba::Ks::from(ks),
                                      .epoch = epoch,
                                      .created = clock_.steady(),
                                      .expires = clock_.utc() + std::chrono::hours(1),
                                      .remaining = std::chrono::hours(1)});
  return live;
}

void FakeAssociations::end() {
  const auto was = std::exchange(live, nullptr);
  if (was) {
    for (const auto& listener : listeners) {
      listener(was->b_tid());
    }
  }
}

ports::Task<Result<ports::Association>> FakeAssociations::obtained() {
  if (obtain_error) {
    co_return std::unexpected(*obtain_error);
  }
  co_return live ? live : make();
}

ports::Task<Result<ports::Association>> FakeAssociations::renegotiate(ports::Association used,
                                                                      ports::Cause /*cause*/) {
  ++renegotiations;
  if (renegotiate_error) {
    co_return std::unexpected(*renegotiate_error);
  }
  if (live && live != used) {
    co_return live;
  }
  end();
  co_return make();
}

ports::Task<Result<gba::KsNaf>> FakeAssociations::ks_naf(ports::Association association,
                                                         gba::NafId naf_id,
                                                         ports::Cause /*cause*/) {
  if (on_key) {
    on_key();
  }
  if (lost_keys > 0) {
    --lost_keys;
    end();
    co_return fail(ErrorCode::ub_gba_key_lost, "ks_naf");
  }
  co_return *association->ks_naf(naf_id);
}

// --- card ---

FakeCard::FakeCard() {
  identity.impi = ut::test::vectors()["gba"]["IMPI"].get<std::string>();
  identity.impus = {kImpu, kSecondImpu};
}

ports::Task<Result<ports::Subscriber>> FakeCard::subscriber() {
  if (!present) {
    co_return fail(ErrorCode::card_absent, "subscriber");
  }
  co_return ports::Subscriber{epoch, std::make_shared<const isim::Identity>(identity)};
}

ports::Task<Result<isim::AkaOutcome>> FakeCard::authenticate(ports::Subscriber subscriber,
                                                             isim::Rand rand, isim::Autn autn) {
  ++authentications;
  if (present && subscriber.epoch != epoch) {
    co_return fail(ErrorCode::card_identity_changed, "authenticate");
  }
  if (present && on_authenticate) {
    co_return on_authenticate(rand, autn);
  }
  co_return fail(ErrorCode::card_absent, "authenticate");
}

ports::Task<Result<isim::StoredGbaBootstrapping>> FakeCard::stored_gba_bootstrapping(
    ports::Subscriber) {
  co_return fail(ErrorCode::card_absent, "stored_gba_bootstrapping");
}

ports::Task<Result<isim::GbaBootstrappingOutcome>> FakeCard::gba_bootstrap(ports::Subscriber,
                                                                           isim::Rand, isim::Autn) {
  co_return fail(ErrorCode::card_absent, "gba_bootstrap");
}

ports::Task<Result<void>> FakeCard::store_gba_bootstrapping(ports::Subscriber,
                                                            isim::GbaBootstrapping) {
  co_return fail(ErrorCode::card_absent, "store_gba_bootstrapping");
}

ports::Task<Result<void>> FakeCard::erase_gba_bootstrapping(ports::Subscriber, isim::Rand) {
  co_return fail(ErrorCode::card_absent, "erase_gba_bootstrapping");
}

ports::Task<Result<isim::GbaDerivationOutcome>> FakeCard::gba_derive(ports::Subscriber, isim::Rand,
                                                                     std::string, Bytes) {
  co_return fail(ErrorCode::card_absent, "gba_derive");
}

void FakeCard::pull() {
  present = false;
  for (const auto& listener : listeners) {
    listener(epoch);
  }
  ++epoch;
}

// --- channel ---

class FakeChannel final : public Channel {
 public:
  FakeChannel(FakeNaf& naf, unsigned number, std::optional<PskFacts> psk)
      : naf_(naf), number_(number), arrived_(naf.loop_) {
    facts_ = {.tls_version = "TLSv1.2",
              .suite_name = "TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256",
              .group = "secp256r1",
              .suite = naf.suite,
              .resumed = false,
              .psk = std::move(psk),
              .certificate = naf.certificate,
              .plain_http = naf.plain_http};
    naf_.channels_.push_back(this);
    ++naf_.open;
  }
  ~FakeChannel() override {
    std::erase(naf_.channels_, this);
    --naf_.open;
  }

  const ChannelFacts& facts() const override { return facts_; }

  ports::Task<IoResult> read_some(std::span<std::uint8_t> to) override {
    while (outgoing_.empty() && !peer_closed_ && !closed_) {
      arrived_.expires_at(asio::steady_timer::time_point::max());
      (void)co_await arrived_.async_wait(asio::as_tuple(asio::use_awaitable));
    }
    if (closed_) {
      co_return IoResult{asio::error::operation_aborted, 0};
    }
    if (outgoing_.empty()) {
      co_return IoResult{asio::error::eof, 0};
    }
    const std::size_t count = std::min({to.size(), outgoing_.size(), naf_.piece});
    std::memcpy(to.data(), outgoing_.data(), count);
    outgoing_.erase(0, count);
    co_return IoResult{boost::system::error_code(), count};
  }

  ports::Task<IoResult> write(ByteView header, ByteView body) override {
    if (closed_ || peer_closed_) {
      co_return IoResult{asio::error::broken_pipe, 0};
    }
    incoming_ += as_text(header);
    incoming_ += as_text(body);
    serve();
    co_return IoResult{boost::system::error_code(), header.size() + body.size()};
  }

  bool still_idle() override { return !closed_ && (!peer_closed_ || unseen_) && outgoing_.empty(); }
  void fail_authentication() override {
    ++naf_.distrusted;
    close();
  }
  net::Path path() const override { return naf_.path; }
  void close() override {
    if (!closed_) {
      closed_ = true;
      ++naf_.closed;
      arrived_.cancel();
    }
  }
  Error error(const boost::system::error_code& code, std::string_view where) const override {
    return {ErrorCode::network_closed, where, {ForeignKind::system, code.value()}};
  }

  void peer_closes(bool unseen) {
    peer_closed_ = true;
    unseen_ = unseen;
    arrived_.cancel();
  }

 private:
  void serve() {
    const auto end = incoming_.find("\r\n\r\n");
    if (end == std::string::npos) {
      throw std::logic_error("a request in pieces");
    }
    Received request;
    request.channel = number_;
    request.psk_b_tid = facts_.psk ? facts_.psk->b_tid : std::string();
    std::string head = incoming_.substr(0, end + 2);
    const auto line_end = head.find("\r\n");
    const auto first = head.find(' ');
    const auto second = head.find(' ', first + 1);
    request.method = head.substr(0, first);
    request.target = head.substr(first + 1, second - first - 1);
    for (auto at = line_end + 2; at < head.size();) {
      const auto next = head.find("\r\n", at);
      const auto line = head.substr(at, next - at);
      const auto colon = line.find(": ");
      request.headers.push_back({line.substr(0, colon), line.substr(colon + 2)});
      at = next + 2;
    }
    request.body = incoming_.substr(end + 4);
    incoming_.clear();
    naf_.received.push_back(request);
    Reply reply = naf_.serve ? naf_.serve(request) : naf_.answer(request);
    ++answered_;
    if (reply.silent) {
      return;
    }
    outgoing_ += reply.octets;
    if (reply.close || (naf_.close_after > 0 && answered_ >= naf_.close_after)) {
      peer_closes(true);
    }
    arrived_.cancel();
  }

  FakeNaf& naf_;
  unsigned number_;
  asio::steady_timer arrived_;
  ChannelFacts facts_;
  std::string incoming_;
  std::string outgoing_;
  unsigned answered_ = 0;
  bool closed_ = false;
  bool peer_closed_ = false;
  bool unseen_ = false;
};

// --- NAF ---

std::string Received::header(std::string_view name) const {
  for (const auto& field : headers) {
    if (equals_ignoring_case(field.name, name)) {
      return std::string(field.value);
    }
  }
  return {};
}

bool Received::has(std::string_view name) const {
  return std::ranges::any_of(
      headers, [&](const auto& field) { return equals_ignoring_case(field.name, name); });
}

std::string Received::parameter(std::string_view name) const {
  const std::string text = header("Authorization");
  std::size_t at = 0;
  const std::string wanted = std::string(name) + "=";
  while ((at = text.find(wanted, at)) != std::string::npos) {
    if (at > 0 && text[at - 1] != ' ' && text[at - 1] != ',') {
      ++at;
      continue;
    }
    at += wanted.size();
    if (text[at] == '"') {
      return text.substr(at + 1, text.find('"', at + 1) - at - 1);
    }
    return text.substr(at, text.find_first_of(", ", at) - at);
  }
  return {};
}

ports::Task<Result<std::unique_ptr<Channel>>> FakeNaf::connect(NafAddress naf,
                                                               ports::Cause /*cause*/) {
  // A connection takes at least one turn of the loop.
  asio::steady_timer turn(loop_, std::chrono::seconds(0));
  (void)co_await turn.async_wait(asio::as_tuple(asio::use_awaitable));
  if (connect_error) {
    co_return std::unexpected(*connect_error);
  }
  if (!connect_errors.empty()) {
    const Error error = connect_errors.front();
    connect_errors.pop_front();
    co_return std::unexpected(error);
  }
  std::optional<PskFacts> facts;
  if (psk) {
    CO_TRY(const ports::Association association, co_await associations_.obtain());
    if (refused_b_tids.contains(association->b_tid())) {
      co_return fail(ErrorCode::tls_psk_refused, "handshake",
                     ForeignNumber{ForeignKind::tls_alert, 115});
    }
    facts = PskFacts{.b_tid = association->b_tid(),
                     .ua_protocol_id = "0100000007",
                     .epoch = association->epoch()};
  }
  ++connections;
  ports.push_back(naf.port);
  if (on_connected) {
    on_connected();
  }
  co_return std::unique_ptr<Channel>(
      std::make_unique<FakeChannel>(*this, connections, std::move(facts)));
}

void FakeNaf::close_idle_silently() {
  for (auto* channel : channels_) {
    channel->peer_closes(true);
  }
}

void FakeNaf::close_idle() {
  for (auto* channel : channels_) {
    channel->peer_closes(false);
  }
}

std::string FakeNaf::new_nonce() {
  // A comma and a space, which naive parsers stumble over.
  const std::string nonce = "nonce, " + std::to_string(++nonce_count_) + "==";
  nonces_[nonce] = {};
  return nonce;
}

Reply FakeNaf::challenge(const Received& request, bool stale) {
  ++challenged[request.channel];
  std::string fields;
  if (challenges.empty()) {
    fields = "WWW-Authenticate: Digest realm=\"" + realm + "\", nonce=\"" + new_nonce() +
             "\", algorithm=" + algorithm + ", qop=\"" + qop + "\", opaque=\"op,aque\"" +
             (stale ? ", stale=true" : "") + "\r\n";
  }
  for (const auto& field : challenges) {
    fields += "WWW-Authenticate: " + field + "\r\n";
  }
  const std::string text = request.method == "HEAD" ? "" : "<html>401</html>";
  return {"HTTP/1.1 401 Unauthorized\r\n" + fields + "Content-Length: 16\r\n\r\n" + text};
}

std::string FakeNaf::digest(const Received& request, std::string_view method,
                            std::string_view body_of) const {
  const auto kind = algorithm == "SHA-256" ? crypto::HashKind::sha256 : crypto::HashKind::md5;
  const auto h = [kind](const std::string& text) {
    return to_hex(crypto::hash(kind, as_bytes(text)));
  };
  const auto naf_id =
      *gba::NafId::make(kNaf, plain_http ? *gba::UaProtocolId::from_text("0100000002")
                                         : gba::UaProtocolId::tls(suite));
  const auto& vector = ut::test::vectors()["gba"];
  const gba::Ks ks = *gba::Ks::from(ut::test::hex_of(vector["Ks"]));
  const auto rand = *isim::Rand::from(ut::test::hex_of(vector["RAND"]));
  const auto key = gba::derive_ks_naf(ks, rand, vector["IMPI"].get<std::string>(), naf_id);
  std::string ha1 = h(request.parameter("username") + ":" + kRealm + ":" + to_base64(key.expose()));
  if (algorithm == "MD5-sess") {
    ha1 = h(ha1 + ":" + request.parameter("nonce") + ":" + request.parameter("cnonce"));
  }
  std::string a2 = std::string(method) + ":" + request.target;
  if (request.parameter("qop") == "auth-int") {
    a2 += ":" + h(std::string(body_of));
  }
  return h(ha1 + ":" + request.parameter("nonce") + ":" + request.parameter("nc") + ":" +
           request.parameter("cnonce") + ":" + request.parameter("qop") + ":" + h(a2));
}

Reply FakeNaf::answer(const Received& request) {
  std::string proof;
  if (!request.psk_b_tid.empty()) {
    if (refuse_always || unknown_b_tids.contains(request.psk_b_tid)) {
      return challenge(request, false);
    }
  } else if (certificate) {
    if (refuse_always) {
      return challenge(request, false);
    }
  } else if (ask) {
    if (!request.has("Authorization")) {
      return challenge(request, false);
    }
    if (refuse_always || refused_b_tids.contains(request.parameter("username"))) {
      return challenge(request, false);
    }
    const auto nonce = nonces_.find(request.parameter("nonce"));
    if (nonce == nonces_.end() || nonce->second.used_up) {
      return challenge(request, nonce != nonces_.end());
    }
    const auto nc = static_cast<std::uint32_t>(std::stoul(request.parameter("nc"), nullptr, 16));
    if (strict_nc && nc != nonce->second.nc + 1) {
      return challenge(request, false);
    }
    if (request.parameter("response") != digest(request, request.method, request.body) ||
        request.parameter("uri") != request.target || request.parameter("opaque") != "op,aque") {
      return challenge(request, false);
    }
    nonce->second.nc = nc;
    nonce->second.used_up = one_time || (stale_after > 0 && nc >= stale_after);
    proof = rspauth_override.empty() ? digest(request, "", body) : rspauth_override;
    if (proof == "none") {
      proof.clear();
    } else {
      proof = "Authentication-Info: rspauth=\"" + proof + "\", cnonce=\"" +
              request.parameter("cnonce") + "\", nc=" + request.parameter("nc") +
              ", qop=" + request.parameter("qop");
      if (nextnonce) {
        proof += ", nextnonce=\"" + new_nonce() + "\"";
      }
      proof += "\r\n";
    }
  }
  std::string text = "HTTP/1.1 " + status + "\r\n" + proof + extra_headers;
  if (request.method == "HEAD") {
    return {text + "Content-Length: 5\r\n\r\n"};
  }
  if (status.starts_with("204") || status.starts_with("304")) {
    return {text + "\r\n"};
  }
  if (chunked) {
    text += "Transfer-Encoding: chunked\r\n\r\n";
    for (const char c : body) {
      text += std::string("1;x=y\r\n") + c + "\r\n";
    }
    return {text + "0\r\nETag: \"forged\"\r\n\r\n"};
  }
  return {text + "Content-Length: " + std::to_string(body.size()) + "\r\n\r\n" + body};
}

// --- sink and world ---

Result<void> Sink::header(ports::UtResponseHeader got) {
  if (fail_header) {
    return std::unexpected(*fail_header);
  }
  head = std::move(got);
  return {};
}

ports::Task<Result<void>> Sink::body(ByteView octets) {
  content += as_text(octets);
  co_return Result<void>{};
}

World::World(UaConfig config)
    : gateway(loop.get_executor(), std::move(config), card, associations, naf, random, clock) {}

std::vector<Result<ports::UtReport>> World::run_together(std::vector<ports::UtRequest> requests,
                                                         std::vector<Sink>& sinks) {
  std::vector<Result<ports::UtReport>> results(
      requests.size(), fail(ErrorCode::network_timeout, "the test ended before the exchange"));
  std::size_t left = requests.size();
  for (std::size_t i = 0; i < requests.size(); ++i) {
    asio::co_spawn(loop, gateway.exchange(std::move(requests[i]), sinks[i]),
                   [&results, &left, i](std::exception_ptr thrown, Result<ports::UtReport> result) {
                     --left;
                     if (thrown) {
                       std::rethrow_exception(thrown);
                     }
                     results[i] = std::move(result);
                   });
  }
  loop.restart();
  while (left > 0 && loop.run_one_for(std::chrono::seconds(5)) > 0) {
  }
  return results;
}

Result<ports::UtReport> World::run(ports::UtRequest request, Sink& sink) {
  std::vector<Sink> sinks(1);
  sinks[0].fail_header = sink.fail_header;
  std::vector<ports::UtRequest> requests;
  requests.push_back(std::move(request));
  auto results = run_together(std::move(requests), sinks);
  sink = std::move(sinks[0]);
  return results[0];
}

ports::UtRequest get(std::string target) {
  return {.method = "GET",
          .naf = kNaf,
          .port = 443,
          .target = std::move(target),
          .headers = {{"Accept", "*/*"}, {"User-Agent", "presence/1.0"}},
          .body = {},
          .application = "test",
          .intended_identity = {}};
}

ports::UtRequest put(std::string body, std::string target) {
  auto request = get(std::move(target));
  request.method = "PUT";
  request.headers.push_back({"Content-Type", "application/resource-lists+xml"});
  request.headers.push_back({"If-Match", "\"etag\""});
  request.body = std::move(body);
  return request;
}

}  // namespace ut::ua::test
