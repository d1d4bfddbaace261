// The HTTP/1.1 server for local applications and the agent's owner: the way into the agent [API-1].
#pragma once

#include "agent/local/config.h"
#include "agent/local/event_stream.h"
#include "agent/local/own_identities.h"
#include "agent/local/server_state.h"
#include "agent/ports.h"
#include "base/result.h"

#include <boost/asio/any_io_executor.hpp>

#include <chrono>
#include <cstdint>
#include <memory>
#include <vector>

namespace ut::local {

class Server {
 public:
  // Opens all sockets of `config`; on an error none stays open. All references must
  // live as long as the loop runs. Nothing is accepted before start(). config_invalid with every
  // problem of `config`, and the errors of listen_unix and listen_tcp.
  static Result<std::unique_ptr<Server>> open(const boost::asio::any_io_executor& executor,
                                              LocalConfig config, ports::UtGateway& gateway,
                                              ports::OwnService& own_service,
                                              OwnIdentities& own_identities);
  // Cuts every connection.
  ~Server();
  Server(const Server&) = delete;
  Server& operator=(const Server&) = delete;

  void start();

  // Takes no more connections and requests, lets those under way finish for at most `time`, then
  // cuts the rest. Completes when no connection is left or the time is over.
  ports::Task<void> drain(std::chrono::milliseconds time);

  // Who may ask for what from the next request on, on open connections too [API-2 API-3].
  void set_applications(std::vector<Application> applications);

  // To be called before start(); `events` must live as long as the loop runs.
  void set_events(EventSource& events);

  // Of requests and connections to come; the rest of LocalConfig stays as it was opened with.
  void set_limits(const LocalLimits& limits, const LocalTimeouts& timeouts, bool access_log);

  const ServerCounters& counters() const;
  void measure(metrics::Page& page) const;

  // Ports of the TCP sockets, in the order of the configuration.
  const std::vector<std::uint16_t>& tcp_ports() const { return tcp_ports_; }
  // Of the socket of metrics; 0 when there is none.
  std::uint16_t metrics_port() const { return metrics_port_; }

 private:
  class Door;
  explicit Server(std::shared_ptr<ServerState> state);
  void close_doors();
  void cut_connections();

  std::shared_ptr<ServerState> state_;
  std::vector<std::shared_ptr<Door>> doors_;
  std::vector<std::uint16_t> tcp_ports_;
  std::uint16_t metrics_port_ = 0;
};

}  // namespace ut::local
