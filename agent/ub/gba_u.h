// What is decided about GBA_U: in which context of the card a challenge is answered, and whether
// what the card holds is taken up (TS 33.220 clause 5 and annex G) [UB-7]. Pure.
#pragma once

#include "agent/gba/parsed.h"
#include "agent/ub/config.h"
#include "base/clock.h"
#include "base/result.h"
#include "isim/aka_types.h"
#include "isim/gba_files.h"
#include "isim/identity.h"

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace ut::ub {

// Of AUTHENTICATE: IMS AKA, where CK and IK leave the card, or GBA, where they stay as Ks.
enum class AuthenticateContext : std::uint8_t { ims_aka, gba };

// What runs have learnt about the subscriber's card. It is forgotten when the card goes.
struct CardGba {
  bool read = false;         // EF_GBABP was read
  std::size_t room = 0;      // octets of EF_GBABP
  std::size_t needed = 0;    // octets that a bootstrapping took that the card did not store
  bool unsupported = false;  // the card refused the GBA context, whatever its service table says
  // The context of the network's last challenge that the card accepted.
  std::optional<AuthenticateContext> network{};
};

struct ContextPlan {
  // One or two, in the order in which a challenge is tried. Another one is tried only when the card
  // finds the MAC wrong, which costs the network nothing and moves no sequence number.
  std::vector<AuthenticateContext> contexts{};
  Error refused{ErrorCode::ub_network_authentication_failed, "AUTHENTICATE"};  // the MAC was wrong
};

// How the setting and the card let a challenge of the BSF of this name be answered.
// ub_gba_u_unsupported and ub_gba_u_no_room where GBA_U alone is allowed and cannot be: nothing has
// been asked of the BSF then.
Result<ContextPlan> plan_contexts(GbaMode mode, const isim::Identity& identity, const CardGba& card,
                                  std::string_view bsf);

// What an agent that starts anew takes up from EF_GBABP.
struct CardAssociation {
  isim::Rand rand;
  std::string b_tid;
  std::chrono::seconds remaining{};  // of the key lifetime by this machine's clock
  bool operator==(const CardAssociation&) const = default;
};

// What is wrong when the card holds no association that can be used: never written, malformed,
// over. The key lifetime is the BSF's, cut to `max_lifetime`, so that a clock that is
// wrong by years does not make a key live longer than that.
gba::Parsed<CardAssociation> read_card_association(
    const std::optional<isim::GbaBootstrapping>& stored, std::chrono::seconds max_lifetime,
    UtcTime now);

}  // namespace ut::ub
