#include "agent/card/card_service.h"

#include "agent/audit.h"
#include "agent/card/card_counters.h"
#include "agent/card/card_thread.h"
#include "agent/card/flight.h"
#include "agent/card/held_card.h"
#include "agent/card/pin_latch.h"
#include "base/log.h"
#include "isim/identity.h"
#include "isim/pcsc/pcsc_transport.h"
#include "isim/pcsc/reader_monitor.h"

#include <boost/asio/post.hpp>

#include <algorithm>
#include <mutex>
#include <thread>
#include <utility>
#include <vector>

namespace ut::card {
namespace {

namespace asio = boost::asio;
using isim::AkaOutcome;
using isim::ReaderPicture;
using isim::ReaderState;
using ports::Subscriber;
using ports::Task;

constexpr std::chrono::milliseconds kWatchRound{60'000};
// For one caller; a doubt may arise while the card is looked at.
constexpr int kLooks = 2;

constexpr metrics::Family kPresent{"ut_agent_card_present", metrics::Kind::gauge,
                                   "1: a card that answers is in a reader that matches."};
constexpr metrics::Family kReady{"ut_agent_card_ready", metrics::Kind::gauge,
                                 "1: the subscriber of the card is known."};

// The way from the other threads to the loop, shut before the loop goes: a card that hangs may give
// its thread back long after.
class Outlet {
 public:
  explicit Outlet(asio::any_io_executor loop) : loop_(std::move(loop)) {}

  template <class Handler>
  void post(Handler handler) {
    const std::lock_guard lock(mutex_);
    if (loop_) {
      asio::post(*loop_, std::move(handler));
    }
  }

  void shut() {
    const std::lock_guard lock(mutex_);
    loop_.reset();
  }

 private:
  std::mutex mutex_;
  std::optional<asio::any_io_executor> loop_;
};

// The REFRESH that jobs have answered, until the loop is told. Used on the card thread alone.
class RefreshNote final : public isim::RefreshListener {
 public:
  void on_refresh(const isim::Refresh& refresh) override {
    log::info("card.refresh",
              {{"mode", isim::name(refresh.mode)}, {"files", refresh.files.size()}});
    told_ = true;
  }
  bool take() { return std::exchange(told_, false); }

 private:
  bool told_ = false;
};

// The latch, with a record of each PIN that it lets out. Used on the card thread alone.
class RecordedPin final : public isim::PinGuard {
 public:
  RecordedPin(std::filesystem::path latch_file, std::string pin_source)
      : latch_(std::move(latch_file), std::move(pin_source)) {}

  // Of the job that begins; none: the agent itself looks at the card.
  void begin(ports::Cause cause) { cause_ = std::move(cause); }
  // The job is over. A PIN of which no success was told was not accepted.
  void end() {
    if (std::exchange(sent_, false)) {
      record("not accepted");
    }
    cause_ = {};
  }

  Result<void> before_verify(const std::string& iccid, unsigned tries_left) override {
    TRY_VOID(latch_.before_verify(iccid, tries_left));
    sent_ = true;
    iccid_ = log::personal("iccid", iccid);
    return {};
  }
  void after_success(const std::string& iccid) override {
    latch_.after_success(iccid);
    sent_ = false;
    record("accepted");
  }

 private:
  void record(std::string_view outcome) {
    ports::audit("card.pin", cause_, {{"iccid", iccid_}, {"outcome", outcome}});
  }

  PinLatch latch_;
  ports::Cause cause_{};
  std::string iccid_{};
  bool sent_ = false;
};

// What the jobs use; they share it, as one may outlive the service.
struct Backend {
  Backend(CardConfig given, const Connect& uncounted)
      : config(std::move(given)),
        pin(config.pin_latch_file, config.pin_source),
        connect(counted(uncounted, counters)),
        held(connect) {
    if (config.exclusive) {
      job.connect = [this](const std::string& reader) { return held.connect(reader); };
    } else {
      job.connect = connect;
    }
    job.session.pin = config.pin.empty() ? nullptr : &config.pin;
    job.session.min_pin_tries = config.min_pin_tries;
    job.session.pin_guard = &pin;
    job.session.refresh_listener = config.toolkit ? &refreshes : nullptr;
    job.policy = config.application;
    job.iccid = config.iccid;
  }

  CardConfig config;
  std::shared_ptr<CardCounters> counters = std::make_shared<CardCounters>();
  RecordedPin pin;
  Connect connect;
  HeldCard held;  // in mode exclusive
  RefreshNote refreshes;
  JobContext job;
};

// What a job on the subscriber's card is given.
struct Operation {
  const JobContext& context;
  const std::string& reader;
  const isim::Identity& identity;
  CardCounters& counters;
  const ports::Cause& cause;
};

// `result`, counted and recorded.
template <class T>
Result<T> told(const Operation& on, Authentication what, Result<T> result) {
  const auto outcome = outcome_of(result);
  on.counters.authenticated(what, outcome);
  ports::audit("card.authenticate", on.cause,
               {{"context", name(what)},
                {"impi", log::personal("impi", on.identity.impi)},
                {"outcome", result ? name(outcome) : name(result.error().code)}});
  return result;
}

// The card whose identity was read cannot be used any more.
bool means_gone(ErrorCode code) {
  return code == ErrorCode::card_removed || code == ErrorCode::card_absent ||
         code == ErrorCode::card_reader_absent || code == ErrorCode::card_service_unavailable ||
         code == ErrorCode::card_identity_changed || code == ErrorCode::card_no_isim ||
         code == ErrorCode::card_not_chosen;
}

// After these another card may sit under the same reader, and no event tells it [IS-6].
bool means_doubt(ErrorCode code) {
  return code == ErrorCode::card_transport || code == ErrorCode::card_mute ||
         code == ErrorCode::card_reset;
}

// Of whom keys were made is still who he was.
bool same_subscriber(const isim::Identity& a, const isim::Identity& b) {
  return a.iccid == b.iccid && a.application == b.application && a.impi == b.impi;
}

const ReaderState* find_reader(const ReaderPicture& picture, const std::string& name) {
  const auto found = std::ranges::find(picture.readers, name, &ReaderState::name);
  return found == picture.readers.end() ? nullptr : &*found;
}

// Why there is no card to use; nullopt when there is one.
std::optional<Error> obstacle(const ReaderPicture& picture) {
  if (!picture.service) {
    return Error{ErrorCode::card_service_unavailable, "readers"};
  }
  if (picture.readers.empty()) {
    return Error{ErrorCode::card_reader_absent, "readers"};
  }
  if (std::ranges::any_of(picture.readers, &ReaderState::card)) {
    return std::nullopt;
  }
  if (std::ranges::any_of(picture.readers, &ReaderState::mute)) {
    return Error{ErrorCode::card_mute, "readers"};
  }
  return Error{ErrorCode::card_absent, "readers"};
}

}  // namespace

// Everything but the marked members is used on the loop thread alone.
class CardService::Core : public std::enable_shared_from_this<CardService::Core> {
 public:
  Core(asio::any_io_executor loop, CardConfig config, CardSource source, Alarms alarms)
      : loop_(std::move(loop)),
        alarms_(std::move(alarms)),
        outlet_(std::make_shared<Outlet>(loop_)),
        backend_(std::make_shared<Backend>(std::move(config), std::move(source.connect))),
        watch_(std::move(source.watch)),
        picture_changed_(std::make_shared<Signal>(loop_)) {}

  void start() {
    card_thread_.emplace();
    watch_->nudge();  // the first picture at once
    watch_thread_ = start_thread([watch = watch_.get(), outlet = outlet_, core = weak_from_this()] {
      ReaderPicture known;
      while (true) {
        auto picture = watch->wait(known, kWatchRound);
        if (!picture) {
          return;
        }
        known = *std::move(picture);
        outlet->post([core, known] {
          if (const auto self = core.lock()) {
            self->on_picture(known);
          }
        });
      }
    });
  }

  void stop() {
    stopped_ = true;
    outlet_->shut();
    watch_->cancel();
    trust_.reset();
    card_thread_.reset();
    watch_thread_.join();
    fail_flights(Error{ErrorCode::shutting_down, "card service"});
    picture_changed_->raise();
  }

  std::optional<Subscriber> known_subscriber() const {
    if (stopped_ || !settled() || !present_ || in_doubt_) {
      return std::nullopt;
    }
    return present_->subscriber;
  }

  static Task<Result<Subscriber>> subscriber(std::shared_ptr<Core> self) {
    co_await self->settle(self);
    if (self->stopped_) {
      co_return fail(ErrorCode::shutting_down, "card service");
    }
    for (int looks = 0; self->present_ && self->in_doubt_ && looks < kLooks; ++looks) {
      const std::uint64_t doubts = self->doubts_;
      const auto look = self->look();
      co_await Flight<bool>::wait(look);
      const auto* same = look->result();
      if (same == nullptr || self->stopped_) {
        co_return fail(ErrorCode::shutting_down, "card service");
      }
      if (!*same && self->present_) {
        // No key is used for a card of which nobody knows whose it is [IS-6].
        co_return std::unexpected(same->error());
      }
      if (doubts == self->doubts_) {
        break;
      }
    }
    if (self->present_) {
      co_return self->present_->subscriber;
    }
    if (!self->picture_) {
      co_return fail(ErrorCode::card_service_unavailable, "readers");
    }
    if (auto error = obstacle(*self->picture_)) {
      co_return std::unexpected(*std::move(error));
    }
    const auto flight = self->identify();
    co_await Flight<Identified>::wait(flight);
    const auto* result = flight->result();
    if (result == nullptr) {
      co_return fail(ErrorCode::shutting_down, "card service");
    }
    if (!*result) {
      co_return std::unexpected(result->error());
    }
    if (!self->present_) {  // gone between the result and this
      co_return fail(ErrorCode::card_removed, "card service");
    }
    co_return self->present_->subscriber;
  }

  // Runs `job` on the card of `subscriber`, by its reader.
  template <class T>
  static Task<Result<T>> operate(std::shared_ptr<Core> self, Subscriber subscriber,
                                 std::function<Result<T>(const Operation&)> job) {
    if (self->stopped_) {
      co_return fail(ErrorCode::shutting_down, "card service");
    }
    if (!self->present_ || self->present_->subscriber.epoch != subscriber.epoch) {
      const bool empty = !self->picture_ || obstacle(*self->picture_).has_value();
      co_return fail(empty ? ErrorCode::card_removed : ErrorCode::card_identity_changed,
                     "card service");
    }
    const std::uint64_t doubts = self->doubts_;
    const auto flight = self->launch<T>([backend = self->backend_, job = std::move(job),
                                         reader = self->present_->reader.name,
                                         identity = subscriber.identity, cause = subscriber.cause] {
      backend->pin.begin(cause);
      return job({.context = backend->job,
                  .reader = reader,
                  .identity = *identity,
                  .counters = *backend->counters,
                  .cause = cause});
    });
    std::erase_if(self->operations_, [](const auto& old) { return old.expired(); });
    self->operations_.push_back(flight);
    co_await Flight<T>::wait(flight);
    auto* result = flight->result();
    if (result == nullptr) {
      co_return fail(ErrorCode::shutting_down, "card service");
    }
    if (!*result) {
      self->judge(subscriber.epoch, result->error());
      co_return std::unexpected(result->error());
    }
    self->last_error_.reset();
    if (self->present_ && self->epoch_ == subscriber.epoch && self->doubts_ == doubts) {
      self->trust();
    }
    co_return std::move(*result);
  }

  void add_listener(std::function<void(std::uint64_t)> listener) {
    listeners_.push_back(std::move(listener));
  }

  void measure(metrics::Page& page, std::string_view subscriber) const {
    const auto state = status().state;
    page.add(kPresent, {{"subscriber", subscriber}},
             std::uint64_t{state == CardState::card_present || state == CardState::ready});
    page.add(kReady, {{"subscriber", subscriber}}, std::uint64_t{state == CardState::ready});
    backend_->counters->measure(page, subscriber);
  }

  CardStatus status() const {
    CardStatus status;
    status.epoch = epoch_;
    status.last_error = last_error_;
    if (!picture_) {
      return status;
    }
    if (present_) {
      status.state = CardState::ready;
      status.reader = present_->reader.name;
      status.identity = present_->subscriber.identity;
      return status;
    }
    const auto error = obstacle(*picture_);
    if (!error) {
      status.state = CardState::card_present;
      status.reader = std::ranges::find_if(picture_->readers, &ReaderState::card)->name;
    } else if (error->code == ErrorCode::card_service_unavailable) {
      status.state = CardState::service_unavailable;
    } else if (error->code == ErrorCode::card_reader_absent) {
      status.state = CardState::reader_absent;
    } else if (error->code == ErrorCode::card_mute) {
      status.state = CardState::card_mute;
    } else {
      status.state = CardState::card_absent;
    }
    return status;
  }

 private:
  using Anew = std::shared_ptr<const isim::Identity>;  // as it was read once more
  struct Present {
    ReaderState reader;
    Subscriber subscriber;
  };

  // There is a picture, and of a service that answers.
  bool settled() const { return picture_ && picture_->service; }

  // Waits, not for long, for the first picture, and for a service that did not answer a moment ago.
  Task<void> settle(std::shared_ptr<Core> self) {
    if (self->settled()) {
      co_return;
    }
    self->watch_->nudge();
    const auto changed = self->picture_changed_;
    const auto limit =
        self->alarms_(self->backend_->config.service_grace, [changed] { changed->raise(); });
    co_await changed->wait();
  }

  // Starts `job` on the card thread. Its caller is answered by the deadline, even if the card
  // hangs. Those who wait and the deadline own the flight: the card thread must not, as a flight
  // may be destroyed on the loop thread alone.
  template <class T>
  std::shared_ptr<Flight<T>> launch(std::function<Result<T>()> job,
                                    std::function<void(const Result<T>&)> on_landed = {}) {
    const auto flight = std::make_shared<Flight<T>>(loop_, std::move(on_landed));
    if (stuck_ > 0) {
      flight->land(fail(ErrorCode::card_mute, "card thread"));
      return flight;
    }
    const auto given_up = std::make_shared<bool>(false);
    flight->set_deadline(
        alarms_(backend_->config.job_timeout, [core = weak_from_this(), flight, given_up] {
          const auto self = core.lock();
          if (!self || flight->landed()) {
            return;
          }
          *given_up = true;
          ++self->stuck_;
          flight->land(fail(ErrorCode::card_mute, "card thread",
                            "no answer in time: it hangs, or another program keeps it"));
        }));
    card_thread_->post([core = weak_from_this(), outlet = outlet_, given_up, job = std::move(job),
                        landing = std::weak_ptr<Flight<T>>(flight), backend = backend_] {
      auto done = std::make_shared<Result<T>>(job());
      backend->pin.end();
      outlet->post([core, given_up, landing, result = std::move(done),
                    refreshed = backend->refreshes.take()] {
        const auto self = core.lock();
        if (self && *given_up) {
          self->unstick();
        }
        if (const auto landed = landing.lock()) {
          landed->land(std::move(*result));
        }
        if (self && refreshed && !self->stopped_) {
          self->refreshed();
        }
        if (self) {
          self->just_read_anew_ = false;
        }
      });
    });
    return flight;
  }

  void unstick() {
    if (--stuck_ == 0) {
      log::info("card.answers_again");
      if (present_ && in_doubt_) {
        look();
      }
    }
  }

  // Reads the identity of the card that is there; callers share the flight.
  std::shared_ptr<Flight<Identified>> identify() {
    if (identifying_) {
      return identifying_;
    }
    std::vector<std::string> names;
    for (const ReaderState& reader : picture_->readers) {
      if (reader.card) {
        names.push_back(reader.name);
      }
    }
    const auto flight = launch<Identified>(
        [backend = backend_, names] { return card::identify(backend->job, names); },
        [core = weak_from_this(), before = *picture_](const Result<Identified>& result) {
          if (const auto self = core.lock(); self && !self->stopped_) {
            self->accept(result, before);
          }
        });
    if (!flight->landed()) {
      identifying_ = flight;
    }
    return flight;
  }

  // Makes the card that was read the present one, unless it has changed since `picture`.
  void accept(const Result<Identified>& result, const ReaderPicture& picture) {
    identifying_.reset();
    if (!result) {
      last_error_ = result.error();
      log::warning("card.not_read",
                   {{"problem", name(result.error().code)}, {"error", to_text(result.error())}});
      return;
    }
    const ReaderState* before = find_reader(picture, result->reader);
    const ReaderState* now = find_reader(*picture_, result->reader);
    if (before == nullptr || now == nullptr || !now->same_card(*before)) {
      return;
    }
    last_error_.reset();
    present_ = Present{*now, Subscriber{epoch_, result->identity}};
    trust();
    log::info("card.subscriber", {{"reader", result->reader},
                                  {"iccid", log::personal("iccid", result->identity->iccid)},
                                  {"impi", log::personal("impi", result->identity->impi)},
                                  {"epoch", epoch_}});
  }

  void on_picture(ReaderPicture picture) {
    if (stopped_) {
      return;
    }
    picture_ = std::move(picture);
    log::debug("card.readers",
               {{"service", picture_->service}, {"readers", picture_->readers.size()}});
    if (present_) {
      const ReaderState* now = find_reader(*picture_, present_->reader.name);
      if (now == nullptr || !now->same_card(present_->reader)) {
        end_epoch(ErrorCode::card_removed);
      }
    }
    std::exchange(picture_changed_, std::make_shared<Signal>(loop_))->raise();
  }

  // What an error of an operation says about the subscriber.
  void judge(std::uint64_t epoch, const Error& error) {
    last_error_ = error;
    if (!present_ || epoch != epoch_) {
      return;
    }
    if (means_gone(error.code)) {
      end_epoch(error.code);
    } else if (means_doubt(error.code)) {
      doubt();
      if (stuck_ == 0) {
        look();
      }
    }
  }

  // The card asked for a REFRESH: what was read of it is read anew, and nothing is done for the
  // subscriber before (TS 102 223 clause 6.4.7) [KEY-3].
  void refreshed() {
    if (!present_) {
      return;
    }
    read_anew_ = true;
    doubt();
    // A card that asks once more while it is read anew is read again at the next use: it may not
    // keep us at it for ever.
    if (stuck_ == 0 && !just_read_anew_) {
      look();
    }
  }

  // Something happened that may have hidden a change of the card. It is looked at before the next
  // use of anything that was made with it; callers who come at once wait for that.
  void doubt() {
    in_doubt_ = true;
    ++doubts_;
  }

  // The card has just been seen to be the subscriber's.
  void trust() {
    trust_.reset();
    in_doubt_ = false;
    if (backend_->config.exclusive) {
      return;  // only our own commands can have made it die, and they tell
    }
    const std::chrono::milliseconds age = backend_->config.look_again;
    if (age == std::chrono::milliseconds::zero()) {
      in_doubt_ = true;
      return;
    }
    trust_ = alarms_(age, [core = weak_from_this()] {
      if (const auto self = core.lock(); self && self->present_) {
        self->doubt();
      }
    });
  }

  // Reads the card's ICCID and compares, after a REFRESH its whole identity; callers share the
  // flight.
  std::shared_ptr<Flight<bool>> look() {
    if (looking_) {
      return looking_;
    }
    const auto anew = read_anew_ ? std::make_shared<Anew>() : nullptr;
    const auto flight = launch<bool>(
        [backend = backend_, reader = present_->reader.name, known = present_->subscriber.identity,
         anew]() -> Result<bool> {
          if (!anew) {
            return card::same_card(backend->job, reader, known->iccid);
          }
          TRY(const auto found, card::identify(backend->job, {reader}));
          *anew = found.identity;
          return same_subscriber(*found.identity, *known);
        },
        [core = weak_from_this(), epoch = epoch_, doubts = doubts_,
         anew](const Result<bool>& same) {
          if (const auto self = core.lock(); self && !self->stopped_) {
            self->looking_.reset();
            self->just_read_anew_ = anew != nullptr;
            if (self->present_ && epoch == self->epoch_) {
              if (same && *same && anew) {
                self->present_->subscriber.identity = *anew;
                self->read_anew_ = false;
              }
              self->compare(same, doubts);
            }
          }
        });
    if (!flight->landed()) {
      looking_ = flight;
    }
    return flight;
  }

  void compare(const Result<bool>& same, std::uint64_t doubts) {
    if (same && !*same) {
      end_epoch(ErrorCode::card_identity_changed);
    } else if (same) {
      if (doubts == doubts_) {
        trust();
      }
    } else if (means_gone(same.error().code)) {
      end_epoch(same.error().code);
    } else {
      last_error_ = same.error();  // the doubt stays
    }
  }

  void end_epoch(ErrorCode reason) {
    const std::uint64_t ended = epoch_++;
    present_.reset();
    in_doubt_ = false;
    read_anew_ = false;
    trust_.reset();
    if (backend_->config.exclusive) {
      card_thread_->post([backend = backend_] { backend->held.release(); });
    }
    log::info("card.subscriber_gone", {{"epoch", ended}, {"reason", name(reason)}});
    const auto listeners = listeners_;
    for (const auto& listener : listeners) {
      listener(ended);
    }
    fail_flights(Error{reason, "card service"});
  }

  void fail_flights(const Error& reason) {
    if (const auto flight = std::exchange(identifying_, nullptr)) {
      flight->land(std::unexpected(reason));
    }
    if (const auto flight = std::exchange(looking_, nullptr)) {
      flight->land(std::unexpected(reason));
    }
    for (const auto& waiting : std::exchange(operations_, {})) {
      if (const auto flight = waiting.lock()) {
        flight->fail(reason);
      }
    }
  }

  asio::any_io_executor loop_;
  Alarms alarms_;
  std::shared_ptr<Outlet> outlet_;            // used by all threads
  std::shared_ptr<Backend> backend_;          // its job context is used on the card thread
  std::unique_ptr<isim::ReaderWatch> watch_;  // wait() on the watch thread
  std::optional<CardThread> card_thread_{};
  std::thread watch_thread_{};

  bool stopped_ = false;
  std::optional<ReaderPicture> picture_{};
  std::shared_ptr<Signal> picture_changed_;
  std::uint64_t epoch_ = 1;
  std::optional<Present> present_{};
  std::shared_ptr<Flight<Identified>> identifying_{};
  bool read_anew_ = false;  // what is known of the card may be wrong since a REFRESH
  bool just_read_anew_ = false;
  bool in_doubt_ = false;     // whether the card in the reader is still the subscriber's
  std::uint64_t doubts_ = 0;  // that arose so far
  std::unique_ptr<Alarm> trust_{};
  std::shared_ptr<Flight<bool>> looking_{};
  std::vector<std::weak_ptr<AnyFlight>> operations_{};
  unsigned stuck_ = 0;  // jobs that were given up and have not ended
  std::optional<Error> last_error_{};
  std::vector<std::function<void(std::uint64_t)>> listeners_{};
};

std::string_view name(CardState state) {
  switch (state) {
    case CardState::starting:
      return "starting";
    case CardState::service_unavailable:
      return "service-unavailable";
    case CardState::reader_absent:
      return "reader-absent";
    case CardState::card_absent:
      return "card-absent";
    case CardState::card_mute:
      return "card-mute";
    case CardState::card_present:
      return "card-present";
    case CardState::ready:
      return "ready";
  }
  return "starting";
}

CardSource pcsc_source(const CardConfig& config) {
  return {isim::pcsc::watch_readers(config.reader_patterns),
          config.exclusive ? isim::pcsc::PcscTransport::connect_exclusively
                           : isim::pcsc::PcscTransport::connect};
}

CardService::CardService(const asio::any_io_executor& loop, CardConfig config, CardSource source)
    : CardService(loop, std::move(config), std::move(source), steady_alarms(loop)) {}

CardService::CardService(asio::any_io_executor loop, CardConfig config, CardSource source,
                         Alarms alarms)
    : core_(std::make_shared<Core>(std::move(loop), std::move(config), std::move(source),
                                   std::move(alarms))) {
  core_->start();
}

CardService::~CardService() {
  core_->stop();
}

std::optional<Subscriber> CardService::known_subscriber() const {
  return core_->known_subscriber();
}

Task<Result<Subscriber>> CardService::subscriber() {
  return Core::subscriber(core_);
}

Task<Result<AkaOutcome>> CardService::authenticate(Subscriber subscriber, isim::Rand rand,
                                                   isim::Autn autn) {
  return Core::operate<AkaOutcome>(core_, std::move(subscriber), [rand, autn](const Operation& on) {
    return told(on, Authentication::ims_aka,
                card::authenticate(on.context, on.reader, on.identity, rand, autn));
  });
}

Task<Result<isim::StoredGbaBootstrapping>> CardService::stored_gba_bootstrapping(
    Subscriber subscriber) {
  return Core::operate<isim::StoredGbaBootstrapping>(
      core_, std::move(subscriber), [](const Operation& on) {
        return card::stored_gba_bootstrapping(on.context, on.reader, on.identity);
      });
}

Task<Result<isim::GbaBootstrappingOutcome>> CardService::gba_bootstrap(Subscriber subscriber,
                                                                       isim::Rand rand,
                                                                       isim::Autn autn) {
  return Core::operate<isim::GbaBootstrappingOutcome>(
      core_, std::move(subscriber), [rand, autn](const Operation& on) {
        return told(on, Authentication::gba_bootstrapping,
                    card::gba_bootstrap(on.context, on.reader, on.identity, rand, autn));
      });
}

Task<Result<void>> CardService::store_gba_bootstrapping(Subscriber subscriber,
                                                        isim::GbaBootstrapping bootstrapping) {
  return Core::operate<void>(core_, std::move(subscriber),
                             [bootstrapping = std::move(bootstrapping)](const Operation& on) {
                               return card::store_gba_bootstrapping(on.context, on.reader,
                                                                    on.identity, bootstrapping);
                             });
}

Task<Result<void>> CardService::erase_gba_bootstrapping(Subscriber subscriber, isim::Rand rand) {
  return Core::operate<void>(core_, std::move(subscriber), [rand](const Operation& on) {
    return card::erase_gba_bootstrapping(on.context, on.reader, on.identity, rand);
  });
}

Task<Result<isim::GbaDerivationOutcome>> CardService::gba_derive(Subscriber subscriber,
                                                                 isim::Rand rand, std::string b_tid,
                                                                 Bytes naf_id) {
  return Core::operate<isim::GbaDerivationOutcome>(
      core_, std::move(subscriber),
      [rand, b_tid = std::move(b_tid), naf_id = std::move(naf_id)](const Operation& on) {
        return told(on, Authentication::gba_derivation,
                    card::gba_derive(on.context, on.reader, on.identity, rand, b_tid, naf_id));
      });
}

void CardService::on_subscriber_gone(std::function<void(std::uint64_t epoch)> listener) {
  core_->add_listener(std::move(listener));
}

CardStatus CardService::status() const {
  return core_->status();
}

void CardService::measure(metrics::Page& page, std::string_view subscriber) const {
  core_->measure(page, subscriber);
}

}  // namespace ut::card
