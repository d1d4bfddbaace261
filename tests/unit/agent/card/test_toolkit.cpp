// The card service as the terminal of the card's toolkit, with a software card that is proactive.
#include "agent/card/card_service.h"

#include "base/log.h"
#include "isim/identity.h"
#include "isim/tlv.h"
#include "tests/support/catch.h"
#include "tests/support/fake_card_source.h"
#include "tests/support/soft_card.h"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>

#include <atomic>
#include <chrono>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <utility>
#include <vector>

using namespace ut;
using namespace std::chrono_literals;
using isim::FilePath;
using isim::RefreshMode;
using ports::Subscriber;

namespace {

constexpr const char* kReader = "Reader 00 00";
const std::string kNewImpi = "001010999999999@ims.mnc001.mcc001.3gppnetwork.org";
const FilePath kImpiFile{isim::kMf, 0x7fff, isim::kEfImpi};

// The card of all connections. The test changes it between two transactions.
struct SharedCard {
  std::mutex mutex;
  test::SoftCard card{{{"enabled = true", "enabled = false"}}};
  bool always_proactive = false;
  std::atomic<unsigned> sessions = 0;

  void refresh(RefreshMode mode, const std::vector<FilePath>& files = {}) {
    const std::lock_guard lock(mutex);
    card.uicc().refresh(mode, files);
  }
  void update(const FilePath& path, std::string_view text) {
    Bytes content;
    isim::append_tlv(content, 0x80, as_bytes(text));
    const std::lock_guard lock(mutex);
    REQUIRE(card.uicc().update_file(path, content));
  }
  std::size_t waiting() {
    const std::lock_guard lock(mutex);
    return card.uicc().proactive_waiting();
  }
};

class Connection final : public isim::CardTransport {
 public:
  explicit Connection(std::shared_ptr<SharedCard> shared) : shared_(std::move(shared)) {}
  isim::CardProtocol protocol() const override { return isim::CardProtocol::t1; }
  ByteView atr() const override { return shared_->card.uicc().atr(); }
  Result<void> begin() override {
    ++shared_->sessions;
    lock_ = std::unique_lock(shared_->mutex);
    if (shared_->always_proactive && shared_->card.uicc().proactive_waiting() == 0) {
      shared_->card.uicc().refresh(RefreshMode::session_reset);
    }
    return shared_->card.transport().begin();
  }
  Result<void> end(Leave leave) override {
    auto ended = shared_->card.transport().end(leave);
    lock_.unlock();
    return ended;
  }
  Result<SecretBytes> transmit(ByteView command) override {
    return shared_->card.transport().transmit(command);
  }
  Result<void> reset() override { return shared_->card.transport().reset(); }

 private:
  std::shared_ptr<SharedCard> shared_;
  std::unique_lock<std::mutex> lock_{};
};

struct Bench {
  boost::asio::io_context loop;
  boost::asio::executor_work_guard<boost::asio::io_context::executor_type> work{
      loop.get_executor()};
  test::FakeCardSource readers;  // for the reader alone
  std::shared_ptr<SharedCard> shared = std::make_shared<SharedCard>();
  std::unique_ptr<card::CardService> service;
  std::vector<std::uint64_t> gone;

  explicit Bench(bool toolkit = true) {
    log::set_level(log::Level::error);
    readers.insert(kReader, {});
    card::CardConfig config;
    config.toolkit = toolkit;
    config.look_again = 0ms;
    service = std::make_unique<card::CardService>(
        loop.get_executor(), std::move(config),
        card::CardSource{readers.watch(), [shared = shared](const std::string&) {
                           return Result<std::unique_ptr<isim::CardTransport>>(
                               std::make_unique<Connection>(shared));
                         }});
    service->on_subscriber_gone([this](std::uint64_t epoch) { gone.push_back(epoch); });
  }

  Result<Subscriber> subscriber() {
    std::optional<Result<Subscriber>> result;
    boost::asio::co_spawn(
        loop, service->subscriber(),
        [&result](std::exception_ptr, Result<Subscriber> got) { result = std::move(got); });
    run_until([&] { return result.has_value(); });
    return std::move(*result);
  }
  template <class Done>
  void run_until(Done done) {
    const auto deadline = std::chrono::steady_clock::now() + 60s;
    while (!done()) {
      REQUIRE(std::chrono::steady_clock::now() < deadline);
      loop.run_one_for(5ms);
    }
  }
};

}  // namespace

TEST_CASE("a REFRESH after which the IMPI is another ends the subscriber", "[KEY-3][IS-6]") {
  Bench bench;
  const auto first = bench.subscriber();
  REQUIRE(first);
  bench.shared->update(kImpiFile, kNewImpi);
  SECTION("whatever mode it has") {
    bench.shared->refresh(GENERATE(
        RefreshMode::initialisation_and_full_file_change, RefreshMode::file_change,
        RefreshMode::initialisation_and_file_change, RefreshMode::initialisation,
        RefreshMode::uicc_reset, RefreshMode::application_reset, RefreshMode::session_reset));
  }
  SECTION("with the name of the file") {
    bench.shared->refresh(RefreshMode::file_change, {kImpiFile});
  }
  const auto second = bench.subscriber();
  REQUIRE(second);
  CHECK(second->identity->impi == kNewImpi);
  CHECK(second->epoch != first->epoch);
  CHECK(bench.gone == std::vector{first->epoch});
  CHECK(bench.shared->waiting() == 0);
}

TEST_CASE("a REFRESH that changes nothing of the subscriber leaves him his keys", "[KEY-3]") {
  Bench bench;
  const auto first = bench.subscriber();
  REQUIRE(first);
  const FilePath domain{isim::kMf, 0x7fff, isim::kEfDomain};
  bench.shared->update(domain, "ims.mnc001.mcc001.3gppnetwork.net");
  bench.shared->refresh(RefreshMode::file_change, {domain});
  const auto second = bench.subscriber();
  REQUIRE(second);
  CHECK(second->epoch == first->epoch);
  CHECK(bench.gone.empty());
  // And what he is told to be is read anew.
  CHECK(second->identity->domain == "ims.mnc001.mcc001.3gppnetwork.net");
  CHECK(bench.shared->waiting() == 0);
}

TEST_CASE("an agent that is not the terminal leaves proactive commands to who is", "[KEY-3]") {
  Bench bench(false);
  REQUIRE(bench.subscriber());
  // Another program is the terminal.
  {
    const std::lock_guard lock(bench.shared->mutex);
    CHECK(bench.shared->card.send("8010000003010080") == "9000");
  }
  bench.shared->refresh(RefreshMode::file_change, {kImpiFile});
  REQUIRE(bench.subscriber());
  CHECK(bench.shared->waiting() == 1);
  CHECK(bench.gone.empty());
}

TEST_CASE("a card that asks for a REFRESH in every session does not keep the agent at it",
          "[KEY-3]") {
  Bench bench;
  REQUIRE(bench.subscriber());
  bench.shared->always_proactive = true;
  const auto served = bench.subscriber();
  REQUIRE(served);
  // All that it began comes to an end without another request.
  unsigned sessions = 0;
  bench.run_until([&] {
    const auto before = std::exchange(sessions, bench.shared->sessions.load());
    for (int i = 0; i < 10; ++i) {
      bench.loop.run_one_for(5ms);
    }
    return before == bench.shared->sessions.load();
  });
  CHECK(bench.shared->sessions < 10);
  CHECK(bench.gone.empty());
}
