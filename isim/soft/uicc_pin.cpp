#include "isim/soft/uicc.h"

#include "isim/soft/card_status_words.h"

namespace ut::isim::soft {

namespace {

constexpr std::uint8_t kPin1 = 0x01;

// P1 and P2 of the PIN commands: this card has PIN1 alone.
StatusWord check_pin_reference(const CommandApdu& command) {
  if (command.p1 != 0) {
    return kWrongP1P2;
  }
  return command.p2 == kPin1 ? StatusWord{0} : kReferenceNotFound;
}

PinCode first_pin(const CommandApdu& command) {
  return *PinCode::from(ByteView(command.data).first(PinCode::size));
}

PinCode second_pin(const CommandApdu& command) {
  return *PinCode::from(ByteView(command.data).subspan(PinCode::size));
}

}  // namespace

Uicc::Answer Uicc::pin_answer(Pin::Outcome outcome, std::uint8_t tries) const {
  switch (outcome) {
    case Pin::Outcome::done:
      return {};
    case Pin::Outcome::wrong:
      return {.sw = static_cast<StatusWord>(0x63c0 | tries)};
    case Pin::Outcome::blocked:
      return {.sw = kBlocked};
    case Pin::Outcome::disabled:
      return {.sw = kInvalidated};
    case Pin::Outcome::wrong_state:
      return {.sw = kConditions};
    case Pin::Outcome::new_malformed:
      return {.sw = kWrongData};
  }
  return {.sw = kConditions};
}

// VERIFY PIN, TS 102 221 clause 11.1.9; without data it tells the state and spends no try.
Uicc::Answer Uicc::verify(Channel&, const CommandApdu& command) {
  if (const auto refusal = check_pin_reference(command); refusal != 0) {
    return {.sw = refusal};
  }
  if (command.data.empty()) {
    if (pin_.satisfied()) {
      return {};
    }
    return pin_answer(pin_.pin_tries() == 0 ? Pin::Outcome::blocked : Pin::Outcome::wrong,
                      pin_.pin_tries());
  }
  if (command.data.size() != PinCode::size) {
    return {.sw = kWrongLength};
  }
  const auto outcome = pin_.verify(first_pin(command));
  return pin_answer(outcome, pin_.pin_tries());
}

// CHANGE PIN, TS 102 221 clause 11.1.10.
Uicc::Answer Uicc::change_pin(Channel&, const CommandApdu& command) {
  if (const auto refusal = check_pin_reference(command); refusal != 0) {
    return {.sw = refusal};
  }
  if (command.data.size() != 2 * PinCode::size) {
    return {.sw = kWrongLength};
  }
  const auto outcome = pin_.change(first_pin(command), second_pin(command));
  return pin_answer(outcome, pin_.pin_tries());
}

// DISABLE PIN, TS 102 221 clause 11.1.11.
Uicc::Answer Uicc::disable_pin(Channel&, const CommandApdu& command) {
  if (const auto refusal = check_pin_reference(command); refusal != 0) {
    return {.sw = refusal};
  }
  if (command.data.size() != PinCode::size) {
    return {.sw = kWrongLength};
  }
  const auto outcome = pin_.disable(first_pin(command));
  return pin_answer(outcome, pin_.pin_tries());
}

// ENABLE PIN, TS 102 221 clause 11.1.12.
Uicc::Answer Uicc::enable_pin(Channel&, const CommandApdu& command) {
  if (const auto refusal = check_pin_reference(command); refusal != 0) {
    return {.sw = refusal};
  }
  if (command.data.size() != PinCode::size) {
    return {.sw = kWrongLength};
  }
  const auto outcome = pin_.enable(first_pin(command));
  return pin_answer(outcome, pin_.pin_tries());
}

// UNBLOCK PIN, TS 102 221 clause 11.1.13; without data it tells the PUK's tries.
Uicc::Answer Uicc::unblock_pin(Channel&, const CommandApdu& command) {
  if (const auto refusal = check_pin_reference(command); refusal != 0) {
    return {.sw = refusal};
  }
  if (command.data.empty()) {
    return pin_answer(pin_.puk_tries() == 0 ? Pin::Outcome::blocked : Pin::Outcome::wrong,
                      pin_.puk_tries());
  }
  if (command.data.size() != 2 * PinCode::size) {
    return {.sw = kWrongLength};
  }
  const auto outcome = pin_.unblock(first_pin(command), second_pin(command));
  return pin_answer(outcome, pin_.puk_tries());
}

}  // namespace ut::isim::soft
