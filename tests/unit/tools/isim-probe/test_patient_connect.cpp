#include "tools/isim-probe/patient_connect.h"

#include "base/encoding.h"
#include "tests/support/catch.h"
#include "tests/support/soft_card.h"
#include "tests/support/vectors.h"
#include "tools/isim-probe/doctor.h"

#include <atomic>
#include <future>
#include <memory>
#include <thread>

using namespace ut;
using namespace ut::probe;
using namespace std::chrono_literals;
using isim::soft::FaultKind;

namespace {

constexpr auto kForEver = 30s;

// A card that waits in the exchange number `hang_at` until the test lets it go.
struct Hanging {
  std::size_t hang_at = 0;  // 0: in connect
  std::promise<void> let_go{};
  std::shared_future<void> go = let_go.get_future().share();
  std::atomic<int> gone{};  // connections that ended
  test::SoftCard card{{{"enabled = true", "enabled = false"}}};
};

class HangingTransport final : public isim::CardTransport {
 public:
  explicit HangingTransport(std::shared_ptr<Hanging> state) : state_(std::move(state)) {}
  ~HangingTransport() override { ++state_->gone; }
  HangingTransport(const HangingTransport&) = delete;
  HangingTransport& operator=(const HangingTransport&) = delete;

  isim::CardProtocol protocol() const override { return inner().protocol(); }
  ByteView atr() const override { return inner().atr(); }
  Result<void> begin() override { return inner().begin(); }
  Result<void> end(Leave leave) override { return inner().end(leave); }
  Result<SecretBytes> transmit(ByteView command) override {
    if (++exchanges_ == state_->hang_at) {
      state_->go.wait();
    }
    return inner().transmit(command);
  }
  Result<void> reset() override { return inner().reset(); }

 private:
  isim::CardTransport& inner() const { return state_->card.transport(); }
  std::shared_ptr<Hanging> state_;
  std::size_t exchanges_ = 0;
};

Connect connect_to(const std::shared_ptr<Hanging>& state) {
  return [state](const std::string&) -> Result<std::unique_ptr<isim::CardTransport>> {
    if (state->hang_at == 0) {
      state->go.wait();
    }
    return std::make_unique<HangingTransport>(state);
  };
}

void wait_until_gone(const Hanging& state) {
  const auto latest = std::chrono::steady_clock::now() + kForEver;
  while (state.gone == 0) {
    REQUIRE(std::chrono::steady_clock::now() < latest);
    std::this_thread::yield();
  }
}

}  // namespace

TEST_CASE("a card that answers is used as without a limit", "[IS-6]") {
  const auto state = std::make_shared<Hanging>();
  state->hang_at = 1000;
  {
    const auto card = patient(connect_to(state), kForEver)("r");
    REQUIRE(card.has_value());
    CHECK(to_hex((*card)->atr()) == to_hex(state->card.uicc().atr()));
    CHECK((*card)->protocol() == isim::CardProtocol::t1);
    REQUIRE((*card)->begin().has_value());
    const auto answer = (*card)->transmit(test::hex("00a4000c023f00"));
    REQUIRE(answer.has_value());
    CHECK(to_hex(answer->expose()) == "9000");
    CHECK((*card)->reset().has_value());
    CHECK((*card)->end(isim::CardTransport::Leave::as_is).has_value());
    CHECK(state->gone == 0);
  }
  CHECK(state->gone == 1);
}

TEST_CASE("errors of the card are its own", "[IS-6]") {
  const auto state = std::make_shared<Hanging>();
  state->hang_at = 1000;
  const auto card = patient(connect_to(state), kForEver)("r");
  REQUIRE(card.has_value());
  state->card.transport().remove();
  CHECK((*card)->transmit(test::hex("00a4000c023f00")).error().code == ErrorCode::card_removed);
  CHECK((*card)->reset().error().code == ErrorCode::card_removed);
}

TEST_CASE("a card that hangs is mute from then on, and keeps nobody", "[IS-6]") {
  const auto state = std::make_shared<Hanging>();
  state->hang_at = 2;
  {
    const auto card = patient(connect_to(state), 50ms)("r");
    REQUIRE(card.has_value());
    CHECK((*card)->transmit(test::hex("00a4000c023f00")).has_value());
    const auto start = std::chrono::steady_clock::now();
    CHECK((*card)->transmit(test::hex("00a4000c023f00")).error().code == ErrorCode::card_mute);
    CHECK((*card)->transmit(test::hex("00a4000c023f00")).error().code == ErrorCode::card_mute);
    CHECK((*card)->end(isim::CardTransport::Leave::reset).error().code == ErrorCode::card_mute);
    CHECK(std::chrono::steady_clock::now() - start < kForEver);
  }
  CHECK(state->gone == 0);  // the thread that hangs has it
  state->let_go.set_value();
  wait_until_gone(*state);
}

TEST_CASE("a connection that hangs is a mute card", "[IS-6]") {
  const auto state = std::make_shared<Hanging>();
  CHECK(patient(connect_to(state), 50ms)("r").error().code == ErrorCode::card_mute);
  state->let_go.set_value();
  wait_until_gone(*state);
}

TEST_CASE("the doctor names a card that hangs at any of its commands", "[IS-6]") {
  const isim::ReaderPicture picture{true, {{.name = "r", .card = true}}};
  for (const std::size_t at : {0U, 1U, 2U, 5U, 8U}) {
    CAPTURE(at);
    const auto state = std::make_shared<Hanging>();
    state->hang_at = at;
    const auto findings = diagnose(picture, connect_to(state), {}, {}, 50ms);
    CHECK(findings.back().code == "card-mute");
    CHECK(findings.back().exit == exit_of(Error{ErrorCode::card_mute, ""}));
    CHECK(findings.back().advice.find("take the card out") != std::string::npos);
    state->let_go.set_value();
    wait_until_gone(*state);
  }
}
