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

// What a card starts with.
struct PinSettings {
  bool enabled = false;  // PIN1
  PinCode pin{};         // PIN1
  PinCode puk{};         // of PIN1 and of the others that have one
  std::optional<PinCode> universal_pin{};
  std::optional<PinCode> second_pin{};
  std::optional<PinCode> adm{};  // the issuer's key ADM1: any 8 octets
};

class Pin {
 public:
  static constexpr std::uint8_t kPinTries = 3;
  static constexpr std::uint8_t kPukTries = 10;

  // A key of the issuer (ADM) has no PUK and is any 8 octets.
  Pin(PinCode pin, std::optional<PinCode> puk, bool enabled)
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
  // Spends a try of the PUK when it is wrong; gives back all tries of the PIN when it is right, and
  // enables the PIN. blocked without a PUK.
  Outcome unblock(const PinCode& puk, PinCode new_pin);

  // Whether files and commands that ask for this PIN are open.
  bool satisfied() const { return !enabled_ || verified_; }
  bool enabled() const { return enabled_; }
  std::uint8_t pin_tries() const { return pin_tries_; }
  std::uint8_t puk_tries() const { return puk_tries_; }
  bool has_puk() const { return puk_.has_value(); }
  // At each reset of the card.
  void forget_verification() { verified_ = false; }

  // What outlives a reset.
  struct Memory {
    PinCode pin;
    bool enabled;
    std::uint8_t pin_tries;
    std::uint8_t puk_tries;
  };
  Memory memory() const { return {pin_.clone(), enabled_, pin_tries_, puk_tries_}; }
  // false, and nothing changed, when there are more tries than a PIN can have.
  bool restore(Memory memory);

 private:
  Outcome compare(const PinCode& pin);

  PinCode pin_;
  std::optional<PinCode> puk_;
  bool enabled_;
  bool verified_ = false;
  std::uint8_t pin_tries_ = kPinTries;
  std::uint8_t puk_tries_ = kPukTries;
};

}  // namespace ut::isim::soft
