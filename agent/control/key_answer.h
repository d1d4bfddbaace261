// The answer to POST /keys.
#pragma once

#include "agent/gba/naf_id.h"
#include "agent/gba/security_association.h"
#include "base/clock.h"
#include "base/secret.h"

namespace ut::control {

// {"naf", "ua_protocol_id", "key_kind": "Ks_NAF", "b_tid", "expires", "expires_in"} and, where
// `with_key`, as the last member "key": base64 of the 32 octets (TS 33.220 annex B.3). Derives the
// key; no copy of it is outside of locked memory [KEY-4].
SecretBytes key_answer(const gba::SecurityAssociation& association, const gba::NafId& naf_id,
                       bool with_key, SteadyTime now);

}  // namespace ut::control
