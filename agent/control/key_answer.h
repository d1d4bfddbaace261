// The answer to POST /keys.
#pragma once

#include "agent/gba/naf_id.h"
#include "agent/gba/security_association.h"
#include "base/clock.h"
#include "base/secret.h"

#include <string_view>

namespace ut::control {

// {"naf", "ua_protocol_id", "key_kind", "b_tid", "expires", "expires_in"} and, unless `key` is
// nullptr, as the last member "key": base64 of the 32 octets. No copy of it is outside of locked
// memory [KEY-4].
SecretBytes key_answer(const gba::SecurityAssociation& association, const gba::NafId& naf_id,
                       const gba::KsNaf* key, SteadyTime now);

}  // namespace ut::control
