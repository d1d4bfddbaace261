// One PIN of a UICC with its PUK and both retry counters (TS 102 221 clauses 9.5 and 11.1.9 to
// 11.1.13).
#pragma once

#include "base/secret.h"

#include <cstdint>
#include <optional>
#include <string_view>

namespace ut::isim::soft {

struct PinTag;
// Decimal digits in ASCII, filled up with FF to 8 octets.
using PinCode = SizedSecret<PinTag, 8>;

// nullopt unless `digits` are 4 to 8 decimal digits.
std::optional<PinCode> pin_code(std::string_view digits);

class Pin {
 public:
  static constexpr std::uint8_t kPinTries = 3;
  static constexpr std::uint8_t kPukTries = 10;

  Pin(PinCode pin, PinCode puk, bool enabled)
      : pin_(std::move(pin)), puk_(std::move(puk)), enabled_(enabled) {}

  enum class Outcome : std::uint8_t {
    done,
    wrong,          // one try spent
    blocked,        // no try left, nothing compared
    disabled,       // the command needs an enabled PIN
    wrong_state,    // it is enabled, or disabled, already
    new_malformed,  // the new PIN is not 4 to 8 digits
  };
  Outcome verify(const PinCode& pin);
  Outcome change(const PinCode& old_pin, PinCode new_pin);
  Outcome disable(const PinCode& pin);
  Outcome enable(const PinCode& pin);
  // Spends a try of the PUK when it is wrong; gives back all tries of the PIN when it is right.
  Outcome unblock(const PinCode& puk, PinCode new_pin);

  // Whether files and commands that ask for this PIN are open.
  bool satisfied() const { return !enabled_ || verified_; }
  bool enabled() const { return enabled_; }
  std::uint8_t pin_tries() const { return pin_tries_; }
  std::uint8_t puk_tries() const { return puk_tries_; }
  // At each reset of the card.
  void forget_verification() { verified_ = false; }

 private:
  Outcome compare(const PinCode& pin);

  PinCode pin_;
  PinCode puk_;
  bool enabled_;
  bool verified_ = false;
  std::uint8_t pin_tries_ = kPinTries;
  std::uint8_t puk_tries_ = kPukTries;
};

}  // namespace ut::isim::soft
