#include "isim/soft/pin_set.h"

#include "isim/soft/card_access.h"
#include "isim/tlv.h"
#include "isim/uicc_files.h"

#include <utility>

namespace ut::isim::soft {

PinSet::PinSet(PinSettings settings)
    : pin1_replaced_(settings.universal_pin.has_value() && !settings.enabled) {
  pins_.emplace(kPin1, Pin(std::move(settings.pin), settings.puk.clone(), settings.enabled));
  if (settings.universal_pin) {
    pins_.emplace(kUniversalPin,
                  Pin(std::move(*settings.universal_pin), settings.puk.clone(), true));
  }
  if (settings.second_pin) {
    pins_.emplace(kSecondPin1, Pin(std::move(*settings.second_pin), std::move(settings.puk), true));
  }
  if (settings.adm) {
    pins_.emplace(kAdm1, Pin(std::move(*settings.adm), std::nullopt, true));
  }
}

Pin* PinSet::find(std::uint8_t reference) {
  const auto found = pins_.find(reference);
  return found == pins_.end() ? nullptr : &found->second;
}

bool PinSet::is_open(std::uint8_t reference) const {
  const auto found = pins_.find(reference);
  if (found == pins_.end()) {
    return false;
  }
  if (reference == kPin1 && !found->second.enabled() && pin1_replaced_) {
    return is_open(kUniversalPin);
  }
  return found->second.satisfied();
}

Bytes PinSet::status() const {
  constexpr std::uint8_t kUsed = 0x08;
  std::uint8_t enabled = 0;
  std::uint8_t bit = 0x80;
  Bytes references;
  for (const auto& [reference, pin] : pins_) {
    if (reference == kAdm1) {
      continue;
    }
    if (pin.enabled()) {
      enabled = static_cast<std::uint8_t>(enabled | bit);
    }
    bit = static_cast<std::uint8_t>(bit >> 1);
    if (reference == kUniversalPin) {
      append_tlv(references, 0x95, Bytes{pin1_replaced_ ? kUsed : std::uint8_t{0}});
    }
    append_tlv(references, 0x83, Bytes{reference});
  }
  Bytes status;
  append_tlv(status, 0x90, Bytes{enabled});
  append(status, references);
  return status;
}

void PinSet::forget_verification() {
  for (auto& [reference, pin] : pins_) {
    pin.forget_verification();
  }
}

}  // namespace ut::isim::soft
