#include "agent/card/card_service.h"

#include "isim/identity.h"
#include "tests/support/catch.h"
#include "tests/support/fake_card_source.h"
#include "tests/support/vectors.h"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>

#include <algorithm>
#include <chrono>
#include <exception>
#include <list>
#include <memory>
#include <string>
#include <utility>
#include <vector>

using namespace ut;
using namespace std::chrono_literals;
using card::CardState;
using isim::AkaOutcome;
using ports::Subscriber;

namespace {

const isim::Rand kRand = *isim::Rand::from(Bytes(16, 0x11));
const isim::Autn kAutn = *isim::Autn::from(Bytes(16, 0x22));
constexpr const char* kReader = "Reader 00 00";

// A clock that the test moves: time that passes on the machine means nothing.
class FakeAlarms {
 public:
  card::Alarms alarms() {
    return [this](std::chrono::milliseconds delay, std::function<void()> then) {
      entries_->push_back({delay, std::move(then)});
      return std::make_unique<Handle>(entries_, std::prev(entries_->end()));
    };
  }

  // Lets all the time pass that waits of this length wait for.
  void ring(std::chrono::milliseconds delay) {
    std::vector<std::function<void()>> due;
    for (auto& entry : *entries_) {
      if (entry.delay == delay && entry.then) {
        due.push_back(std::exchange(entry.then, nullptr));
      }
    }
    for (const auto& then : due) {
      then();
    }
  }

  std::size_t pending(std::chrono::milliseconds delay) const {
    return static_cast<std::size_t>(std::ranges::count_if(
        *entries_, [&](const auto& entry) { return entry.delay == delay && entry.then; }));
  }

 private:
  struct Entry {
    std::chrono::milliseconds delay;
    std::function<void()> then;
  };
  struct Handle final : card::Alarm {
    Handle(std::shared_ptr<std::list<Entry>> among, std::list<Entry>::iterator which)
        : entries(std::move(among)), entry(which) {}
    ~Handle() override {
      const auto last_words = std::move(entry->then);  // what it owns may own alarms
      entries->erase(entry);
    }
    std::shared_ptr<std::list<Entry>> entries;
    std::list<Entry>::iterator entry;
  };
  std::shared_ptr<std::list<Entry>> entries_ = std::make_shared<std::list<Entry>>();
};

const auto kJobTimeout = card::CardConfig{}.job_timeout;
const auto kLookAgain = card::CardConfig{}.look_again;
const auto kServiceGrace = card::CardConfig{}.service_grace;

// A service on a loop of its own, with cards and a clock that are fakes.
struct Bench {
  boost::asio::io_context loop;
  boost::asio::executor_work_guard<boost::asio::io_context::executor_type> work{
      loop.get_executor()};  // the loop waits for the other threads
  test::FakeCardSource source;
  FakeAlarms clock;
  std::unique_ptr<card::CardService> service;
  std::vector<std::uint64_t> gone;

  explicit Bench(card::CardConfig config = {}) : config_(std::move(config)) {}

  card::CardService& start() {
    service = std::make_unique<card::CardService>(
        loop.get_executor(), std::move(config_), card::CardSource{source.watch(), source.connect()},
        clock.alarms());
    service->on_subscriber_gone([this](std::uint64_t epoch) { gone.push_back(epoch); });
    return *service;
  }

  // Runs the loop until `task` has its result.
  template <class T>
  Result<T> get(ports::Task<Result<T>> task) {
    std::optional<Result<T>> result;
    spawn(std::move(task), result);
    run_until([&] { return result.has_value(); });
    return std::move(*result);
  }

  template <class T>
  void spawn(ports::Task<Result<T>> task, std::optional<Result<T>>& result) {
    boost::asio::co_spawn(loop, std::move(task),
                          [&result](std::exception_ptr thrown, Result<T> got) {
                            REQUIRE(thrown == nullptr);
                            result = std::move(got);
                          });
  }

  template <class Done>
  void run_until(Done done) {
    const auto deadline = std::chrono::steady_clock::now() + 60s;  // only against a dead lock
    while (!done()) {
      REQUIRE(std::chrono::steady_clock::now() < deadline);
      loop.run_one_for(5ms);
    }
  }

  // The result of `task`, begun before the clock passes `delay`.
  template <class T>
  Result<T> get_after(ports::Task<Result<T>> task, std::chrono::milliseconds delay) {
    std::optional<Result<T>> result;
    spawn(std::move(task), result);
    run_until([&] { return clock.pending(delay) > 0; });
    clock.ring(delay);
    run_until([&] { return result.has_value(); });
    return std::move(*result);
  }

  Result<Subscriber> subscriber() { return get(service->subscriber()); }
  Result<AkaOutcome> authenticate(const Subscriber& who) {
    return get(service->authenticate(who, kRand, kAutn));
  }
  void run_until_state(CardState state) {
    run_until([&] { return service->status().state == state; });
  }

 private:
  card::CardConfig config_;
};

}  // namespace

TEST_CASE("the subscriber is read once in an epoch, and AUTHENTICATE answers", "[IS-3][IS-5]") {
  Bench bench;
  bench.source.insert(kReader, {});
  bench.start();
  const auto who = bench.subscriber();
  REQUIRE(who.has_value());
  CHECK(who->identity->impi == "user@ims.example.org");
  const unsigned connections = bench.source.connections();
  CHECK(bench.subscriber()->epoch == who->epoch);
  CHECK(bench.source.connections() == connections);
  const auto outcome = bench.authenticate(*who);
  REQUIRE(outcome.has_value());
  CHECK(std::holds_alternative<isim::AkaMacFailure>(*outcome));
  CHECK(bench.service->status().state == CardState::ready);
  CHECK(bench.gone.empty());
}

TEST_CASE("the operations of GBA_U reach the subscriber's card", "[UB-7]") {
  Bench bench;
  test::FakeUiccProfile profile;
  const std::string rand(32, '1');
  Bytes body = test::hex("10" + rand);
  body.resize(60, 0xff);
  profile.files = {{"ISIM/6FD5", 0x41, 0, {body}}};
  profile.authenticate = [](ByteView data) {
    return std::pair{
        data.front() == 0xdd ? test::hex("db0401020304") : test::hex("db20" + std::string(64, '5')),
        isim::StatusWord{0x9000}};
  };
  bench.source.insert(kReader, profile);
  auto& service = bench.start();
  const Subscriber who = bench.subscriber().value();
  CHECK(bench.get(service.stored_gba_bootstrapping(who))->room == 60);
  const auto bootstrapped = bench.get(service.gba_bootstrap(who, kRand, kAutn));
  REQUIRE(bootstrapped.has_value());
  CHECK(std::holds_alternative<isim::GbaBootstrapped>(*bootstrapped));
  const isim::GbaBootstrapping stored{
      .rand = Bytes(16, 0x11), .b_tid = "a@b", .key_lifetime = "2030"};
  REQUIRE(bench.get(service.store_gba_bootstrapping(who, stored)).has_value());
  CHECK(bench.get(service.stored_gba_bootstrapping(who))->content == stored);
  const auto naf_id = test::hex("610100000002");
  const auto derived = bench.get(service.gba_derive(who, kRand, "a@b", naf_id));
  REQUIRE(derived.has_value());
  CHECK(std::holds_alternative<isim::GbaNafDerived>(*derived));
  REQUIRE(bench.get(service.erase_gba_bootstrapping(who, kRand)).has_value());
  CHECK(bench.get(service.stored_gba_bootstrapping(who))->content->b_tid.empty());
}

TEST_CASE("a card that goes ends every operation of GBA_U on it", "[UB-7][IS-6]") {
  Bench bench;
  bench.source.insert(kReader, {});
  auto& service = bench.start();
  const Subscriber who = bench.subscriber().value();
  bench.source.hang(true);
  std::optional<Result<isim::StoredGbaBootstrapping>> stored;
  std::optional<Result<isim::GbaDerivationOutcome>> derived;
  std::optional<Result<void>> erased;
  bench.spawn(service.stored_gba_bootstrapping(who), stored);
  bench.spawn(service.gba_derive(who, kRand, "a@b", test::hex("610100000002")), derived);
  bench.spawn(service.erase_gba_bootstrapping(who, kRand), erased);
  bench.run_until([&] { return bench.source.hangs(); });
  bench.source.remove(kReader);
  bench.run_until([&] { return stored && derived && erased; });
  CHECK(stored->error().code == ErrorCode::card_removed);
  CHECK(derived->error().code == ErrorCode::card_removed);
  CHECK(erased->error().code == ErrorCode::card_removed);
  bench.source.hang(false);
  CHECK(bench.get(service.stored_gba_bootstrapping(who)).error().code == ErrorCode::card_removed);
}

TEST_CASE("many callers share one reading of the card", "[IS-7]") {
  Bench bench;
  bench.source.insert(kReader, {});
  auto& service = bench.start();
  std::vector<std::optional<Result<Subscriber>>> results(16);
  for (auto& result : results) {
    bench.spawn(service.subscriber(), result);
  }
  bench.run_until([&] {
    return std::ranges::all_of(results, [](const auto& result) { return result.has_value(); });
  });
  for (const auto& result : results) {
    CHECK(result->has_value());
  }
  CHECK(bench.source.connections() == 1);
}

TEST_CASE("what is missing is told apart", "[IS-6]") {
  Bench bench;
  bench.start();
  CHECK(bench.subscriber().error().code == ErrorCode::card_reader_absent);
  bench.source.add_empty_reader("Empty");
  bench.run_until_state(CardState::card_absent);
  CHECK(bench.subscriber().error().code == ErrorCode::card_absent);
  bench.source.stop_service();
  bench.run_until_state(CardState::service_unavailable);
  CHECK(bench.get_after(bench.service->subscriber(), kServiceGrace).error().code ==
        ErrorCode::card_service_unavailable);
  test::FakeUiccProfile without_isim;
  without_isim.has_isim = false;
  bench.source.insert(kReader, without_isim);
  bench.source.start_service();
  bench.run_until_state(CardState::card_present);
  CHECK(bench.subscriber().error().code == ErrorCode::card_no_isim);
  CHECK(bench.service->status().last_error->code == ErrorCode::card_no_isim);
}

TEST_CASE("a card that leaves ends the epoch, one that comes back begins another",
          "[IS-6][KEY-3]") {
  Bench bench;
  bench.source.insert(kReader, {});
  bench.start();
  const auto before = bench.subscriber().value();
  bench.source.remove(kReader);
  bench.run_until([&] { return !bench.gone.empty(); });
  CHECK(bench.gone == std::vector{before.epoch});
  CHECK_FALSE(bench.service->known_subscriber().has_value());
  CHECK(bench.authenticate(before).error().code == ErrorCode::card_removed);
  CHECK(bench.subscriber().error().code == ErrorCode::card_absent);

  bench.source.insert(kReader, {});
  bench.run_until_state(CardState::card_present);
  const auto after = bench.subscriber().value();
  CHECK(after.epoch > before.epoch);
  CHECK(bench.authenticate(before).error().code == ErrorCode::card_identity_changed);
  CHECK(bench.authenticate(after).has_value());
  CHECK(bench.source.authentications() == 1);
}

TEST_CASE("a card that was out and in between two looks is another epoch", "[IS-6]") {
  Bench bench;
  bench.source.insert(kReader, {});
  bench.start();
  const auto before = bench.subscriber().value();
  bench.source.insert(kReader, {});  // the counter of events has moved
  bench.run_until([&] { return !bench.gone.empty(); });
  CHECK(bench.gone == std::vector{before.epoch});
}

TEST_CASE("unplugging the reader and stopping pcscd end the epoch", "[IS-6]") {
  const bool unplug = GENERATE(false, true);
  Bench bench;
  bench.source.insert(kReader, {});
  bench.start();
  const auto before = bench.subscriber().value();
  unplug ? bench.source.unplug(kReader) : bench.source.stop_service();
  bench.run_until([&] { return !bench.gone.empty(); });
  CHECK(bench.gone == std::vector{before.epoch});
  CHECK_FALSE(bench.subscriber().has_value());
  bench.source.start_service();
  bench.source.insert(kReader, {});
  bench.run_until_state(CardState::card_present);
  CHECK(bench.subscriber()->epoch > before.epoch);
}

TEST_CASE("a card swapped without any event ends the epoch before anything is computed",
          "[IS-6][KEY-3]") {
  Bench bench;
  bench.source.insert(kReader, {});
  bench.start();
  const auto before = bench.subscriber().value();
  test::FakeUiccProfile other;
  other.iccid_digits = "89010000000000000000";
  other.impi = "other@ims.example.org";
  bench.source.insert(kReader, other, true);
  CHECK(bench.authenticate(before).error().code == ErrorCode::card_identity_changed);
  CHECK(bench.source.authentications() == 0);
  CHECK(bench.gone == std::vector{before.epoch});
  CHECK(bench.subscriber()->identity->impi == "other@ims.example.org");
}

TEST_CASE("after an exchange that failed the card is looked at again", "[IS-6]") {
  Bench bench;
  bench.source.insert(kReader, {});
  bench.start();
  const auto before = bench.subscriber().value();
  bench.source.disturb([&](ByteView command) -> std::optional<ErrorCode> {
    return command[1] == 0x88 ? std::optional(ErrorCode::card_transport) : std::nullopt;
  });
  const unsigned connections = bench.source.connections();
  CHECK(bench.authenticate(before).error().code == ErrorCode::card_transport);
  bench.run_until([&] { return bench.source.connections() == connections + 2; });
  bench.source.disturb({});
  CHECK(bench.authenticate(before).has_value());
  CHECK(bench.gone.empty());
}

TEST_CASE("a card that dies under a command and is another one then ends the epoch by itself",
          "[IS-6][KEY-3]") {
  Bench bench;
  bench.source.insert(kReader, {});
  bench.start();
  const auto before = bench.subscriber().value();
  test::FakeUiccProfile other;
  other.iccid_digits = "89010000000000000000";
  bench.source.swap_under(0x88, kReader, other);
  CHECK(bench.authenticate(before).error().code == ErrorCode::card_transport);
  bench.run_until([&] { return !bench.gone.empty(); });
  CHECK(bench.gone == std::vector{before.epoch});
  CHECK(bench.authenticate(before).error().code == ErrorCode::card_identity_changed);
  CHECK(bench.source.authentications() == 0);
}

TEST_CASE("no subscriber is told while nobody knows whose card it is", "[IS-6][KEY-3]") {
  Bench bench;
  bench.source.insert(kReader, {});
  bench.start();
  const auto before = bench.subscriber().value();
  bench.source.disturb([](ByteView) -> std::optional<ErrorCode> { return ErrorCode::card_reset; });
  CHECK(bench.authenticate(before).error().code == ErrorCode::card_reset);
  CHECK_FALSE(bench.service->known_subscriber().has_value());
  CHECK(bench.subscriber().error().code == ErrorCode::card_reset);
  // The other program is done, and it was the same card all the time.
  bench.source.disturb({});
  CHECK(bench.subscriber()->epoch == before.epoch);
  const unsigned connections = bench.source.connections();
  CHECK(bench.subscriber()->epoch == before.epoch);
  CHECK(bench.source.connections() == connections);
  CHECK(bench.service->known_subscriber()->epoch == before.epoch);
  CHECK(bench.gone.empty());
}

TEST_CASE("a look at the card is good for a while only", "[IS-6][KEY-3]") {
  Bench bench;
  bench.source.insert(kReader, {});
  bench.start();
  const auto before = bench.subscriber().value();
  const unsigned connections = bench.source.connections();
  CHECK(bench.subscriber()->epoch == before.epoch);
  CHECK(bench.source.connections() == connections);
  bench.clock.ring(kLookAgain);
  CHECK_FALSE(bench.service->known_subscriber().has_value());
  CHECK(bench.subscriber()->epoch == before.epoch);
  CHECK(bench.source.connections() == connections + 1);
  CHECK(bench.authenticate(before).has_value());  // which looks, too
  CHECK(bench.clock.pending(kLookAgain) == 1);
  test::FakeUiccProfile other;
  other.iccid_digits = "89010000000000000000";
  bench.source.insert(kReader, other, true);
  bench.clock.ring(kLookAgain);
  CHECK(bench.subscriber()->identity->iccid == other.iccid_digits);
  CHECK(bench.gone == std::vector{before.epoch});
}

TEST_CASE("who trusts nobody has the card looked at before each request", "[IS-6][KEY-3]") {
  card::CardConfig config;
  config.look_again = 0ms;
  Bench bench(std::move(config));
  bench.source.insert(kReader, {});
  bench.start();
  const auto before = bench.subscriber().value();
  const unsigned connections = bench.source.connections();
  CHECK(bench.subscriber()->epoch == before.epoch);
  CHECK(bench.subscriber()->epoch == before.epoch);
  CHECK(bench.source.connections() == connections + 2);
  CHECK_FALSE(bench.service->known_subscriber().has_value());
  test::FakeUiccProfile other;
  other.iccid_digits = "89010000000000000000";
  bench.source.insert(kReader, other, true);
  CHECK(bench.subscriber()->identity->iccid == other.iccid_digits);
  CHECK(bench.gone == std::vector{before.epoch});
}

TEST_CASE("in mode exclusive one connection is kept while the card is there", "[IS-8]") {
  card::CardConfig config;
  config.exclusive = true;
  Bench bench(std::move(config));
  bench.source.insert(kReader, {});
  bench.start();
  const auto who = bench.subscriber().value();
  CHECK(bench.authenticate(who).has_value());
  CHECK(bench.authenticate(who).has_value());
  CHECK(bench.source.connections() == 1);
  CHECK(bench.source.open_connections() == 1);

  // One that failed is not used again.
  bool broken = true;
  bench.source.disturb([&](ByteView) {
    return std::exchange(broken, false) ? std::optional(ErrorCode::card_transport) : std::nullopt;
  });
  CHECK(bench.authenticate(who).has_value());
  CHECK(bench.source.connections() == 2);
  CHECK(bench.source.open_connections() == 1);

  // The reader is given back when the card has gone.
  bench.source.remove(kReader);
  bench.run_until([&] { return bench.source.open_connections() == 0; });
  bench.source.insert(kReader, {});
  bench.run_until_state(CardState::card_present);
  CHECK(bench.authenticate(bench.subscriber().value()).has_value());
  CHECK(bench.source.open_connections() == 1);
  bench.service.reset();
  CHECK(bench.source.open_connections() == 0);
}

TEST_CASE("a card that hangs is mute to its caller, and serves again when it wakes", "[IS-6]") {
  Bench bench;
  bench.source.insert(kReader, {});
  auto& service = bench.start();
  const auto who = bench.subscriber().value();
  bench.source.hang(true);
  CHECK(bench.get_after(service.authenticate(who, kRand, kAutn), kJobTimeout).error().code ==
        ErrorCode::card_mute);
  // While it hangs nobody waits for it.
  CHECK(bench.authenticate(who).error().code == ErrorCode::card_mute);
  bench.source.hang(false);
  bench.run_until([&] { return bench.authenticate(who).has_value(); });
  CHECK(bench.gone.empty());
}

TEST_CASE("a card that is pulled while it hangs answers its caller at once", "[IS-6]") {
  Bench bench;
  bench.source.insert(kReader, {});
  auto& service = bench.start();
  const auto who = bench.subscriber().value();
  bench.source.hang(true);
  std::optional<Result<AkaOutcome>> result;
  bench.spawn(service.authenticate(who, kRand, kAutn), result);
  bench.run_until([&] { return bench.source.hangs(); });
  bench.source.remove(kReader);
  bench.run_until([&] { return result.has_value(); });
  CHECK(result->error().code == ErrorCode::card_removed);
  CHECK(bench.gone == std::vector{who.epoch});
  bench.source.hang(false);
}

TEST_CASE("a wrong PIN is sent once, however often it is asked for", "[IS-4]") {
  card::CardConfig config;
  config.pin = SecretBytes::copy_of(as_bytes("9999"));
  Bench bench(std::move(config));
  test::FakeUiccProfile locked;
  locked.pin = "1234";
  bench.source.insert(kReader, locked);
  bench.start();
  for (int i = 0; i < 4; ++i) {
    CHECK(bench.subscriber().error().code == ErrorCode::pin_wrong);
  }
  CHECK(bench.source.card(kReader)->verifications() == 1);
}

TEST_CASE("no PIN is sent when fewer than two tries are left", "[IS-4]") {
  card::CardConfig config;
  config.pin = SecretBytes::copy_of(as_bytes("1234"));
  Bench bench(std::move(config));
  test::FakeUiccProfile locked;
  locked.pin = "1234";
  locked.pin_tries = 1;
  bench.source.insert(kReader, locked);
  bench.start();
  CHECK(bench.subscriber().error().code == ErrorCode::pin_tries_low);
  CHECK(bench.source.card(kReader)->verifications() == 0);
}

TEST_CASE("the service ends while a card hangs, and who waits is told", "[IS-6]") {
  Bench bench;
  bench.source.insert(kReader, {});
  auto& service = bench.start();
  const auto who = bench.subscriber().value();
  bench.source.hang(true);
  std::optional<Result<AkaOutcome>> result;
  bench.spawn(service.authenticate(who, kRand, kAutn), result);
  bench.run_until([&] { return bench.source.hangs(); });
  bench.service.reset();
  bench.run_until([&] { return result.has_value(); });
  CHECK(result->error().code == ErrorCode::shutting_down);
  // The thread that was left behind is to end before the program does.
  bench.source.hang(false);
  bench.run_until([&] { return bench.source.open_connections() == 0; });
}
