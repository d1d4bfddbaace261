// AUTHENTICATE in the GBA context: bootstrapping and derivation of NAF keys on the card (GBA_U; TS
// 33.220 clause 5, TS 31.103 clause 7.1, TS 31.102 clause 7.1) [IS-5] [UB-7].
#pragma once

#include "base/result.h"
#include "isim/aka_types.h"
#include "isim/card_session.h"
#include "isim/gba_files.h"
#include "isim/identity.h"

#include <string_view>

namespace ut::isim {

// 00 88 00 84 23 DD 10 RAND 10 AUTN* 00.
CommandApdu encode_gba_bootstrapping(const Rand& rand, const Autn& autn);

// The answer of the card:
//   DB Lres RES, RES of 4 to 16 octets; CK and IK do not leave the card  -> GbaBootstrapped
//   DC 0E AUTS                                        -> synchronisation failure
//   status word 9862                                  -> MAC failure: also when AUTN is one for
//                                                        GBA_ME, so no other context is tried here
// Other answers as for decode_authenticate.
Result<GbaBootstrappingOutcome> decode_gba_bootstrapping(StatusWord sw, ByteView data);

// 00 88 00 84 Lc DE Lnaf NAF_Id Limpi IMPI 00. input_malformed when a field is empty or all do not
// fit into 255 octets.
Result<CommandApdu> encode_gba_derivation(ByteView naf_id, std::string_view impi);

// The answer of the card:
//   DB 20 Ks_ext_NAF   -> GbaNafDerived
//   status word 6985   -> GbaNotBootstrapped [M]
// Other answers as for decode_authenticate.
Result<GbaDerivationOutcome> decode_gba_derivation(StatusWord sw, ByteView data);

// Both on the application that `session` has selected; the PIN is verified when the card asks for
// it.
Result<GbaBootstrappingOutcome> gba_bootstrap(CardSession& session, const Rand& rand,
                                              const Autn& autn);
Result<GbaDerivationOutcome> gba_derive(CardSession& session, ByteView naf_id,
                                        std::string_view impi);

// EF_GBABP of the selected application. A file that is missing has no room; one that is malformed
// has no content.
Result<StoredGbaBootstrapping> read_gba_bootstrapping(CardSession& session,
                                                      Application application);

// Writes B-TID and key lifetime behind the RAND that the card wrote into EF_GBABP (TS 33.220 annex
// G.1), without which the card derives no NAF key. input_malformed when one is empty or longer than
// 255 octets; card_file_malformed when the file is too small or holds another RAND than `rand`, as
// the card was bootstrapped anew then: before anything is written.
Result<void> store_gba_bootstrapping(CardSession& session, Application application,
                                     const Rand& rand, std::string_view b_tid,
                                     std::string_view key_lifetime);

// Empties B-TID and key lifetime of the bootstrapping with this RAND, so that nobody takes it up
// and the card derives no key from it. Nothing is written when EF_GBABP holds another one.
Result<void> erase_gba_bootstrapping(CardSession& session, Application application,
                                     const Rand& rand);

}  // namespace ut::isim
