#include "isim/soft/card_access.h"
#include "isim/soft/card_status_words.h"
#include "isim/soft/uicc.h"

namespace ut::isim::soft {
namespace {

StatusWord status_of(Pin::Outcome outcome, std::uint8_t tries) {
  switch (outcome) {
    case Pin::Outcome::done:
      return kExecuted;
    case Pin::Outcome::wrong:
      return static_cast<StatusWord>(0x63c0 | tries);
    case Pin::Outcome::blocked:
      return kBlocked;
    case Pin::Outcome::disabled:
      return kInvalidated;
    case Pin::Outcome::wrong_state:
      return kConditions;
    case Pin::Outcome::new_malformed:
      return kWrongData;
  }
  return kConditions;
}

// What a command without data tells: the state, and no try is spent.
StatusWord tries_left(std::uint8_t tries) {
  return status_of(tries == 0 ? Pin::Outcome::blocked : Pin::Outcome::wrong, tries);
}

PinCode first_pin(const CommandApdu& command) {
  return *PinCode::from(ByteView(command.data).first(PinCode::size));
}

PinCode second_pin(const CommandApdu& command) {
  return *PinCode::from(ByteView(command.data).subspan(PinCode::size));
}

}  // namespace

// The PIN that P2 names, and data of `pins` PINs; or the status word that refuses the command.
Uicc::PinTarget Uicc::pin_target(const CommandApdu& command, std::size_t pins) {
  Pin* pin = pins_.find(command.p2);
  if (pin == nullptr) {
    return {.sw = kReferenceNotFound};
  }
  if (pins != 0 && command.data.size() != pins * PinCode::size) {
    return {.sw = kWrongLength};
  }
  return {.pin = pin};
}

// The outcome as an answer. What changed is in the store before it leaves; what cannot be stored
// opens nothing.
Uicc::Answer Uicc::pin_answer(Pin::Outcome outcome, std::uint8_t tries) {
  if (outcome == Pin::Outcome::done || outcome == Pin::Outcome::wrong) {
    if (keeps_pins_ && !pin_file_->save(pins_)) {
      pins_.forget_verification();
      return {.sw = kMemoryProblem};
    }
  }
  return {.sw = status_of(outcome, tries)};
}

// VERIFY PIN, TS 102 221 clause 11.1.9; without data it tells the state and spends no try.
Uicc::Answer Uicc::verify(Channel&, const CommandApdu& command) {
  if (command.p1 != 0) {
    return {.sw = kWrongP1P2};
  }
  const auto target = pin_target(command, command.data.empty() ? 0 : 1);
  if (target.pin == nullptr) {
    return {.sw = target.sw};
  }
  Pin& pin = *target.pin;
  if (command.data.empty()) {
    return {.sw = pin.satisfied() ? kExecuted : tries_left(pin.pin_tries())};
  }
  const auto outcome = pin.verify(first_pin(command));
  return pin_answer(outcome, pin.pin_tries());
}

// The PINs of the user: the issuer's key can be verified, and that is all.
Uicc::PinTarget Uicc::user_pin_target(const CommandApdu& command, std::size_t pins) {
  auto target = pin_target(command, pins);
  if (target.pin != nullptr && !target.pin->has_puk()) {
    return {.sw = kFunctionUnsupported};
  }
  return target;
}

// CHANGE PIN, TS 102 221 clause 11.1.10.
Uicc::Answer Uicc::change_pin(Channel&, const CommandApdu& command) {
  if (command.p1 != 0) {
    return {.sw = kWrongP1P2};
  }
  const auto target = user_pin_target(command, 2);
  if (target.pin == nullptr) {
    return {.sw = target.sw};
  }
  const auto outcome = target.pin->change(first_pin(command), second_pin(command));
  return pin_answer(outcome, target.pin->pin_tries());
}

// DISABLE PIN, TS 102 221 clause 11.1.11. P1 may name the universal PIN as what replaces PIN1 [M].
Uicc::Answer Uicc::disable_pin(Channel&, const CommandApdu& command) {
  constexpr std::uint8_t kReplaced = 0x80 | kUniversalPin;
  const bool replaced =
      command.p1 == kReplaced && command.p2 == kPin1 && pins_.find(kUniversalPin) != nullptr;
  if (command.p1 != 0 && !replaced) {
    return {.sw = kWrongP1P2};
  }
  const auto target = user_pin_target(command, 1);
  if (target.pin == nullptr) {
    return {.sw = target.sw};
  }
  const auto outcome = target.pin->disable(first_pin(command));
  if (outcome == Pin::Outcome::done && command.p2 == kPin1) {
    pins_.replace_pin1(replaced);
  }
  return pin_answer(outcome, target.pin->pin_tries());
}

// ENABLE PIN, TS 102 221 clause 11.1.12.
Uicc::Answer Uicc::enable_pin(Channel&, const CommandApdu& command) {
  if (command.p1 != 0) {
    return {.sw = kWrongP1P2};
  }
  const auto target = user_pin_target(command, 1);
  if (target.pin == nullptr) {
    return {.sw = target.sw};
  }
  const auto outcome = target.pin->enable(first_pin(command));
  if (outcome == Pin::Outcome::done && command.p2 == kPin1) {
    pins_.replace_pin1(false);
  }
  return pin_answer(outcome, target.pin->pin_tries());
}

// UNBLOCK PIN, TS 102 221 clause 11.1.13; without data it tells the PUK's tries.
Uicc::Answer Uicc::unblock_pin(Channel&, const CommandApdu& command) {
  if (command.p1 != 0) {
    return {.sw = kWrongP1P2};
  }
  const auto target = user_pin_target(command, command.data.empty() ? 0 : 2);
  if (target.pin == nullptr) {
    return {.sw = target.sw};
  }
  if (command.data.empty()) {
    return {.sw = tries_left(target.pin->puk_tries())};
  }
  const auto outcome = target.pin->unblock(first_pin(command), second_pin(command));
  if (outcome == Pin::Outcome::done && command.p2 == kPin1) {
    pins_.replace_pin1(false);
  }
  return pin_answer(outcome, target.pin->puk_tries());
}

}  // namespace ut::isim::soft
