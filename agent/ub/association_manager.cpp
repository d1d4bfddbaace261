#include "agent/ub/association_manager.h"

#include "agent/audit.h"
#include "agent/flight.h"
#include "agent/gba/security_association.h"
#include "agent/gba/tmpi.h"
#include "agent/ub/back_off.h"
#include "agent/ub/bootstrap.h"
#include "agent/ub/card_keys.h"
#include "agent/ub/gba_u.h"
#include "agent/ub/lifetime_timer.h"
#include "base/log.h"
#include "isim/identity.h"

#include <malloc.h>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>

#include <algorithm>
#include <exception>
#include <map>
#include <new>
#include <utility>
#include <variant>
#include <vector>

namespace ut::ub {
namespace asio = boost::asio;
using ports::Association;
using ports::Task;

namespace {

using metrics::Family;
using metrics::Kind;
constexpr Family kRuns{"ut_agent_bootstrappings_total", Kind::counter,
                       "Bootstrapping runs that ended, by their outcome: done, taken-up from the "
                       "card, or the problem."};
constexpr Family kRunning{"ut_agent_bootstrapping_running", Kind::gauge, "1: a run is under way."};
constexpr Family kDurations{"ut_agent_bootstrapping_duration_seconds", Kind::histogram,
                            "How long bootstrapping runs took that ended well."};
constexpr Family kAssociations{"ut_agent_associations", Kind::gauge,
                               "1: there is a live security association."};
constexpr Family kSecondsLeft{"ut_agent_association_seconds_left", Kind::gauge,
                              "Until the security association ends; 0 without one."};
constexpr Family kDerived{"ut_agent_naf_keys_total", Kind::counter,
                          "Keys of NAFs that were derived or taken from memory, by outcome."};

// One run and all who wait for it.
struct RunFlight : Flight<Association> {
  using Flight::Flight;
  std::optional<ports::Subscriber> subscriber;  // once he is known
  bool network_changed = false;                 // since the run began
  bool repeated = false;
  SteadyTime begun{};
  ports::Cause cause{};
};
using FlightPtr = std::shared_ptr<RunFlight>;
using LiveOrFlight = std::variant<Association, FlightPtr>;

Task<Result<Association>> wait_for(Result<LiveOrFlight> source) {
  CO_TRY(auto found, std::move(source));
  if (auto* live = std::get_if<Association>(&found)) {
    co_return std::move(*live);
  }
  co_return co_await Flight<Association>::wait(std::get<FlightPtr>(std::move(found)),
                                               "wait for bootstrapping");
}

// The card has no EF_GBABP that this agent may read.
bool means_no_gbabp(ErrorCode code) {
  return code == ErrorCode::card_command_refused || code == ErrorCode::card_file_malformed ||
         code == ErrorCode::card_security_status;
}

Error error_of(const std::exception_ptr& exception) {
  try {
    std::rethrow_exception(exception);
  } catch (const std::bad_alloc&) {
    return {ErrorCode::locked_memory_unavailable, "bootstrapping"};
  } catch (const std::exception& e) {
    return {ErrorCode::system_call_failed, "bootstrapping", {}, e.what()};
  }
}

}  // namespace

class AssociationManager::State : public std::enable_shared_from_this<State> {
 public:
  State(asio::any_io_executor executor, UbConfig config, ports::CardService& card, HttpClient& http,
        const Clock& clock, RandomSource& random)
      : executor_(std::move(executor)),
        parts_{std::move(config), card, http, clock, random},
        back_off_(parts_.config, random),
        expiry_(executor_),
        keys_(executor_, card) {}

  // The live association; one that is near its end starts a renewal, so an agent that nobody uses
  // never renews.
  Association use(const ports::Cause& cause = {}) {
    const auto now = parts_.clock.steady();
    if (association_ && association_->expired(parts_.clock.utc(), now)) {
      drop("lifetime over");
    }
    if (association_ && now >= renew_at_ && !flight_ && back_off_.check(now)) {
      start(cause);
    }
    return association_;
  }

  // The live association or the run that makes it.
  Result<LiveOrFlight> live_or_flight(const ports::Cause& cause) {
    if (auto live = use(cause)) {
      return live;
    }
    return flight(cause);
  }

  // The same after a NAF refused `used`.
  Result<LiveOrFlight> newer_than(const Association& used, const ports::Cause& cause) {
    auto live = use(cause);
    if (live && live != used) {
      return live;
    }
    if (live && !flight_ && is_young(*live)) {
      return fail(ErrorCode::ua_backing_off, "bootstrapping renegotiation");
    }
    return flight(cause);
  }

  void subscriber_gone(std::uint64_t epoch) {
    if (flight_ && flight_->subscriber && flight_->subscriber->epoch == epoch) {
      // What this run still brings belongs to a card that has gone; the next caller starts afresh.
      std::exchange(flight_, nullptr)
          ->land(fail(ErrorCode::card_identity_changed, "bootstrapping"));
    }
    next_.reset();
    back_off_.reset();
    card_ = std::make_shared<CardGba>();
    may_take_up_ = true;
    if (association_ && association_->epoch() == epoch) {
      drop("card gone");
    }
  }

  void forget() {
    if (flight_) {
      // A key that is being made while all are deleted must not be there afterwards.
      std::exchange(flight_, nullptr)->land(fail(ErrorCode::ub_forgotten, "bootstrapping"));
    }
    next_.reset();
    back_off_.reset();
    may_take_up_ = false;
    if (association_) {
      if (association_->on_card()) {
        asio::co_spawn(executor_, erase(shared_from_this(), *subscriber_, association_->rand()),
                       asio::detached);
      }
      drop("asked to");
    }
  }

  void network_changed() {
    back_off_.network_changed();
    if (flight_) {
      flight_->network_changed = true;
      parts_.http.network_changed();
    }
  }

  void wipe() {
    next_.reset();
    if (association_) {
      drop("the agent ends");
    }
  }

  // The key of `association`; one that the card does not hold any more ends it.
  static Task<Result<gba::KsNaf>> ks_naf(std::shared_ptr<State> self, Association association,
                                         gba::NafId naf_id, ports::Cause cause) {
    auto key = co_await find_ks_naf(self, association, naf_id, cause);
    ports::audit("key.derived", cause,
                 {{"naf", naf_id.fqdn()},
                  {"ua", naf_id.ua().to_text()},
                  {"kind", association->key_kind()},
                  {"b_tid", log::personal("b_tid", association->b_tid())},
                  {"outcome", key ? "done" : name(key.error().code)}});
    ++self->derivations_[key ? "done" : name(key.error().code)];
    co_return key;
  }

  static Task<Result<gba::KsNaf>> find_ks_naf(std::shared_ptr<State> self, Association association,
                                              gba::NafId naf_id, ports::Cause cause) {
    if (auto key = association->ks_naf(naf_id)) {
      co_return *std::move(key);
    }
    if (association != self->association_) {
      co_return fail(ErrorCode::ub_gba_key_lost, "NAF derivation");
    }
    ports::Subscriber subscriber = *self->subscriber_;
    subscriber.cause = std::move(cause);
    auto key = co_await self->keys_.get(association, std::move(subscriber), std::move(naf_id));
    if (!key && key.error().code == ErrorCode::ub_gba_key_lost &&
        association == self->association_) {
      self->key_lost(key.error());
    }
    co_return key;
  }

  void add_listener(std::function<void(const std::string&)> listener) {
    listeners_.push_back(std::move(listener));
  }

  void measure(metrics::Page& page, std::string_view subscriber) const {
    for (const auto& [outcome, count] : outcomes_) {
      page.add(kRuns, {{"subscriber", subscriber}, {"outcome", outcome}}, count);
    }
    page.add(kRunning, {{"subscriber", subscriber}}, std::uint64_t{flight_ != nullptr});
    page.add(kDurations, {{"subscriber", subscriber}}, durations_);
    const bool live = association_ && !expired();
    page.add(kAssociations, {{"subscriber", subscriber}}, std::uint64_t{live});
    const auto left =
        live ? association_->deadline() - parts_.clock.steady() : SteadyTime::duration();
    page.add(kSecondsLeft, {{"subscriber", subscriber}},
             std::chrono::duration<double>(left).count());
    for (const auto& [outcome, count] : derivations_) {
      page.add(kDerived, {{"subscriber", subscriber}, {"outcome", outcome}}, count);
    }
  }

  UbStatus status() const {
    UbStatus status{.association = expired() ? nullptr : association_,
                    .running = flight_ != nullptr,
                    .runs = runs_,
                    .failures = failures_,
                    .last_failure = back_off_.cause()};
    if (status.last_failure) {
      const auto left = back_off_.until() - parts_.clock.steady();
      status.retry_in =
          std::max(std::chrono::ceil<std::chrono::seconds>(left), std::chrono::seconds::zero());
    }
    return status;
  }

 private:
  // The run under way or a new one.
  Result<LiveOrFlight> flight(const ports::Cause& cause) {
    if (!flight_) {
      TRY_VOID(back_off_.check(parts_.clock.steady()));
      start(cause);
    }
    return flight_;
  }

  // Made so lately that one NAF's refusal does not replace it. How old one from the card is, nobody
  // knows.
  bool is_young(const gba::SecurityAssociation& association) const {
    return !association.taken_up() &&
           parts_.clock.steady() < association.created() + parts_.config.min_age;
  }

  bool expired() const {
    return association_ && association_->expired(parts_.clock.utc(), parts_.clock.steady());
  }

  void start(const ports::Cause& cause) {
    flight_ = std::make_shared<RunFlight>(executor_);
    flight_->cause = cause;
    flight_->begun = parts_.clock.steady();
    begin_run(flight_);
  }

  void begin_run(const FlightPtr& begun) {
    ++runs_;
    asio::co_spawn(executor_, run(shared_from_this(), begun),
                   [self = shared_from_this(), flight = begun](std::exception_ptr exception,
                                                               Result<BootstrapResult> result) {
                     if (exception) {
                       result = std::unexpected(error_of(exception));
                     }
                     self->ended(flight, std::move(result));
                   });
  }

  static Task<Result<BootstrapResult>> run(std::shared_ptr<State> self, FlightPtr flight) {
    CO_TRY(auto subscriber, co_await self->parts_.card.subscriber());
    subscriber.cause = flight->cause;
    flight->subscriber = subscriber;
    BootstrapStart start;
    start.card = self->card_;
    CO_TRY(auto taken_up, co_await read_card(self, subscriber, start.card));
    if (taken_up) {
      co_return BootstrapResult{.association = std::move(taken_up)};
    }
    start.tmpi = co_await tmpi(self);
    start.next = std::exchange(self->next_, std::nullopt);
    std::function<bool()> wanted = [flight] { return !flight->landed(); };
    co_return co_await bootstrap(self->parts_, std::move(subscriber), std::move(start),
                                 std::move(wanted));
  }

  // Looks once an epoch at what the card holds of GBA_U: its room, and an association that an agent
  // before this one left there, which needs no bootstrapping; nullptr when there is none [UB-7].
  static Task<Result<Association>> read_card(std::shared_ptr<State> self,
                                             ports::Subscriber subscriber,
                                             std::shared_ptr<CardGba> card) {
    if (card->read || self->parts_.config.gba_mode == GbaMode::me ||
        !isim::offers_gba(*subscriber.identity)) {
      co_return nullptr;
    }
    auto stored = co_await self->parts_.card.stored_gba_bootstrapping(subscriber);
    if (!stored && !means_no_gbabp(stored.error().code)) {
      co_return std::unexpected(std::move(stored).error());
    }
    card->read = true;
    if (!stored) {
      log::warning("ub.gbabp_unreadable", {{"error", to_text(stored.error())}});
      co_return nullptr;
    }
    card->room = stored->room;
    if (!self->may_take_up_) {
      const auto rand = stored->content ? isim::Rand::from(stored->content->rand) : std::nullopt;
      if (rand) {
        co_await erase(self, std::move(subscriber), *rand);
      }
      co_return nullptr;
    }
    const auto now = self->parts_.clock.utc();
    auto found = read_card_association(stored->content, self->parts_.config.max_lifetime, now);
    if (!found) {
      log::info("ub.not_taken_up", {{"reason", found.error()}});
      co_return nullptr;
    }
    co_return std::make_shared<const gba::SecurityAssociation>(
        gba::SecurityAssociation::Parts{.b_tid = std::move(found->b_tid),
                                        .impi = subscriber.identity->impi,
                                        .rand = found->rand,
                                        .ks = std::nullopt,
                                        .taken_up = true,
                                        .epoch = subscriber.epoch,
                                        .created = self->parts_.clock.steady(),
                                        .expires = now + found->remaining,
                                        .remaining = found->remaining});
  }

  // The temporary identity while Ks lives and both sides know it; empty: the IMPI [UB-8].
  static Task<std::string> tmpi(std::shared_ptr<State> self) {
    const Association live = self->expired() ? nullptr : self->association_;
    const auto id = live ? gba::bsf_id(live->b_tid()) : std::nullopt;
    if (!id || !self->parts_.config.tmpi || !self->bsf_knows_tmpi_) {
      co_return std::string();
    }
    const auto key = co_await ks_naf(self, live, *id, {});
    if (!key) {
      co_return std::string();
    }
    co_return gba::tmpi(*key);
  }

  static Task<void> erase(std::shared_ptr<State> self, ports::Subscriber subscriber,
                          isim::Rand rand) {
    const auto erased =
        co_await self->parts_.card.erase_gba_bootstrapping(std::move(subscriber), rand);
    if (!erased) {
      log::warning("ub.not_erased", {{"error", to_text(erased.error())}});
    }
  }

  void ended(const FlightPtr& flight, Result<BootstrapResult> result) {
    if (flight_ == flight) {
      flight_ = nullptr;
    }
    if (!flight_) {
      parts_.http.disconnect();
    }
    if (flight->landed()) {
      return;
    }
    if (!result && is_network_failure(result.error().code) && flight->network_changed && !flight_ &&
        !std::exchange(flight->repeated, true)) {
      // It went the way that is no longer there. Those who wait need not ask again.
      flight_ = flight;
      begin_run(flight);
      return;
    }
    if (!result) {
      failed(result.error(), flight->cause);
      flight->land(std::unexpected(std::move(result).error()));
      return;
    }
    ++outcomes_[result->association->taken_up() ? "taken-up" : "done"];
    durations_.record(std::chrono::duration_cast<std::chrono::microseconds>(parts_.clock.steady() -
                                                                            flight->begun));
    succeeded(*flight->subscriber, *std::move(result));
    flight->land(association_);
  }

  void failed(const Error& error, const ports::Cause& cause) {
    ++failures_;
    ++outcomes_[name(error.code)];
    log::warning("ub.failed", {{"request_id", cause.id.view()}, {"error", to_text(error)}});
    // Card and PIN failures cost the network nothing and end with an event of their own.
    if (family(error.code) == ErrorFamily::ub) {
      back_off_.failed(error, parts_.clock.steady());
    }
  }

  void succeeded(const ports::Subscriber& subscriber, BootstrapResult result) {
    back_off_.reset();
    if (association_) {
      drop("replaced");
    }
    association_ = std::move(result.association);
    subscriber_ = subscriber;
    bsf_knows_tmpi_ = result.bsf_knows_tmpi;
    next_ = std::move(result.next);
    const auto lifetime = association_->deadline() - association_->created();
    // The last tenth to fifth of the lifetime, at most half an hour to an hour.
    const auto margin =
        std::min(std::chrono::duration_cast<std::chrono::milliseconds>(lifetime / 5),
                 std::chrono::milliseconds(std::chrono::hours(1)));
    renew_at_ = association_->deadline() - jittered(margin, 50, 100, parts_.random);
    log::info(association_->taken_up() ? "ub.taken_up" : "ub.bootstrapped",
              {{"request_id", subscriber.cause.id.view()},
               {"b_tid", log::personal("b_tid", association_->b_tid())},
               {"lifetime_s", std::chrono::duration_cast<std::chrono::seconds>(lifetime).count()},
               {"requests", result.requests},
               {"gba", association_->on_card() ? "u" : "me"}});
    watch_expiry();
    // XML, HTTP and the first handshake took memory that an idle agent need not keep.
    malloc_trim(0);
  }

  // Ks is not on the card, or another one is. A card that loses a key which was made a moment ago
  // would lose the next one too.
  void key_lost(const Error& error) {
    if (is_young(*association_)) {
      back_off_.failed(error, parts_.clock.steady());
    }
    drop("not on the card");
  }

  // The only timer: it deletes the keys at the end of their lifetime though nobody asks [KEY-3].
  void watch_expiry() {
    expiry_.wait(association_->deadline() - parts_.clock.steady(), [weak = weak_from_this()] {
      if (const auto self = weak.lock(); self && self->association_) {
        self->look_at_lifetime();
      }
    });
  }

  void look_at_lifetime() {
    if (expired()) {
      drop("lifetime over");
    } else {
      watch_expiry();  // the wall clock was set, within the lifetime
    }
  }

  void drop(std::string_view reason) {
    const Association gone = std::exchange(association_, nullptr);
    keys_.forget();
    bsf_knows_tmpi_ = false;
    expiry_.cancel();
    log::info("ub.association_gone",
              {{"b_tid", log::personal("b_tid", gone->b_tid())}, {"reason", reason}});
    for (const auto& listener : listeners_) {
      listener(gone->b_tid());
    }
  }

  asio::any_io_executor executor_;
  BootstrapParts parts_;
  BackOff back_off_;
  LifetimeTimer expiry_;
  std::vector<std::function<void(const std::string&)>> listeners_;
  Association association_;
  std::optional<ports::Subscriber> subscriber_;  // whose association it is
  CardKeys keys_;
  bool bsf_knows_tmpi_ = false;                                  // the one it came from
  std::shared_ptr<CardGba> card_ = std::make_shared<CardGba>();  // of this epoch
  bool may_take_up_ = true;                                      // what is on the card
  SteadyTime renew_at_{};
  std::optional<NextChallenge> next_;
  FlightPtr flight_;
  std::uint64_t runs_ = 0;
  std::uint64_t failures_ = 0;
  std::map<std::string_view, std::uint64_t> outcomes_;     // of runs; names are literals
  std::map<std::string_view, std::uint64_t> derivations_;  // likewise
  metrics::DurationHistogram durations_;
};

AssociationManager::AssociationManager(asio::any_io_executor executor, UbConfig config,
                                       ports::CardService& card, HttpClient& http,
                                       const Clock& clock, RandomSource& random)
    : state_(std::make_shared<State>(std::move(executor), std::move(config), card, http, clock,
                                     random)) {
  card.on_subscriber_gone([weak = std::weak_ptr(state_)](std::uint64_t epoch) {
    if (const auto state = weak.lock()) {
      state->subscriber_gone(epoch);
    }
  });
}

AssociationManager::~AssociationManager() = default;

Association AssociationManager::current() const {
  return state_->use();
}

Task<Result<Association>> AssociationManager::obtain(ports::Cause cause) {
  return wait_for(state_->live_or_flight(cause));
}

Task<Result<Association>> AssociationManager::renegotiate(Association used, ports::Cause cause) {
  return wait_for(state_->newer_than(used, cause));
}

Task<Result<gba::KsNaf>> AssociationManager::ks_naf(Association association, gba::NafId naf_id,
                                                    ports::Cause cause) {
  return State::ks_naf(state_, std::move(association), std::move(naf_id), std::move(cause));
}

void AssociationManager::on_association_gone(
    std::function<void(const std::string& b_tid)> listener) {
  state_->add_listener(std::move(listener));
}

void AssociationManager::forget() {
  state_->forget();
}

void AssociationManager::wipe() {
  state_->wipe();
}

void AssociationManager::network_changed() {
  state_->network_changed();
}

UbStatus AssociationManager::status() const {
  return state_->status();
}

void AssociationManager::measure(metrics::Page& page, std::string_view subscriber) const {
  state_->measure(page, subscriber);
}

}  // namespace ut::ub
