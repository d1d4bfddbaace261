// Key derivation of TS 33.220 annex B [KEY-1].
#pragma once

#include "agent/gba/naf_id.h"
#include "base/bytes.h"
#include "base/secret.h"
#include "isim/aka_types.h"

#include <cstdint>
#include <initializer_list>
#include <string_view>

namespace ut::gba {

struct KsTag;
struct KsNafTag;
using Ks = SizedSecret<KsTag, 32>;
using KsNaf = SizedSecret<KsNafTag, 32>;

// HMAC-SHA-256(key, FC || P0 || L0 || P1 || L1 ...), clause B.2: 32 octets. Each parameter is at
// most 65535 octets long, else it aborts. The parameters are not secret.
SecretBytes kdf(ByteView key, std::uint8_t fc, std::initializer_list<ByteView> parameters);

// Ks = CK || IK (clause 4.5.2).
Ks make_ks(const isim::Ck& ck, const isim::Ik& ik);

// Ks_NAF of GBA_ME: FC 01, "gba-me", RAND, IMPI, NAF_Id (clause B.3). `impi` is at most 65535
// octets, else it aborts.
KsNaf derive_ks_naf(const Ks& ks, const isim::Rand& rand, std::string_view impi,
                    const NafId& naf_id);

// The password of HTTP Digest on Ua: base64 of Ks_NAF, 44 characters (TS 24.109 clause 5.2).
SecretBytes ua_password(const KsNaf& ks_naf);

}  // namespace ut::gba
