// A software card in this process, from the example profile with changes, for tests that need a
// card that behaves as the standard says.
#pragma once

#include "isim/apdu.h"
#include "isim/soft/soft_transport.h"
#include "isim/soft/sqn_file.h"

#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace ut::test {

class SoftCard {
 public:
  // In the example profile each first text is replaced by the second: {"atr = \"dual\"", ...}.
  using Changes = std::vector<std::pair<std::string, std::string>>;
  explicit SoftCard(const Changes& changes = {},
                    isim::CardProtocol protocol = isim::CardProtocol::t1);

  SoftCard(const SoftCard&) = delete;
  SoftCard& operator=(const SoftCard&) = delete;

  isim::soft::Uicc& uicc() { return uicc_; }
  isim::soft::SoftTransport& transport() { return transport_; }

  // One exchange of hexadecimal octets: "db019000".
  std::string send(std::string_view command);

  // What the AUTHENTICATEs so far came to.
  const std::vector<isim::soft::AuthenticateEvent>& events() const { return events_; }

 private:
  isim::soft::VolatileSqnStore store_{};
  std::vector<isim::soft::AuthenticateEvent> events_{};
  isim::soft::Uicc uicc_;
  isim::soft::SoftTransport transport_;
};

// The example profile with changes; std::invalid_argument when a text is not there or the result is
// no profile.
isim::soft::CardProfile soft_profile(const SoftCard::Changes& changes);

}  // namespace ut::test
