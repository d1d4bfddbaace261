#include "agent/daemon/agent.h"

#include "agent/card/card_service.h"
#include "agent/control/service.h"
#include "agent/daemon/joined_agent.h"
#include "agent/daemon/notify.h"
#include "agent/daemon/pin_settings.h"
#include "agent/local/server.h"
#include "agent/ua/gateway.h"
#include "agent/ua/tls_connector.h"
#include "agent/ub/association_manager.h"
#include "agent/ub/curl_http_client.h"
#include "agent/ub/messages.h"
#include "base/clock.h"
#include "base/log.h"
#include "base/random.h"
#include "isim/identity.h"
#include "tls/context.h"
#include "tls/profile.h"
#include "tls/session_cache.h"
#include "tls/trust.h"

#include <malloc.h>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/signal_set.hpp>

#include <csignal>
#include <utility>

namespace ut::daemon {
namespace {

namespace asio = boost::asio;

Result<card::CardConfig> card_config(const CardSettings& settings) {
  card::CardConfig config;
  config.reader_patterns = settings.readers;
  config.exclusive = settings.exclusive;
  config.min_pin_tries = settings.min_pin_tries;
  config.application = {.allow_usim = settings.allow_usim, .mnc_length = settings.mnc_length};
  config.job_timeout = settings.timeout;
  config.look_again = settings.look_again;
  config.pin_latch_file = settings.pin_latch_file;
  TRY(config.pin, read_pin(settings));
  config.pin_source = pin_source(settings);
  return config;
}

Result<std::shared_ptr<tls::Context>> tls_context(const std::string& ca_file,
                                                  std::shared_ptr<tls::SessionCache> sessions) {
  TRY(auto trust, ca_file.empty() ? tls::Trust::system() : tls::Trust::from_file(ca_file));
  return tls::Context::create(tls::standard_profile(), std::move(trust), std::move(sessions));
}

ub::CurlSettings curl_settings(const ub::UbConfig& config) {
  ub::CurlSettings settings;
  settings.address = config.bsf_address;
  settings.proxy = config.http_proxy;
  settings.user_agent = ub::user_agent(config);
  settings.timeout = config.request_timeout;
  return settings;
}

// The card's public identities for the policy of agent/local.
class CardIdentities final : public local::OwnIdentities {
 public:
  explicit CardIdentities(ports::CardService& card) : card_(card) {}

  local::PublicIdentities known_identities() const override {
    const auto subscriber = card_.known_subscriber();
    return subscriber ? of(*subscriber) : nullptr;
  }
  ports::Task<Result<local::PublicIdentities>> public_identities() override {
    CO_TRY(const ports::Subscriber subscriber, co_await card_.subscriber());
    co_return of(subscriber);
  }

 private:
  // The list lives as long as the identity that it is part of.
  static local::PublicIdentities of(const ports::Subscriber& subscriber) {
    return {subscriber.identity, &subscriber.identity->impus};
  }

  ports::CardService& card_;
};

}  // namespace

// In the order in which they stand on each other; they go in the reverse order.
struct Agent::Parts {
  Parts(asio::io_context& io, AgentConfig settings, card::CardConfig card_settings,
        std::shared_ptr<tls::SessionCache> session_cache, std::shared_ptr<tls::Context> context)
      : loop(io),
        config(std::move(settings)),
        source(card::pcsc_source(card_settings)),
        card(io.get_executor(), std::move(card_settings), std::move(source)),
        http(io.get_executor(), curl_settings(config.ub)),
        associations(io.get_executor(), config.ub, card, http, clock, random),
        sessions(std::move(session_cache)),
        connector(io.get_executor(), std::move(context), config.ua),
        gateway(io.get_executor(), config.ua, card, associations, connector, random, clock),
        identities(card),
        joined(card, associations, gateway, *sessions, server),
        own(config.control, joined, card, associations, clock),
        signals(io, SIGTERM, SIGINT) {}

  asio::io_context& loop;
  AgentConfig config;
  SystemRandom random;
  card::CardSource source;
  card::CardService card;
  ub::CurlHttpClient http;
  ub::AssociationManager associations;
  std::shared_ptr<tls::SessionCache> sessions;
  ua::TlsConnector connector;
  ua::Gateway gateway;
  CardIdentities identities;
  JoinedAgent joined;
  control::Service own;
  std::unique_ptr<local::Server> server{};
  asio::signal_set signals;
  static inline const SystemClock clock{};
};

namespace {

// SIGTERM: no new requests, the running ones finish, the keys go, the loop ends.
template <class Parts>
asio::awaitable<void> stop(Parts& parts) {
  log::info("agent.stopping", {{"drain_s", parts.config.drain.count()}});
  notify_stopping();
  co_await parts.server->drain(parts.config.drain);
  parts.gateway.stop();
  parts.associations.wipe();
  parts.sessions->forget_all();
  parts.loop.stop();
}

}  // namespace

Agent::Agent(std::unique_ptr<Parts> parts) : parts_(std::move(parts)) {}
Agent::~Agent() = default;

Result<std::unique_ptr<Agent>> Agent::create(asio::io_context& loop, AgentConfig config) {
  // The card thread and the resolver's allocate next to nothing; a heap for each costs idle memory.
  mallopt(M_ARENA_MAX, 1);
  TRY(auto card, card_config(config.card));
  auto sessions = std::make_shared<tls::SessionCache>(Parts::clock);
  TRY(auto context, tls_context(config.ca_file, sessions));
  auto parts = std::make_unique<Parts>(loop, std::move(config), std::move(card),
                                       std::move(sessions), std::move(context));
  TRY(parts->server, local::Server::open(loop.get_executor(), parts->config.local, parts->gateway,
                                         parts->own, parts->identities));
  return std::unique_ptr<Agent>(new Agent(std::move(parts)));
}

void Agent::run() {
  auto& parts = *parts_;
  // TLS sessions were made for the subscriber who has gone [IS-6].
  parts.card.on_subscriber_gone([&parts](std::uint64_t) { parts.sessions->forget_all(); });
  parts.signals.async_wait([&parts](const boost::system::error_code& error, int) {
    if (!error) {
      asio::co_spawn(parts.loop, stop(parts), asio::detached);
    }
  });
  parts.server->start();
  // What reading configuration and certificates took is not needed again.
  malloc_trim(0);
  log::info("agent.ready");
  notify_ready();
  notify_status("serving");
  parts.loop.run();
  log::info("agent.stopped");
}

}  // namespace ut::daemon
