// Fakes of what the agent's shells stand on: clock, randomness, the card.
#pragma once

#include "agent/ports.h"
#include "base/clock.h"
#include "base/random.h"
#include "isim/identity.h"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>

#include <chrono>
#include <deque>
#include <exception>
#include <functional>
#include <memory>
#include <optional>
#include <vector>

namespace ut::test {

// Stands still until it is told to move.
class FakeClock final : public Clock {
 public:
  UtcTime utc() const override { return std::chrono::floor<std::chrono::seconds>(utc_); }
  SteadyTime steady() const override { return steady_; }
  void advance(std::chrono::milliseconds by) {
    utc_ += by;
    steady_ += by;
  }
  void set_utc(UtcTime utc) { utc_ = utc; }

 private:
  std::chrono::sys_time<std::chrono::milliseconds> utc_ =
      std::chrono::sys_days(std::chrono::year(2026) / 3 / 1);
  SteadyTime steady_{std::chrono::hours(1)};
};

// Gives the queued octets first, then an endless count.
class FakeRandom final : public RandomSource {
 public:
  void fill(std::span<std::uint8_t> octets) override;
  void push(ByteView octets) { queue_.insert(queue_.end(), octets.begin(), octets.end()); }

 private:
  std::deque<std::uint8_t> queue_;
  std::uint8_t count_ = 0;
};

// RES of the fakes' AKA: the first 8 octets of RAND, turned round in each bit.
Bytes fake_res(const isim::Rand& rand);
isim::AkaSuccess fake_aka(const isim::Rand& rand);

// A card that answers every challenge with fake_aka, unless an outcome is queued. In its GBA
// context it does so for a network that wants GBA_U, whose challenges it refuses in the other one.
class FakeCardService final : public ports::CardService {
 public:
  using Answer = std::function<Result<isim::AkaOutcome>(const isim::Rand&, const isim::Autn&)>;

  FakeCardService();
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
  void on_subscriber_gone(std::function<void(std::uint64_t)> listener) override {
    listeners_.push_back(std::move(listener));
  }

  // The service table says GBA, or not.
  void offer_gba(bool offered = true);
  // What GBA_U leaves on the card; it outlives swap().
  struct Gba {
    bool wanted = false;  // the network's challenges hold AUTN*
    std::size_t room = 160;
    std::optional<isim::GbaBootstrapping> stored{};  // EF_GBABP
    std::optional<isim::AkaSuccess> ks{};
    // What the operation gives in place of its work.
    std::optional<Error> read_error{};
    std::optional<Error> bootstrap_error{};
    std::optional<Error> store_error{};
    std::optional<Error> derive_error{};
    unsigned reads = 0;
    unsigned bootstraps = 0;
    unsigned stores = 0;
    unsigned derivations = 0;
    unsigned erasures = 0;
    std::deque<isim::Auts> synchronisation_failures{};
  };
  Gba gba{};

  void push(Answer answer) { answers_.push_back(std::move(answer)); }
  void push_mac_failure();
  void push_synchronisation_failure(isim::Auts auts = {});
  // Takes the card out and puts one with this identity in.
  void swap(isim::Identity identity);
  void set_error(std::optional<Error> error) { error_ = std::move(error); }
  void set_identity(isim::Identity identity);
  std::uint64_t epoch() const { return epoch_; }
  unsigned authentications() const { return authentications_; }

 private:
  ports::Task<Result<void>> reach(ports::Subscriber subscriber, std::optional<Error> error);

  std::uint64_t epoch_ = 1;
  std::shared_ptr<const isim::Identity> identity_;
  std::optional<Error> error_;
  std::deque<Answer> answers_;
  unsigned authentications_ = 0;
  std::vector<std::function<void(std::uint64_t)>> listeners_;
};

// Runs the loop until the task is done; rethrows what it throws.
template <class T>
T run(boost::asio::io_context& io, ports::Task<T> task) {
  std::optional<T> value;
  std::exception_ptr thrown;
  boost::asio::co_spawn(io, std::move(task), [&](std::exception_ptr exception, T result) {
    thrown = exception;
    value.emplace(std::move(result));
  });
  io.restart();
  while (!value && io.run_one() != 0) {
  }
  if (thrown) {
    std::rethrow_exception(thrown);
  }
  return std::move(value).value();
}

}  // namespace ut::test
