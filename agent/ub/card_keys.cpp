#include "agent/ub/card_keys.h"

#include "agent/flight.h"
#include "agent/gba/security_association.h"

#include <boost/asio/co_spawn.hpp>

#include <exception>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <variant>

namespace ut::ub {
namespace asio = boost::asio;
using ports::Association;
using ports::Subscriber;
using ports::Task;

namespace {

// A NAF chooses the cipher suite, and with it the NAF_Id.
constexpr std::size_t kMaxKeys = 64;

std::unexpected<Error> key_lost() {
  return fail(ErrorCode::ub_gba_key_lost, "NAF derivation");
}

using FlightPtr = std::shared_ptr<Flight<void>>;  // an operation of the card

}  // namespace

class CardKeys::State : public std::enable_shared_from_this<State> {
 public:
  State(asio::any_io_executor executor, ports::CardService& card)
      : executor_(std::move(executor)), card_(card) {}

  static Task<Result<gba::KsNaf>> get(std::shared_ptr<State> self, Association association,
                                      Subscriber subscriber, gba::NafId naf_id) {
    self->serve(association);
    if (auto key = self->known(naf_id)) {
      co_return *std::move(key);
    }
    const FlightPtr flight = self->flight(std::move(subscriber), naf_id);
    CO_TRY_VOID(co_await Flight<void>::wait(flight, "wait for the card"));
    auto key = self->of_ == association ? self->known(naf_id) : std::nullopt;
    if (!key) {
      co_return key_lost();
    }
    co_return *std::move(key);
  }

  void forget() {
    of_ = nullptr;
    keys_.clear();
    for (const auto& [naf_id, flight] : std::exchange(flights_, {})) {
      flight->land(key_lost());
    }
  }

 private:
  void serve(const Association& association) {
    if (of_ != association) {
      forget();
      of_ = association;
    }
  }

  std::optional<gba::KsNaf> known(const gba::NafId& naf_id) const {
    const auto found = keys_.find(naf_id);
    return found == keys_.end() ? std::nullopt : std::optional(found->second.clone());
  }

  FlightPtr flight(Subscriber subscriber, const gba::NafId& naf_id) {
    if (const auto found = flights_.find(naf_id); found != flights_.end()) {
      return found->second;
    }
    const auto flight = std::make_shared<Flight<void>>(executor_);
    flights_.emplace(naf_id, flight);
    asio::co_spawn(executor_, derive(shared_from_this(), of_, std::move(subscriber), naf_id),
                   [self = shared_from_this(), flight, naf_id](std::exception_ptr exception,
                                                               Result<void> result) {
                     if (exception) {
                       result = fail(ErrorCode::locked_memory_unavailable, "NAF derivation");
                     }
                     self->landed(flight, naf_id, std::move(result));
                   });
    return flight;
  }

  static Task<Result<void>> derive(std::shared_ptr<State> self, Association association,
                                   Subscriber subscriber, gba::NafId naf_id) {
    CO_TRY(auto outcome, co_await self->card_.gba_derive(std::move(subscriber), association->rand(),
                                                         association->b_tid(), naf_id.octets()));
    auto* derived = std::get_if<isim::GbaNafDerived>(&outcome);
    if (derived == nullptr || self->of_ != association) {
      co_return key_lost();
    }
    if (self->keys_.size() >= kMaxKeys) {
      self->keys_.clear();
    }
    self->keys_.insert_or_assign(naf_id, *gba::KsNaf::from(derived->ks_ext_naf.expose()));
    co_return Result<void>{};
  }

  void landed(const FlightPtr& flight, const gba::NafId& naf_id, Result<void> result) {
    const auto found = flights_.find(naf_id);
    if (found != flights_.end() && found->second == flight) {
      flights_.erase(found);
    }
    flight->land(std::move(result));
  }

  asio::any_io_executor executor_;
  ports::CardService& card_;
  Association of_;  // whose keys these are
  std::map<gba::NafId, gba::KsNaf> keys_;
  std::map<gba::NafId, FlightPtr> flights_;
};

CardKeys::CardKeys(asio::any_io_executor executor, ports::CardService& card)
    : state_(std::make_shared<State>(std::move(executor), card)) {}

Task<Result<gba::KsNaf>> CardKeys::get(Association association, Subscriber subscriber,
                                       gba::NafId naf_id) {
  return State::get(state_, std::move(association), std::move(subscriber), std::move(naf_id));
}

void CardKeys::forget() {
  state_->forget();
}

}  // namespace ut::ub
