#include "isim/soft/soft_transport.h"

namespace ut::isim::soft {

Result<void> SoftTransport::check(std::string_view where) const {
  switch (state_) {
    case State::usable:
      return {};
    case State::removed:
      return fail(ErrorCode::card_removed, where);
    case State::was_reset:
      return fail(ErrorCode::card_reset, where);
    case State::died:
      return fail(ErrorCode::card_transport, where);
  }
  return {};
}

Result<void> SoftTransport::begin() {
  return check("begin");
}

Result<void> SoftTransport::end(Leave leave) {
  TRY_VOID(check("end"));
  switch (leave) {
    case Leave::as_is:
      break;
    case Leave::reset:
      uicc_.reset();
      break;
  }
  return {};
}

Result<SecretBytes> SoftTransport::transmit(ByteView command_apdu) {
  TRY_VOID(check("transmit"));
  const Reaction reaction = faults_.next(command_apdu);
  if (reaction.mute) {
    return fail(ErrorCode::card_mute, "transmit");
  }
  SecretBytes answer;
  if (reaction.execute) {
    answer = uicc_.exchange(command_apdu);
  }
  if (reaction.die) {
    uicc_.reset();
    state_ = reaction.stay_away ? State::removed : State::died;
    return fail(ErrorCode::card_transport, "transmit");
  }
  if (reaction.sw) {
    answer = SecretBytes::copy_of(encode(ResponseApdu{.sw = *reaction.sw}));
  }
  return answer;
}

Result<void> SoftTransport::reset() {
  if (state_ == State::removed) {
    return fail(ErrorCode::card_removed, "reset");
  }
  uicc_.reset();
  state_ = State::usable;
  return {};
}

void SoftTransport::remove() {
  state_ = State::removed;
}

void SoftTransport::insert() {
  if (state_ == State::removed) {
    uicc_.reset();
    state_ = State::was_reset;
  }
}

void SoftTransport::reset_by_another_program() {
  if (state_ == State::usable) {
    uicc_.reset();
    state_ = State::was_reset;
  }
}

}  // namespace ut::isim::soft
