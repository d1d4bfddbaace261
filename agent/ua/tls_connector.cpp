#include "agent/ua/tls_connector.h"

#include "agent/audit.h"
#include "agent/gba/naf_id.h"
#include "agent/gba/psk.h"
#include "agent/gba/security_association.h"
#include "agent/ua/tcp_connect.h"
#include "base/log.h"
#include "tls/stream.h"

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/experimental/awaitable_operators.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <algorithm>
#include <string>
#include <utility>
#include <vector>

namespace ut::ua {
namespace asio = boost::asio;

namespace {

struct Ends {
  asio::ip::tcp::endpoint local;
  asio::ip::tcp::endpoint remote;
};

class TlsChannel final : public Channel {
 public:
  TlsChannel(tls::Stream stream, const Ends& ends, OwnProof proof)
      : stream_(std::move(stream)), ends_(ends), on_refused_(std::move(proof.on_refused)) {
    facts_.psk = std::move(proof.psk);
    facts_.certificate = proof.certificate;
  }

  // The facts are there once this succeeded.
  ports::Task<Result<void>> handshake(tls::PskSource psk) {
    auto negotiated = co_await stream_.handshake(std::move(psk));
    if (!negotiated) {
      co_return std::unexpected(std::move(negotiated).error());
    }
    // A channel that is not authenticated by the key must never look like one that is [UT-1].
    if (negotiated->psk != facts_.psk.has_value()) {
      co_return fail(ErrorCode::tls_psk_not_chosen, "connect to the NAF");
    }
    if (negotiated->client_certificate != facts_.certificate.has_value()) {
      co_return fail(ErrorCode::tls_client_certificate_not_asked, "connect to the NAF");
    }
    facts_.tls_version = tls::version_name(negotiated->version);
    facts_.suite_name = negotiated->suite_name;
    facts_.group = negotiated->group;
    facts_.suite = negotiated->suite;
    facts_.resumed = negotiated->resumed;
    if (facts_.psk) {
      facts_.psk->ua_protocol_id =
          psk_ua_protocol(negotiated->version, negotiated->suite).to_text();
    }
    co_return Result<void>{};
  }

  const ChannelFacts& facts() const override { return facts_; }

  ports::Task<IoResult> read_some(std::span<std::uint8_t> to) override {
    return stream_.async_read_some(asio::buffer(to.data(), to.size()),
                                   asio::as_tuple(asio::use_awaitable));
  }

  ports::Task<IoResult> write(ByteView header, ByteView body) override {
    return stream_.write(header, body);
  }

  std::optional<IoResult> write_now(ByteView header, ByteView body) override {
    return stream_.write_now(header, body);
  }

  bool still_idle() override { return stream_.still_idle(); }
  void fail_authentication() override {
    stream_.fail_authentication();
    refused();
  }
  net::Path path() const override { return net::path_of(ends_.local, ends_.remote); }
  void close() override { stream_.close(); }

  Error error(const boost::system::error_code& code, std::string_view where) const override {
    Error error = stream_.error(code, where);
    if (error.code == ErrorCode::tls_client_certificate_refused) {
      refused();
    }
    return error;
  }

 private:
  void refused() const {
    if (on_refused_) {
      on_refused_();
    }
  }

  tls::Stream stream_;
  Ends ends_;
  std::function<void()> on_refused_;
  ChannelFacts facts_{};
};

// What one handshake is made with.
struct Attempt {
  std::shared_ptr<tls::Context> context;
  TcpTarget target;
  tls::Peer peer;
  tls::PskSource psk{};
  OwnProof proof{};
};

ports::Task<Result<std::unique_ptr<Channel>>> connect_tls(asio::any_io_executor executor,
                                                          Attempt attempt) {
  CO_TRY(asio::ip::tcp::socket socket, co_await tcp_connect(executor, std::move(attempt.target)));
  // A connection that has broken already has none; the handshake will tell.
  boost::system::error_code ignored;
  const Ends ends{.local = socket.local_endpoint(ignored),
                  .remote = socket.remote_endpoint(ignored)};
  CO_TRY(tls::Stream stream, tls::Stream::create(std::move(attempt.context), std::move(socket),
                                                 std::move(attempt.peer)));
  auto channel = std::make_unique<TlsChannel>(std::move(stream), ends, std::move(attempt.proof));
  CO_TRY_VOID(co_await channel->handshake(std::move(attempt.psk)));
  co_return std::unique_ptr<Channel>(std::move(channel));
}

// Identity and key for one handshake [UA-6 KEY-2].
ports::Task<Result<tls::Psk>> psk_of(ports::AssociationSource& associations,
                                     ports::Association association, std::string fqdn,
                                     std::string separator, tls::PskRequest request,
                                     ports::Cause cause) {
  switch (gba::judge_psk_hint(request.hint)) {
    case gba::PskHint::none:
    case gba::PskHint::me_based:
      break;
    case gba::PskHint::other_gba:
      co_return fail(ErrorCode::tls_psk_hint_unsupported, "read the PSK hint", "a key of the UICC");
    case gba::PskHint::unknown:
      co_return fail(ErrorCode::tls_psk_hint_unsupported, "read the PSK hint", "not one of GBA");
  }
  auto naf_id = gba::NafId::make(fqdn, psk_ua_protocol(request.version, request.suite));
  if (!naf_id) {
    co_return fail(ErrorCode::tls_name_invalid, "derive the key");
  }
  CO_TRY(const gba::KsNaf key,
         co_await associations.ks_naf(association, *std::move(naf_id), std::move(cause)));
  tls::Psk psk;
  psk.identity = gba::psk_identity(association->b_tid(), separator);
  psk.key = SecretBytes::copy_of(key.expose());
  co_return psk;
}

// The use of the private key of a client certificate. A resumed session needs none.
void record_certificate(const ports::Cause& cause, const std::string& naf, std::string_view kept_in,
                        std::string_view id, const Result<std::unique_ptr<Channel>>& connected) {
  if (connected && (*connected)->facts().resumed) {
    return;
  }
  ports::audit("certificate.used", cause,
               {{"naf", naf},
                {"key", kept_in},
                {"sha256", log::personal("certificate", id)},
                {"outcome", connected ? "done" : ut::name(connected.error().code)}});
}

tls::Profile certificate_profile(const UaConfig& config) {
  auto profile = tls::standard_profile();
  profile.stapling = config.ocsp_stapling;
  profile.crls = config.crls;
  return profile;
}

// Whom a handshake with certificates must reach.
tls::Peer certificate_peer(const UaConfig& config, const NafAddress& naf) {
  return {.host = naf.fqdn, .port = naf.port, .pins = settings_of(config, naf.fqdn).pins};
}

// Without the extended master secret (RFC 7627) two connections with different servers may have one
// master secret, and what a client certificate proved on one may be taken for proved on the other.
tls::Profile own_certificate_profile(const UaConfig& config) {
  auto profile = certificate_profile(config);
  profile.require_extended_master_secret = true;
  return profile;
}

}  // namespace

gba::UaProtocolId psk_ua_protocol(tls::Version version, std::uint16_t suite) {
  return version == tls::Version::tls13 ? gba::UaProtocolId::psk_tls13()
                                        : gba::UaProtocolId::tls(suite);
}

Result<TlsContexts> TlsContexts::create(tls::Trust trust,
                                        std::shared_ptr<tls::SessionCache> sessions,
                                        const UaConfig& config) {
  TlsContexts contexts;
  contexts.sessions = sessions;
  TRY(contexts.certificate, tls::Context::create(certificate_profile(config), trust, sessions));
  for (const auto& [fqdn, naf] : config.nafs) {
    if (naf.client_certificate) {
      TRY(contexts.client_certificate[fqdn],
          tls::Context::create(own_certificate_profile(config), trust, sessions,
                               naf.client_certificate));
    }
  }
  const auto any = [&config](tls::Version version) {
    return std::ranges::any_of(
        config.nafs, [version](const auto& naf) { return naf.second.ways.has_psk(version); });
  };
  if (any(tls::Version::tls13)) {
    TRY(contexts.psk_tls13,
        tls::Context::create(tls::psk_profile(tls::Version::tls13), tls::Trust(), sessions));
  }
  if (any(tls::Version::tls12)) {
    TRY(contexts.psk_tls12,
        tls::Context::create(tls::psk_profile(tls::Version::tls12), tls::Trust(), sessions));
  }
  return contexts;
}

TlsConnector::TlsConnector(asio::any_io_executor executor, TlsContexts contexts,
                           const UaConfig& config, ports::AssociationSource& associations,
                           const Clock& clock)
    : executor_(std::move(executor)),
      contexts_(std::move(contexts)),
      config_(config),
      associations_(associations),
      clock_(clock) {}

void TlsConnector::forget_sessions() {
  memory_.forget_all();
  enrolled_.clear();
  if (auto* sessions = contexts_.certificate->sessions()) {
    sessions->forget_all();
  }
}

void TlsConnector::forget_sessions_of(std::string_view b_tid) {
  if (auto* sessions = contexts_.certificate->sessions()) {
    sessions->forget_b_tid(b_tid);
  }
}

bool TlsConnector::refresh_trust() {
  if (!trust_files_ || !trust_files_->changed()) {
    return false;
  }
  const auto trust = trust_files_->load();
  if (trust && trust->id() == contexts_.certificate->trust().id()) {
    return false;
  }
  auto contexts = trust ? TlsContexts::create(*trust, contexts_.sessions, config_)
                        : std::unexpected(trust.error());
  if (!contexts) {
    log::warning("ua.trust_unusable", {{"error", to_text(contexts.error())}, {"kept", "the last"}});
    return false;
  }
  contexts_ = *std::move(contexts);
  enrolled_.clear();
  log::info("ua.trust_reloaded", {{"file", trust_files_->paths().ca_file},
                                  {"certificates", trust->certificates().size()},
                                  {"crls", trust->crls() ? trust->crls()->lists().size() : 0}});
  return true;
}

ports::Task<Result<std::unique_ptr<Channel>>> TlsConnector::connect(NafAddress naf,
                                                                    ports::Cause cause) {
  const auto plan = memory_.plan(naf, settings_of(config_, naf.fqdn).ways, clock_.steady());
  std::optional<Handshake> without;
  std::optional<Error> error;
  std::vector<std::string> passed_over;
  for (const Way& way : plan) {
    if (way.handshake == without) {
      continue;
    }
    auto connected = co_await try_way(naf, way, cause);
    if (connected) {
      memory_.worked(naf, way, clock_.steady(), std::move(passed_over));
      co_return connected;
    }
    error = std::move(connected).error();
    const AfterFailure then = after_failure(way, *error);
    if (then == AfterFailure::give_up) {
      break;
    }
    if (then == AfterFailure::without_handshake) {
      without = way.handshake;
    }
    passed_over.push_back(to_text(way).append(": ").append(ut::name(error->code)));
    log::info("ua.way_failed", {{"request_id", cause.id.view()},
                                {"naf", naf.fqdn},
                                {"way", to_text(way)},
                                {"error", to_text(*error)}});
  }
  co_return std::unexpected(*std::move(error));
}

ports::Task<Result<std::unique_ptr<Channel>>> TlsConnector::try_way(NafAddress naf, Way way,
                                                                    ports::Cause cause) {
  switch (way.handshake) {
    case Handshake::certificate:
      return try_once(naf, contexts_.certificate, certificate_peer(config_, naf), nullptr, {});
    case Handshake::client_certificate:
      return try_client_certificate(std::move(naf), std::move(cause));
    case Handshake::subscriber_certificate:
      return try_subscriber_certificate(std::move(naf), std::move(cause));
    case Handshake::psk:
      return try_psk(std::move(naf), way.psk_version, std::move(cause));
  }
  std::unreachable();
}

// The token comes before the time of the connection begins.
ports::Task<Result<std::shared_ptr<tls::Context>>> TlsConnector::client_context(std::string fqdn) {
  if (const auto token = settings_of(config_, fqdn).client_token) {
    CO_TRY(const std::shared_ptr<const tls::ClientCertificate> certificate,
           co_await token->ready());
    co_return context_with(contexts_.client_certificate[fqdn], certificate);
  }
  const auto found = contexts_.client_certificate.find(fqdn);
  if (found == contexts_.client_certificate.end()) {
    co_return fail(ErrorCode::tls_client_certificate_unusable, "connect to the NAF",
                   "none is configured");
  }
  co_return found->second;
}

ports::Task<Result<std::unique_ptr<Channel>>> TlsConnector::try_client_certificate(
    NafAddress naf, ports::Cause cause) {
  CO_TRY(std::shared_ptr<tls::Context> context, co_await client_context(naf.fqdn));
  const auto now = clock_.utc();
  const tls::ClientCertificate& certificate = *context->client();
  if (now < certificate.begin() || now >= certificate.end()) {
    co_return fail(ErrorCode::tls_client_certificate_unusable, "connect to the NAF",
                   "it has expired or is not valid yet");
  }
  tls::Peer peer = certificate_peer(config_, naf);
  OwnProof proof;
  proof.certificate = CertificateFacts{.enrolled = false, .end = certificate.end()};
  const auto fqdn = naf.fqdn;
  const auto id = certificate.id();
  auto connected = co_await try_once(std::move(naf), std::move(context), std::move(peer), nullptr,
                                     std::move(proof));
  record_certificate(cause, fqdn, settings_of(config_, fqdn).client_token ? "token" : "file", id,
                     connected);
  co_return connected;
}

Result<std::shared_ptr<tls::Context>> TlsConnector::context_with(
    std::shared_ptr<tls::Context>& kept, const ports::SubscriberCertificate& certificate) {
  if (!kept || kept->client()->id() != certificate->id()) {
    TRY(kept, tls::Context::create(own_certificate_profile(config_), contexts_.certificate->trust(),
                                   contexts_.sessions, certificate));
  }
  return kept;
}

// Enrolment, like bootstrapping, comes before the time of the connection begins.
ports::Task<Result<std::unique_ptr<Channel>>> TlsConnector::try_subscriber_certificate(
    NafAddress naf, ports::Cause cause) {
  const std::string& portal = settings_of(config_, naf.fqdn).pki_portal;
  if (certificates_ == nullptr || portal.empty()) {
    co_return fail(ErrorCode::tls_client_certificate_unusable, "connect to the NAF",
                   "there is no PKI portal");
  }
  CO_TRY(const ports::SubscriberCertificate certificate,
         co_await certificates_->certificate(portal, cause));
  CO_TRY(std::shared_ptr<tls::Context> context, context_with(enrolled_[portal], certificate));
  OwnProof proof;
  proof.certificate = CertificateFacts{.enrolled = true, .end = certificate->end()};
  proof.on_refused = [source = certificates_, portal, certificate] {
    source->refused(portal, certificate);
  };
  const auto on_refused = proof.on_refused;
  const auto fqdn = naf.fqdn;
  tls::Peer peer = certificate_peer(config_, naf);
  auto connected = co_await try_once(std::move(naf), std::move(context), std::move(peer), nullptr,
                                     std::move(proof));
  record_certificate(cause, fqdn, "enrolled", certificate->id(), connected);
  if (!connected && connected.error().code == ErrorCode::tls_client_certificate_refused) {
    on_refused();
  }
  co_return connected;
}

// Bootstrapping comes before the time of the connection begins: it has times of its own.
ports::Task<Result<std::unique_ptr<Channel>>> TlsConnector::try_psk(NafAddress naf,
                                                                    tls::Version version,
                                                                    ports::Cause cause) {
  CO_TRY(const ports::Association association, co_await associations_.obtain(cause));
  const bool tls13 = version == tls::Version::tls13;
  const auto& settings = settings_of(config_, naf.fqdn);
  tls::Peer peer{.host = naf.fqdn,
                 .port = naf.port,
                 .b_tid = association->b_tid(),
                 .psk_end = association->expires(),
                 .takes_tls13 = settings.ways.has_psk(tls::Version::tls13)};
  tls::PskSource psk = [&associations = associations_, association, fqdn = naf.fqdn,
                        separator = settings.psk_separator, cause](tls::PskRequest request) {
    return psk_of(associations, association, fqdn, separator, std::move(request), cause);
  };
  OwnProof proof;
  proof.psk =
      PskFacts{.b_tid = association->b_tid(), .ua_protocol_id = {}, .epoch = association->epoch()};
  auto connected = co_await try_once(naf, tls13 ? contexts_.psk_tls13 : contexts_.psk_tls12,
                                     std::move(peer), std::move(psk), std::move(proof));
  if (!connected) {
    co_return std::unexpected(
        memory_.judge_psk(naf, std::move(connected).error(), association->b_tid()));
  }
  // What ended the association has closed its channels, and could not know of this one [KEY-3].
  if (associations_.current() != association) {
    (*connected)->fail_authentication();
    co_return fail(ErrorCode::ub_forgotten, "connect to the NAF");
  }
  co_return connected;
}

ports::Task<Result<std::unique_ptr<Channel>>> TlsConnector::try_once(
    NafAddress naf, std::shared_ptr<tls::Context> context, tls::Peer peer, tls::PskSource psk,
    OwnProof proof) {
  using namespace asio::experimental::awaitable_operators;
  Attempt attempt;
  attempt.context = std::move(context);
  attempt.target = tcp_target(config_, naf);
  attempt.peer = std::move(peer);
  attempt.psk = std::move(psk);
  attempt.proof = std::move(proof);
  asio::steady_timer timer(executor_, config_.connect_timeout);
  auto first = co_await (connect_tls(executor_, std::move(attempt)) ||
                         timer.async_wait(asio::as_tuple(asio::use_awaitable)));
  if (auto* connected = std::get_if<0>(&first)) {
    co_return std::move(*connected);
  }
  co_return fail(ErrorCode::network_timeout, "connect to the NAF");
}

}  // namespace ut::ua
