// The files of one subscriber's card: MF, ADF_ISIM (TS 31.103 clause 4.2), ADF_USIM (TS 31.102
// clause 4.2), filled from a profile.
#pragma once

#include "isim/soft/card_files.h"
#include "isim/soft/card_profile.h"

namespace ut::isim::soft {

// The full AIDs on this card, 16 octets.
ByteView aid_of(Application application);

FileSystem make_files(const CardProfile& profile);

// The answer to reset, with TCK where T=1 is offered.
Bytes make_atr(AtrProtocols protocols);

}  // namespace ut::isim::soft
