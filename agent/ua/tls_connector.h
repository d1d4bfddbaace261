// Channels over TLS: the ways that are allowed with a NAF, in order; for each resolve or override
// the address, connect, handshake, all within one time.
#pragma once

#include "agent/gba/naf_id.h"
#include "agent/ua/channel.h"
#include "agent/ua/config.h"
#include "agent/ua/method.h"
#include "base/clock.h"
#include "tls/context.h"
#include "tls/negotiated.h"
#include "tls/psk.h"
#include "tls/trust.h"
#include "tls/trust_files.h"

#include <boost/asio/any_io_executor.hpp>

#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

namespace ut::ua {

// The Ua security protocol identifier of PSK TLS: of the negotiated suite up to TLS 1.2, a fixed
// one in TLS 1.3, where the key is needed before the suite is known (TS 33.220 annex H) [KEY-2].
gba::UaProtocolId psk_ua_protocol(tls::Version version, std::uint16_t suite);

// What may be negotiated and which sessions are resumed, for each way.
struct TlsContexts {
  // Without those of PSK where no NAF is configured for it.
  static Result<TlsContexts> create(tls::Trust trust, std::shared_ptr<tls::SessionCache> sessions,
                                    const UaConfig& config);

  std::shared_ptr<tls::Context> certificate;
  std::shared_ptr<tls::Context> psk_tls13{};
  std::shared_ptr<tls::Context> psk_tls12{};
  std::map<std::string, std::shared_ptr<tls::Context>> client_certificate{};  // by FQDN
  std::shared_ptr<tls::SessionCache> sessions{};
};

// By what we prove ourselves in a handshake; nothing: in HTTP.
struct OwnProof {
  std::optional<PskFacts> psk{};
  std::optional<CertificateFacts> certificate{};
  std::function<void()> on_refused{};  // the NAF did not take it, now or later
};

class TlsConnector final : public Connector {
 public:
  // `config`, `associations` and `clock` must outlive the connector. Keys for PSK come from
  // `associations`, which bootstraps before the handshake when there is none.
  TlsConnector(boost::asio::any_io_executor executor, TlsContexts contexts, const UaConfig& config,
               ports::AssociationSource& associations, const Clock& clock);

  // network_name_unresolved, network_unreachable, network_timeout, and the errors of family tls;
  // with PSK also those of AssociationSource, and ub_forgotten when the association ended
  // meanwhile.
  ports::Task<Result<std::unique_ptr<Channel>>> connect(NafAddress naf,
                                                        ports::Cause cause = {}) override;
  // Where certificates for the method subscriber_certificate come from; must outlive the connector.
  void enrol_with(ports::CertificateSource& source) { certificates_ = &source; }

  // The files that the trust was read from, whose replacement counts.
  void follow(tls::TrustFiles files) { trust_files_ = std::move(files); }

  bool refresh_trust() override;
  void forget_sessions() override;
  void forget_sessions_of(std::string_view b_tid) override;

  // How each NAF was reached last.
  const WayMemory& ways() const { return memory_; }

 private:
  ports::Task<Result<std::unique_ptr<Channel>>> try_way(NafAddress naf, Way way,
                                                        ports::Cause cause);
  ports::Task<Result<std::shared_ptr<tls::Context>>> client_context(std::string fqdn);
  ports::Task<Result<std::unique_ptr<Channel>>> try_client_certificate(NafAddress naf,
                                                                       ports::Cause cause);
  ports::Task<Result<std::unique_ptr<Channel>>> try_subscriber_certificate(NafAddress naf,
                                                                           ports::Cause cause);
  // `kept` when it is one with this certificate; else it is made so.
  Result<std::shared_ptr<tls::Context>> context_with(
      std::shared_ptr<tls::Context>& kept, const ports::SubscriberCertificate& certificate);
  ports::Task<Result<std::unique_ptr<Channel>>> try_psk(NafAddress naf, tls::Version version,
                                                        ports::Cause cause);
  ports::Task<Result<std::unique_ptr<Channel>>> try_once(NafAddress naf,
                                                         std::shared_ptr<tls::Context> context,
                                                         tls::Peer peer, tls::PskSource psk,
                                                         OwnProof proof);

  boost::asio::any_io_executor executor_;
  TlsContexts contexts_;
  const UaConfig& config_;
  ports::AssociationSource& associations_;
  const Clock& clock_;
  WayMemory memory_{};
  ports::CertificateSource* certificates_ = nullptr;
  std::optional<tls::TrustFiles> trust_files_{};
  std::map<std::string, std::shared_ptr<tls::Context>> enrolled_{};  // by portal
};

}  // namespace ut::ua
