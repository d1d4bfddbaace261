// A software card in the same process, behind the seam that PC/SC cards stand behind.
#pragma once

#include "isim/card_transport.h"
#include "isim/soft/card_faults.h"
#include "isim/soft/uicc.h"

namespace ut::isim::soft {

// Besides the calls of CardTransport, what other people do to a card: pull it out, reset it.
class SoftTransport final : public CardTransport {
 public:
  // `uicc` outlives this object.
  SoftTransport(Uicc& uicc, CardProtocol protocol) : uicc_(uicc), protocol_(protocol) {}

  CardProtocol protocol() const override { return protocol_; }
  ByteView atr() const override { return uicc_.atr(); }
  Result<void> begin() override;
  Result<void> end(Leave leave) override;
  Result<SecretBytes> transmit(ByteView command_apdu) override;
  Result<void> reset() override;

  // Every call fails with card_removed until insert(), and then with card_reset until reset().
  void remove();
  void insert();
  // Another program resets the card: every call but reset() fails with card_reset, as with
  // SCARD_W_RESET_CARD.
  void reset_by_another_program();

  // What the card does wrong. A mute card is card_mute at once, as if its user's patience had
  // ended. One that dies within an exchange is card_transport until reset(), as with PC/SC; one
  // that stays away is removed.
  FaultTable& faults() { return faults_; }

 private:
  enum class State : std::uint8_t { usable, removed, was_reset, died };
  Result<void> check(std::string_view where) const;

  Uicc& uicc_;
  CardProtocol protocol_;
  State state_ = State::usable;
  FaultTable faults_{};
};

}  // namespace ut::isim::soft
