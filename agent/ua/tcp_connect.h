// A TCP connection to the first address of a name that answers.
#pragma once

#include "agent/ports.h"
#include "agent/ua/config.h"
#include "base/result.h"

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/ip/tcp.hpp>

#include <chrono>
#include <cstdint>
#include <string>

namespace ut::ua {

struct TcpTarget {
  std::string host;  // name or IP address
  std::uint16_t port = 0;
  // For one address, when the name has others that are still to be tried.
  std::chrono::milliseconds attempt_timeout{5'000};
};

// Where `naf` is to be connected to: what is configured for it, else what DNS says.
TcpTarget tcp_target(const UaConfig& config, const NafAddress& naf);

// Tries the addresses in the resolver's order. network_name_unresolved, network_unreachable.
ports::Task<Result<boost::asio::ip::tcp::socket>> tcp_connect(boost::asio::any_io_executor executor,
                                                              TcpTarget target);

}  // namespace ut::ua
