// The seam to a card: PC/SC (isim/pcsc), the software card in the same process (isim/soft), a fake.
#pragma once

#include "base/bytes.h"
#include "base/result.h"
#include "base/secret.h"

#include <cstdint>

namespace ut::isim {

enum class CardProtocol : std::uint8_t { t0, t1 };

// One card, exclusively used between begin() and end(). Every call may block; every call reports
// card_absent, card_removed, card_reset, card_transport, card_service_unavailable as they happen,
// and none is retried here: a reset loses selection, channels and PIN state, which the caller must
// know.
class CardTransport {
 public:
  virtual ~CardTransport() = default;

  virtual CardProtocol protocol() const = 0;
  // Answer to reset, 2 to 33 octets.
  virtual ByteView atr() const = 0;

  // Keeps other programs from the card until end(). Not counted: one begin, one end.
  virtual Result<void> begin() = 0;
  // `reset` leaves the card without PIN state and selection for the next user [IS-8].
  enum class Leave : std::uint8_t { as_is, reset };
  virtual Result<void> end(Leave leave) = 0;

  // One exchange, as it is on the wire: the answer may be 61xx or 6Cxx. At least the two octets of
  // the status word. A secret, as the answer may hold RES, CK and IK [KEY-4].
  virtual Result<SecretBytes> transmit(ByteView command_apdu) = 0;

  // Resets the card and makes the transport usable again after card_reset.
  virtual Result<void> reset() = 0;
};

}  // namespace ut::isim
