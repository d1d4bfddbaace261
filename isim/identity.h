// Who the subscriber is, as the card tells it.
#pragma once

#include "isim/service_table.h"

#include <cstdint>
#include <string>
#include <vector>

namespace ut::isim {

// The application on the UICC that the identity and the keys come from.
enum class Application : std::uint8_t { isim, usim };

// Personal data throughout: for logs see log::personal() [KEY-6].
struct Identity {
  Application application = Application::isim;
  std::string iccid;                // EF_ICCID: up to 20 decimal digits
  std::string impi;                 // EF_IMPI: private identity, an NAI "user@realm"
  std::string domain;               // EF_DOMAIN: home network domain name
  std::vector<std::string> impus;   // EF_IMPU: public identities (SIP or tel URI); never empty, the
                                    // first is the default one
  ServiceTable services{};          // EF_IST; empty when the card has none
  std::uint8_t operation_mode = 0;  // EF_AD octet 1: 00 normal, 80 and above type approval or test

  bool operator==(const Identity&) const = default;
};

}  // namespace ut::isim
