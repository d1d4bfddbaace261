#include "isim/soft/pin.h"

#include "tls/crypto/constant_time.h"

#include <algorithm>
#include <utility>

namespace ut::isim::soft {
namespace {

bool is_digit(std::uint8_t octet) {
  return octet >= '0' && octet <= '9';
}

bool well_formed(const PinCode& pin) {
  const auto octets = pin.expose();
  const auto end = std::ranges::find_if_not(octets, is_digit);
  return end - octets.begin() >= 4 &&
         std::all_of(end, octets.end(), [](std::uint8_t octet) { return octet == 0xff; });
}

}  // namespace

std::optional<PinCode> pin_code(std::string_view digits) {
  if (digits.size() > PinCode::size) {
    return std::nullopt;
  }
  PinCode pin;
  std::ranges::fill(pin.expose_mutable(), std::uint8_t{0xff});
  std::ranges::copy(as_bytes(digits), pin.expose_mutable().begin());
  return well_formed(pin) ? std::optional(std::move(pin)) : std::nullopt;
}

Pin::Outcome Pin::compare(const PinCode& pin) {
  if (pin_tries_ == 0) {
    return Outcome::blocked;
  }
  if (!crypto::constant_time_equal(pin.expose(), pin_.expose())) {
    --pin_tries_;
    verified_ = false;
    return Outcome::wrong;
  }
  pin_tries_ = kPinTries;
  return Outcome::done;
}

Pin::Outcome Pin::verify(const PinCode& pin) {
  if (!enabled_) {
    return Outcome::disabled;
  }
  const auto outcome = compare(pin);
  if (outcome == Outcome::done) {
    verified_ = true;
  }
  return outcome;
}

Pin::Outcome Pin::change(const PinCode& old_pin, PinCode new_pin) {
  if (!enabled_) {
    return Outcome::disabled;
  }
  if (!well_formed(new_pin)) {
    return Outcome::new_malformed;
  }
  const auto outcome = compare(old_pin);
  if (outcome == Outcome::done) {
    pin_ = std::move(new_pin);
    verified_ = true;
  }
  return outcome;
}

Pin::Outcome Pin::disable(const PinCode& pin) {
  if (!enabled_) {
    return Outcome::wrong_state;
  }
  const auto outcome = compare(pin);
  if (outcome == Outcome::done) {
    enabled_ = false;
  }
  return outcome;
}

Pin::Outcome Pin::enable(const PinCode& pin) {
  if (enabled_) {
    return Outcome::wrong_state;
  }
  const auto outcome = compare(pin);
  if (outcome == Outcome::done) {
    enabled_ = true;
    verified_ = true;
  }
  return outcome;
}

Pin::Outcome Pin::unblock(const PinCode& puk, PinCode new_pin) {
  if (!puk_ || puk_tries_ == 0) {
    return Outcome::blocked;
  }
  if (!well_formed(new_pin)) {
    return Outcome::new_malformed;
  }
  if (!crypto::constant_time_equal(puk.expose(), puk_->expose())) {
    --puk_tries_;
    return Outcome::wrong;
  }
  puk_tries_ = kPukTries;
  pin_tries_ = kPinTries;
  pin_ = std::move(new_pin);
  enabled_ = true;
  verified_ = true;
  return Outcome::done;
}

bool Pin::restore(Memory memory) {
  if (memory.pin_tries > kPinTries || memory.puk_tries > kPukTries) {
    return false;
  }
  pin_ = std::move(memory.pin);
  enabled_ = memory.enabled;
  pin_tries_ = memory.pin_tries;
  puk_tries_ = memory.puk_tries;
  verified_ = false;
  return true;
}

}  // namespace ut::isim::soft
