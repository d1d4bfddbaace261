// Channels over TLS: resolve or override the address, connect, handshake, all within one time.
#pragma once

#include "agent/ua/channel.h"
#include "agent/ua/config.h"
#include "tls/context.h"

#include <boost/asio/any_io_executor.hpp>

#include <memory>

namespace ut::ua {

class TlsConnector final : public Connector {
 public:
  // `config` must outlive the connector. The context says what may be negotiated, who is trusted
  // and which sessions are resumed.
  TlsConnector(boost::asio::any_io_executor executor, std::shared_ptr<tls::Context> context,
               const UaConfig& config);

  // network_name_unresolved, network_unreachable, network_timeout, and the errors of family tls.
  ports::Task<Result<std::unique_ptr<Channel>>> connect(NafAddress naf) override;
  void forget_sessions() override;

 private:
  boost::asio::any_io_executor executor_;
  std::shared_ptr<tls::Context> context_;
  const UaConfig& config_;
};

}  // namespace ut::ua
