// TMPI, the temporary identity that hides the IMPI in the next bootstrapping run (TS 33.220 annex
// B.4) [UB-8 KEY-1].
#pragma once

#include "agent/gba/kdf.h"
#include "agent/gba/naf_id.h"

#include <optional>
#include <string>
#include <string_view>

namespace ut::gba {

// BSF_Id: the domain name in the B-TID and the Ua security protocol 01 00 00 01 00. It has the form
// of a NAF_Id, so that a card can make the key too. nullopt when the B-TID ends in no host name.
std::optional<NafId> bsf_id(std::string_view b_tid);

// The TMPI of a run, from the key that Ks gives for its BSF_Id: an NAI of 57 characters.
std::string tmpi(const KsNaf& key_of_bsf_id);

}  // namespace ut::gba
