#include "agent/daemon/agent.h"

#include "agent/control/service.h"
#include "agent/control/status_document.h"
#include "agent/daemon/client_certificates.h"
#include "agent/daemon/event_feed.h"
#include "agent/daemon/joined_agent.h"
#include "agent/daemon/notify.h"
#include "agent/daemon/owner_desk.h"
#include "agent/daemon/subscribers.h"
#include "agent/daemon/watchdog.h"
#include "agent/local/server.h"
#include "agent/network/network_monitor.h"
#include "base/clock.h"
#include "base/log.h"
#include "base/random.h"

#include <malloc.h>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/signal_set.hpp>

#include <csignal>
#include <optional>
#include <utility>
#include <vector>

namespace ut::daemon {

namespace asio = boost::asio;

namespace {

const SystemClock kClock{};

}  // namespace

// In the order in which they stand on each other; they go in the reverse order.
struct Agent::Parts {
  Parts(asio::io_context& io, AgentConfig settings)
      : loop(io), config(std::move(settings)), signals(io, SIGTERM, SIGINT) {}

  // What stands on the subscribers, once they are there.
  Result<void> join(std::vector<std::unique_ptr<Subscriber>> list, bool plain_http) {
    subscribers.emplace(std::move(list));
    joined.emplace(*subscribers, server, kClock.utc());
    own.emplace(config.control, *joined, joined->ports(), kClock);
    TRY(desk, OwnerDesk::open(
                  {.loop = loop.get_executor(),
                   .config = config,
                   .plain_http = plain_http ? PlainHttpSetting::taken : PlainHttpSetting::refused,
                   .service = *own,
                   .server = server,
                   .cards =
                       [this](std::string_view subscriber) {
                         return subscribers->named(subscriber).last_identities();
                       },
                   .clock = kClock}));
    config.local.applications = desk->applications();
    TRY(server,
        local::Server::open(loop.get_executor(), config.local, *subscribers, *own, *subscribers));
    server->set_events(events);
    return {};
  }

  asio::io_context& loop;
  AgentConfig config;
  SystemRandom random;
  EventFeed events{loop.get_executor(), kClock};
  std::optional<Subscribers> subscribers{};
  std::optional<JoinedAgent> joined{};
  std::optional<control::Service> own{};
  std::unique_ptr<OwnerDesk> desk{};
  std::unique_ptr<local::Server> server{};
  asio::signal_set signals;
  std::unique_ptr<network::NetworkMonitor> network{};
  Watchdog watchdog{loop.get_executor()};
};

namespace {

// What waits for the old network is told of the new one. Without notice of it the agent works, and
// finds out by waiting.
template <class Parts>
void watch_network(Parts& parts) {
  auto opened = network::NetworkMonitor::open(parts.loop.get_executor(), {}, [&parts] {
    for (const auto& subscriber : parts.subscribers->all()) {
      subscriber->network_changed();
    }
  });
  if (!opened) {
    log::warning("network.unwatched", {{"error", to_text(opened.error())}});
    return;
  }
  parts.network = *std::move(opened);
}

void warn_of_plain_http(const ua::UaConfig& config) {
  for (const auto& [fqdn, settings] : config.nafs) {
    if (settings.plain_http) {
      log::warning("ua.plain_http", {{"naf", fqdn}, {"tls", "none"}});
    }
  }
}

// One line for `systemctl status`.
template <class Parts>
void tell_status(Parts& parts) {
  notify_status(control::status_line(parts.joined->overview(), kClock.steady()));
}

// SIGTERM: no new requests, the running ones finish, the keys go, the loop ends.
template <class Parts>
asio::awaitable<void> stop(Parts& parts) {
  log::info("agent.stopping", {{"drain_s", parts.config.drain.count()}});
  notify_stopping();
  co_await parts.server->drain(parts.config.drain);
  for (const auto& subscriber : parts.subscribers->all()) {
    subscriber->stop();
  }
  parts.loop.stop();
}

}  // namespace

Agent::Agent(std::unique_ptr<Parts> parts) : parts_(std::move(parts)) {}
Agent::~Agent() = default;

Result<std::unique_ptr<Agent>> Agent::create(asio::io_context& loop, AgentConfig config,
                                             PlainHttp plain_http) {
  // The card thread and the resolver's allocate next to nothing; a heap for each costs idle memory.
  mallopt(M_ARENA_MAX, 1);
  TRY_VOID(load_client_certificates(config.ua, loop.get_executor(),
                                    config.subscribers.front().card.pin_latch_file));
  auto parts = std::make_unique<Parts>(loop, std::move(config));
  std::vector<std::unique_ptr<Subscriber>> subscribers;
  for (const auto& settings : parts->config.subscribers) {
    TRY(auto subscriber, Subscriber::create(settings, {.loop = loop.get_executor(),
                                                       .ua = parts->config.ua,
                                                       .trust = parts->config.trust,
                                                       .clock = kClock,
                                                       .random = parts->random,
                                                       .plain_http = plain_http}));
    subscribers.push_back(std::move(subscriber));
  }
  TRY_VOID(parts->join(std::move(subscribers), plain_http != nullptr));
  return std::unique_ptr<Agent>(new Agent(std::move(parts)));
}

void Agent::run() {
  auto& parts = *parts_;
  parts.signals.async_wait([&parts](const boost::system::error_code& error, int) {
    if (!error) {
      asio::co_spawn(parts.loop, stop(parts), asio::detached);
    }
  });
  warn_of_plain_http(parts.config.ua);
  watch_network(parts);
  parts.desk->watch_signal();
  parts.server->start();
  // What reading configuration and certificates took is not needed again.
  malloc_trim(0);
  log::info("agent.ready");
  notify_ready();
  parts.watchdog.start();
  if (has_service_manager()) {
    tell_status(parts);
    parts.events.on_change([&parts] { tell_status(parts); });
  }
  parts.loop.run();
  log::info("agent.stopped");
}

}  // namespace ut::daemon
