// The PINs and keys of one UICC by key reference (TS 102 221 clause 9.5): PIN1, the universal PIN,
// the second PIN1 and the issuer's key ADM1; each but PIN1 only when the profile has it.
#pragma once

#include "base/bytes.h"
#include "isim/soft/card_profile.h"
#include "isim/soft/pin.h"

#include <cstdint>
#include <map>

namespace ut::isim::soft {

class PinSet {
 public:
  // The universal PIN replaces PIN1 from the start when there is one and PIN1 is disabled.
  explicit PinSet(PinSettings settings);

  // nullptr when this card has no such PIN.
  Pin* find(std::uint8_t reference);

  // Whether what asks for `reference` is open: the PIN was verified or need not be. While PIN1 is
  // disabled and replaced, the universal PIN takes its place.
  bool is_open(std::uint8_t reference) const;

  // DISABLE PIN with an alternative: the universal PIN takes the place of PIN1 from now on;
  // enabling PIN1 ends that.
  void replace_pin1(bool replaced) { pin1_replaced_ = replaced; }

  // The value of the PIN status DO (clause 11.1.1.4.10): PS octet 90, then a reference 83 for each,
  // the universal PIN with its usage qualifier 95. The issuer's key is not among them.
  Bytes status() const;

  // At each reset of the card.
  void forget_verification();

  const std::map<std::uint8_t, Pin>& all() const { return pins_; }
  bool pin1_replaced() const { return pin1_replaced_; }

 private:
  std::map<std::uint8_t, Pin> pins_;
  bool pin1_replaced_;
};

}  // namespace ut::isim::soft
