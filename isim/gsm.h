// AUTHENTICATE of the USIM in the GSM context (TS 31.102 clause 7.1): for asking a card what it can
// do; the agent itself never uses it, as it authenticates no network [IS-5].
#pragma once

#include "base/result.h"
#include "isim/aka_types.h"
#include "isim/card_session.h"

namespace ut::isim {

struct GsmResponse {
  GsmSres sres;
  GsmKc kc;
};

// 00 88 00 80 11 10 RAND 00.
CommandApdu encode_gsm(const Rand& rand);

// 04 SRES 08 Kc. card_aka_unsupported when the application does not know the context;
// card_answer_malformed for other data; otherwise the failure that the status word is.
Result<GsmResponse> decode_gsm(StatusWord sw, ByteView data);

// Runs it on the application that `session` has selected; the PIN is verified when the card asks
// for it.
Result<GsmResponse> gsm_authenticate(CardSession& session, const Rand& rand);

}  // namespace ut::isim
