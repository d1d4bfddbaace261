// What GBA_U adds to AKA, on both sides (TS 33.220 clause 5): AUTN*, Ks and the keys of NAFs.
#pragma once

#include "base/bytes.h"
#include "base/secret.h"
#include "isim/aka_types.h"

namespace ut::isim::soft {

struct KsTag;
struct KsIntNafTag;
using Ks = SizedSecret<KsTag, 32>;
using KsIntNaf = SizedSecret<KsIntNafTag, 32>;

// AUTN* of AUTN, and AUTN of AUTN*: MAC xor the first 8 octets of SHA-1(IK) (clause 5.3.2) [M].
Autn modify_mac(const Autn& autn, const Ik& ik);

// Ks = CK || IK.
Ks make_ks(const Ck& ck, const Ik& ik);

// Ks_ext_NAF, which the card gives to the terminal, and Ks_int_NAF, which stays there.
struct GbaUNafKeys {
  KsExtNaf ks_ext_naf;
  KsIntNaf ks_int_naf;
};
// FC 01 with "gba-me" and "gba-u", RAND, IMPI, NAF_Id (annex B.3). IMPI and NAF_Id have at most
// 65535 octets, else it aborts.
GbaUNafKeys derive_gba_u_keys(const Ks& ks, const Rand& rand, ByteView impi, ByteView naf_id);

}  // namespace ut::isim::soft
