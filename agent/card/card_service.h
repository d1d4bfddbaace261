// The card as the rest of the agent sees it: who the subscriber is, AUTHENTICATE, and the news that
// the card has gone.
#pragma once

#include "agent/card/alarm.h"
#include "agent/card/card_config.h"
#include "agent/card/card_jobs.h"
#include "agent/ports.h"
#include "base/metrics.h"
#include "isim/reader_watch.h"

#include <boost/asio/any_io_executor.hpp>

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

namespace ut::card {

enum class CardState : std::uint8_t {
  starting,             // the readers are not known yet
  service_unavailable,  // pcscd does not answer
  reader_absent,        // no reader matches
  card_absent,          // no card in any reader that matches
  card_mute,            // a card that does not answer
  card_present,         // a card whose identity has not been read, or could not be
  ready,                // the subscriber is known
};

// "card-absent"; stable.
std::string_view name(CardState state);

// For `status`. The identity is personal data.
struct CardStatus {
  CardState state = CardState::starting;
  std::string reader{};  // of the card; empty when there is none
  std::uint64_t epoch = 0;
  std::shared_ptr<const isim::Identity> identity{};
  std::optional<Error> last_error{};  // of the last operation on the card, if it failed
};

// Where cards come from: PC/SC, or a fake.
struct CardSource {
  std::unique_ptr<isim::ReaderWatch> watch;
  Connect connect;
};

// The readers and cards of pcscd.
CardSource pcsc_source(const CardConfig& config);

// One thread uses the card, one watches the readers; results and events are handed to `loop`, on
// which everything else happens. No call blocks the loop.
//
// The epoch ends, and the listeners of on_subscriber_gone are called, when the card leaves the
// reader, when the reader or pcscd goes, and when the card turns out to be another subscriber's. An
// operation on a card that is then in flight ends with card_removed.
class CardService final : public ports::CardService {
 public:
  CardService(const boost::asio::any_io_executor& loop, CardConfig config, CardSource source);
  CardService(boost::asio::any_io_executor loop, CardConfig config, CardSource source,
              Alarms alarms);
  // Stops both threads; waits for half a second when the card hangs. Who still waits gets
  // shutting_down.
  ~CardService() override;

  std::optional<ports::Subscriber> known_subscriber() const override;
  ports::Task<Result<ports::Subscriber>> subscriber() override;
  ports::Task<Result<isim::AkaOutcome>> authenticate(ports::Subscriber subscriber, isim::Rand rand,
                                                     isim::Autn autn) override;
  ports::Task<Result<isim::StoredGbaBootstrapping>> stored_gba_bootstrapping(
      ports::Subscriber subscriber) override;
  ports::Task<Result<isim::GbaBootstrappingOutcome>> gba_bootstrap(ports::Subscriber subscriber,
                                                                   isim::Rand rand,
                                                                   isim::Autn autn) override;
  ports::Task<Result<void>> store_gba_bootstrapping(ports::Subscriber subscriber,
                                                    isim::GbaBootstrapping bootstrapping) override;
  ports::Task<Result<void>> erase_gba_bootstrapping(ports::Subscriber subscriber,
                                                    isim::Rand rand) override;
  ports::Task<Result<isim::GbaDerivationOutcome>> gba_derive(ports::Subscriber subscriber,
                                                             isim::Rand rand, std::string b_tid,
                                                             Bytes naf_id) override;
  void on_subscriber_gone(std::function<void(std::uint64_t epoch)> listener) override;

  CardStatus status() const;
  // `subscriber` is his name in the configuration.
  void measure(metrics::Page& page, std::string_view subscriber) const;

 private:
  class Core;
  std::shared_ptr<Core> core_;
};

}  // namespace ut::card
