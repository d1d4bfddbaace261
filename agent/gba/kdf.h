// Ks and the keys made from it (TS 33.220 clause 4.5.2 and annex B) [KEY-1].
#pragma once

#include "agent/gba/naf_id.h"
#include "base/bytes.h"
#include "base/secret.h"
#include "isim/aka_types.h"

#include <string_view>

namespace ut::gba {

struct KsTag;
struct KsNafTag;
using Ks = SizedSecret<KsTag, 32>;
using KsNaf = SizedSecret<KsNafTag, 32>;

// Ks = CK || IK (clause 4.5.2).
Ks make_ks(const isim::Ck& ck, const isim::Ik& ik);

// Ks_NAF of GBA_ME: FC 01, "gba-me", RAND, IMPI, NAF_Id (clause B.3). `impi` is at most 65535
// octets, else it aborts.
KsNaf derive_ks_naf(const Ks& ks, const isim::Rand& rand, std::string_view impi,
                    const NafId& naf_id);

// The password of HTTP Digest on Ua: base64 of Ks_NAF, 44 characters (TS 24.109 clause 5.2).
SecretBytes ua_password(const KsNaf& ks_naf);

}  // namespace ut::gba
