#include "agent/card/held_card.h"

#include <utility>

namespace ut::card {

struct HeldCard::State {
  Connect connect;
  std::string reader{};
  std::shared_ptr<isim::CardTransport> card{};
};

namespace {

// Forwards to the connection and gives it up when it fails: it may lead to another card then.
template <class State>
class Use final : public isim::CardTransport {
 public:
  Use(std::shared_ptr<State> state, std::shared_ptr<isim::CardTransport> card)
      : state_(std::move(state)), card_(std::move(card)) {}

  isim::CardProtocol protocol() const override { return card_->protocol(); }
  ByteView atr() const override { return card_->atr(); }
  Result<void> begin() override { return checked(card_->begin()); }
  Result<void> end(Leave leave) override { return checked(card_->end(leave)); }
  Result<SecretBytes> transmit(ByteView command_apdu) override {
    return checked(card_->transmit(command_apdu));
  }
  Result<void> reset() override { return checked(card_->reset()); }

 private:
  template <class T>
  Result<T> checked(Result<T> result) {
    if (!result && state_->card == card_) {
      state_->card.reset();
    }
    return result;
  }

  std::shared_ptr<State> state_;
  std::shared_ptr<isim::CardTransport> card_;
};

}  // namespace

HeldCard::HeldCard(Connect connect) : state_(std::make_shared<State>(std::move(connect))) {}

Result<std::unique_ptr<isim::CardTransport>> HeldCard::connect(const std::string& reader) {
  if (!state_->card || state_->reader != reader) {
    release();
    TRY(state_->card, state_->connect(reader));
    state_->reader = reader;
  }
  return std::make_unique<Use<State>>(state_, state_->card);
}

void HeldCard::release() {
  state_->card.reset();
}

}  // namespace ut::card
