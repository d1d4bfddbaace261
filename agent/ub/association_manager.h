// The one security association of the present subscriber: made when it is needed, shared by all,
// renewed before it ends, gone when it must be [UB-9 UA-4 KEY-3].
#pragma once

#include "agent/ports.h"
#include "agent/ub/config.h"
#include "agent/ub/http_client.h"
#include "base/clock.h"
#include "base/metrics.h"
#include "base/random.h"

#include <boost/asio/any_io_executor.hpp>

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

namespace ut::ub {

// For status and logs; the B-TID is personal data.
struct UbStatus {
  ports::Association association{};  // nullptr: none
  bool running = false;              // a run is under way
  std::uint64_t runs = 0;            // that began
  std::uint64_t failures = 0;
  std::optional<Error> last_failure{};  // since the last success or change of card
  std::chrono::seconds retry_in{};      // back-off left
};

class AssociationManager final : public ports::AssociationSource {
 public:
  // Everything runs on the thread of `executor`. `card`, `http`, `clock` and `random` must outlive
  // the manager and the runs that it started.
  AssociationManager(boost::asio::any_io_executor executor, UbConfig config,
                     ports::CardService& card, HttpClient& http, const Clock& clock,
                     RandomSource& random);
  ~AssociationManager() override;

  ports::Association current() const override;
  ports::Task<Result<ports::Association>> obtain(ports::Cause cause = {}) override;
  ports::Task<Result<ports::Association>> renegotiate(ports::Association used,
                                                      ports::Cause cause = {}) override;
  ports::Task<Result<gba::KsNaf>> ks_naf(ports::Association association, gba::NafId naf_id,
                                         ports::Cause cause = {}) override;
  void on_association_gone(std::function<void(const std::string& b_tid)> listener) override;

  // Deletes the association and what is known for the next run, and ends the back-off. Who waits
  // for a run that is under way gets ub_forgotten, and what it still brings is thrown away. One
  // that is on the card is not taken up again: its B-TID is erased there, as soon as the card lets
  // that happen.
  void forget();

  // Deletes all that is in memory, as the agent ends; what is on the card stays there for the next
  // start (TS 33.220 annex G.1).
  void wipe();

  // This machine is in another network: a run that waits for the old one is made once more, and
  // back-off that came from the old one ends [UB-9].
  void network_changed();

  UbStatus status() const;
  // `subscriber` is his name in the configuration.
  void measure(metrics::Page& page, std::string_view subscriber) const;

 private:
  class State;
  std::shared_ptr<State> state_;
};

}  // namespace ut::ub
