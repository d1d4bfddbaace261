#include "agent/daemon/plain_http.h"

#include "agent/ua/plain_connector.h"

#include <utility>

namespace ut::daemon {

std::unique_ptr<ua::Connector> with_plain_http(boost::asio::any_io_executor executor,
                                               const ua::UaConfig& config, ua::Connector& tls) {
  return std::make_unique<ua::PlainConnector>(std::move(executor), config, tls);
}

}  // namespace ut::daemon
