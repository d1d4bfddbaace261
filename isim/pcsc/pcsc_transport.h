// A card in a PC/SC reader.
#pragma once

#include "isim/card_transport.h"

#include <memory>
#include <string>

namespace ut::isim::pcsc {

// A connection with a PC/SC context of its own, shared or exclusive [IS-7 IS-8]. Used by one
// thread; every call may block without limit while the card hangs or another program holds a
// transaction.
//
// An answer of fewer than two octets, which pcscd gives for a card that dies within an exchange,
// and SCARD_E_NOT_TRANSACTED are card_transport and end the use of the connection: another card may
// answer under the same handle then, so every call fails until reset(), and whoever uses the card
// must read its identity again [IS-6]. After a reset by another program every call is card_reset
// until reset().
class PcscTransport : public CardTransport {
 public:
  // card_service_unavailable, card_reader_absent, card_absent, card_busy, card_mute.
  static Result<std::unique_ptr<CardTransport>> connect(const std::string& reader);
  // Keeps every other program from the card until the connection goes; card_busy when one is there
  // already.
  static Result<std::unique_ptr<CardTransport>> connect_exclusively(const std::string& reader);
};

}  // namespace ut::isim::pcsc
