// Channels over TCP without TLS, for conformance tests of HTTP Digest with NAFs that have none
// (TS 34.229) [UA-10]. Nothing that is installed links this.
#pragma once

#include "agent/ua/channel.h"
#include "agent/ua/config.h"

#include <boost/asio/any_io_executor.hpp>

#include <memory>
#include <string_view>

namespace ut::ua {

class PlainConnector final : public Connector {
 public:
  // NAFs whose settings say `plain_http` are reached without TLS, every other one by `tls`.
  // `config` and `tls` must outlive the connector.
  PlainConnector(boost::asio::any_io_executor executor, const UaConfig& config, Connector& tls);

  // Nothing of the server is authenticated: it proves itself by rspauth [UA-3].
  // network_name_unresolved, network_unreachable, network_timeout, and the errors of `tls`.
  ports::Task<Result<std::unique_ptr<Channel>>> connect(NafAddress naf,
                                                        ports::Cause cause = {}) override;
  bool refresh_trust() override { return tls_.refresh_trust(); }
  void forget_sessions() override { tls_.forget_sessions(); }
  void forget_sessions_of(std::string_view b_tid) override { tls_.forget_sessions_of(b_tid); }

 private:
  ports::Task<Result<std::unique_ptr<Channel>>> connect_plain(NafAddress naf);

  boost::asio::any_io_executor executor_;
  const UaConfig& config_;
  Connector& tls_;
};

}  // namespace ut::ua
