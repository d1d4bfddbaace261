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
  return uicc_.exchange(command_apdu);
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
