// What the connections of one server share.
#pragma once

#include "agent/local/config.h"
#include "agent/local/connection_counts.h"
#include "agent/local/crowd.h"
#include "agent/local/deadlines.h"
#include "agent/local/event_stream.h"
#include "agent/local/own_identities.h"
#include "agent/local/request_counters.h"
#include "agent/local/turns.h"
#include "agent/ports.h"

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/steady_timer.hpp>

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <unordered_set>
#include <vector>

namespace ut::local {

class Connection;

// For status; all counts but `connections` since the start.
struct ServerCounters {
  std::size_t connections = 0;  // open now
  std::uint64_t accepted = 0;
  std::uint64_t turned_away = 0;  // over a limit of connections
  std::uint64_t requests = 0;     // of applications
  std::uint64_t denied = 0;       // family policy
  std::uint64_t failed = 0;       // every other problem document, and cut answers
};

struct ServerState {
  ServerState(const boost::asio::any_io_executor& executor_, LocalConfig config_,
              ports::UtGateway& gateway_, ports::OwnService& own_service,
              OwnIdentities& own_identities)
      : executor(executor_),
        config(std::move(config_)),
        applications(std::make_shared<const std::vector<Application>>(config.applications)),
        gateway(gateway_),
        own(own_service),
        identities(own_identities),
        deadlines(std::make_shared<Deadlines>(executor_)),
        turns(std::make_shared<Turns>(executor_)),
        crowd(executor_),
        last_connection_gone(executor_) {}

  boost::asio::any_io_executor executor;
  LocalConfig config;
  // Those that count for new requests; a request under way keeps the ones that it began with.
  std::shared_ptr<const std::vector<Application>> applications;
  ports::UtGateway& gateway;
  ports::OwnService& own;
  OwnIdentities& identities;
  EventSource* events = nullptr;  // of kEventsPath
  std::shared_ptr<Deadlines> deadlines;
  std::shared_ptr<Turns> turns;

  TokenClaims claims;
  std::unordered_set<Connection*> connections;
  Crowd crowd;
  ConnectionCounts counts;
  ServerCounters counters;
  std::map<std::string, RateLimit, std::less<>> rates;  // by the name of the application
  RequestCounters requests;                             // of applications
  std::size_t held_bodies = 0;                          // requests whose body is in memory
  std::size_t held_octets = 0;                          // of those bodies
  bool draining = false;
  bool drain_waits = false;
  boost::asio::steady_timer last_connection_gone;

  // A subscriber's identities in canonical form, and the list they were made from.
  struct Canonical {
    PublicIdentities seen{};
    std::vector<std::string> identities{};
  };
  std::map<std::string, Canonical, std::less<>> canonical_identities;
};

}  // namespace ut::local
