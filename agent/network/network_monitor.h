// Tells when this machine comes into another network: addresses, routes, links.
#pragma once

#include "base/file_descriptor.h"
#include "base/result.h"

#include <boost/asio/any_io_executor.hpp>

#include <chrono>
#include <functional>
#include <memory>

namespace ut::network {

struct MonitorSettings {
  // An interface that comes up is dozens of messages: what comes within this time is one change.
  std::chrono::milliseconds settle{250};
  // Between one report and the next. A change within it is told at its end.
  std::chrono::milliseconds least_interval{2'000};
};

class NetworkMonitor {
 public:
  // Watches from now on and calls `changed` on the thread of `executor`. system_call_failed where a
  // sandbox forbids AF_NETLINK.
  static Result<std::unique_ptr<NetworkMonitor>> open(boost::asio::any_io_executor executor,
                                                      MonitorSettings settings,
                                                      std::function<void()> changed);

  // The same over a socket that carries NETLINK_ROUTE datagrams.
  NetworkMonitor(boost::asio::any_io_executor executor, FileDescriptor socket,
                 MonitorSettings settings, std::function<void()> changed);
  ~NetworkMonitor();
  NetworkMonitor(const NetworkMonitor&) = delete;
  NetworkMonitor& operator=(const NetworkMonitor&) = delete;

 private:
  class State;
  std::shared_ptr<State> state_;
};

}  // namespace ut::network
