// AUTHENTICATE of the ISIM in the IMS AKA context (TS 31.103 clause 7.1) [IS-5].
#pragma once

#include "base/result.h"
#include "isim/aka_types.h"
#include "isim/card_session.h"

namespace ut::isim {

// 00 88 00 81 22 10 RAND 10 AUTN 00 (clause 7.1.2.1); USIM and ISIM understand the same.
CommandApdu encode_authenticate(const Rand& rand, const Autn& autn);

// The answer of the card:
//   DB Lres RES 10 CK 10 IK, RES of 4 to 16 octets (a USIM may add 08 Kc)  -> AkaSuccess
//   DC 0E AUTS                                                              -> synchronisation
//   failure status word 9862                                                        -> MAC failure
// card_answer_malformed for any other data; card_aka_unsupported when the application does not know
// the context; otherwise the failure that the status word is.
Result<AkaOutcome> decode_authenticate(StatusWord sw, ByteView data);

// Runs AUTHENTICATE on the application that `session` has selected; verifies the PIN when the card
// asks for it.
Result<AkaOutcome> authenticate(CardSession& session, const Rand& rand, const Autn& autn);

}  // namespace ut::isim
