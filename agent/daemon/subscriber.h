// Everything that one subscriber has of his own: card, association, TLS sessions and channels. Two
// subscribers share nothing that a key or an identity of one could reach the other by.
#pragma once

#include "agent/card/card_service.h"
#include "agent/control/overview.h"
#include "agent/daemon/config.h"
#include "agent/daemon/plain_http.h"
#include "agent/local/own_identities.h"
#include "agent/pki/enrolment.h"
#include "agent/ports.h"
#include "agent/ua/gateway.h"
#include "agent/ua/tls_connector.h"
#include "agent/ub/association_manager.h"
#include "agent/ub/curl_http_client.h"
#include "base/clock.h"
#include "base/random.h"
#include "tls/session_cache.h"

#include <boost/asio/any_io_executor.hpp>

#include <memory>
#include <string>
#include <string_view>

namespace ut::daemon {

class Subscriber {
 public:
  // What all subscribers use; must outlive them.
  struct Common {
    boost::asio::any_io_executor loop;
    const ua::UaConfig& ua;
    const tls::TrustPaths& trust;
    const Clock& clock;
    RandomSource& random;
    PlainHttp plain_http = nullptr;
  };

  // Errors of the families config and tls. The card is waited for later.
  static Result<std::unique_ptr<Subscriber>> create(SubscriberSettings settings, Common common);
  Subscriber(const Subscriber&) = delete;
  Subscriber& operator=(const Subscriber&) = delete;

  const std::string& name() const { return name_; }
  ports::UtGateway& gateway() { return gateway_; }
  control::SubscriberPorts ports() { return {name_, &card_, &associations_, xcap_root_}; }
  control::Overview::Subscriber overview() const;
  void measure(metrics::Page& page) const;

  // Of the card that is there, as it was read last; nullptr when none was.
  local::PublicIdentities last_identities() const;

  // As OwnIdentities of agent/local.
  local::PublicIdentities known_identities() const;
  ports::Task<Result<local::PublicIdentities>> public_identities();

  // Deletes every key, and what lives on one; on the card too [KEY-3].
  void forget();
  // What waits for the network that was is told of the one that is.
  void network_changed();
  // Ends requests, wipes the keys in memory, as the agent ends.
  void stop();

 private:
  Subscriber(SubscriberSettings settings, card::CardConfig card, Common common,
             std::shared_ptr<tls::SessionCache> sessions, ua::TlsContexts contexts);

  // In the order in which they stand on each other; they go in the reverse order.
  std::string name_;
  std::string xcap_root_;
  card::CardSource source_;
  card::CardService card_;
  ub::CurlHttpClient http_;
  ub::AssociationManager associations_;
  std::shared_ptr<tls::SessionCache> sessions_;
  const ua::UaConfig& ua_;
  ua::TlsConnector connector_;
  std::unique_ptr<ua::Connector> plain_connector_;  // nullptr: TLS only
  ua::Gateway gateway_;
  pki::Enrolment enrolment_;
};

}  // namespace ut::daemon
