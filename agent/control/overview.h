// What this folder asks of the daemon: who the subscribers are, how the whole agent stands, and
// that it forgets keys.
#pragma once

#include "agent/ports.h"
#include "base/error.h"
#include "base/metrics.h"

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace ut::control {

// Identity and B-TID are personal data [KEY-6].
struct Overview {
  struct Card {
    std::string_view state = "starting";  // "ready", "card-absent", ...
    std::string reader{};                 // of the card; empty when there is none
    std::uint64_t epoch = 0;
    std::shared_ptr<const isim::Identity> identity{};
    std::optional<Error> last_error{};
  };
  struct Bootstrapping {
    bool running = false;
    std::uint64_t runs = 0;
    std::uint64_t failures = 0;
    std::optional<Error> last_failure{};  // since the last success or change of card
    std::chrono::seconds retry_in{};      // back-off left
  };
  struct Channels {
    std::size_t idle = 0;
    std::size_t in_use = 0;
    std::size_t waiting = 0;  // requests that wait for one
  };
  // How a NAF was reached last.
  struct Naf {
    std::string fqdn;
    std::uint16_t port = 443;
    std::string way;                       // "certificate", "psk TLSv1.3"; "plain http" [UA-10]
    std::vector<std::string> passed_over;  // "psk TLSv1.3: tls-psk-not-chosen"
  };
  // As local::ServerCounters.
  struct Sockets {
    std::size_t connections = 0;
    std::uint64_t accepted = 0;
    std::uint64_t turned_away = 0;
    std::uint64_t requests = 0;
    std::uint64_t denied = 0;
    std::uint64_t failed = 0;
  };

  struct Subscriber {
    std::string name{};  // of the configuration
    Card card{};
    ports::Association association{};  // nullptr: none
    Bootstrapping bootstrapping{};
    Channels channels{};
    std::size_t tls_sessions = 0;  // that may be resumed
    std::vector<Naf> nafs{};
  };

  std::vector<Subscriber> subscribers{};  // in the order of the configuration
  Sockets sockets{};
};

// Where one subscriber's keys come from, and where his documents are.
struct SubscriberPorts {
  std::string name{};
  ports::CardService* card = nullptr;
  ports::AssociationSource* associations = nullptr;
  std::string xcap_root{};  // that the configuration says; empty: none
};

class WholeAgent {
 public:
  virtual ~WholeAgent() = default;
  // As things stand: starts nothing and asks no card.
  virtual Overview overview() const = 0;
  // The same in numbers.
  virtual void measure(metrics::Page& page) const = 0;
  // Deletes the subscriber's security association, every key made from it and every TLS session and
  // channel that lives on one; requests under way end with ub_forgotten [KEY-3].
  virtual void forget(std::string_view subscriber) = 0;
};

}  // namespace ut::control
