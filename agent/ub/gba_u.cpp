#include "agent/ub/gba_u.h"

#include "agent/gba/bootstrapping_info.h"

#include <algorithm>
#include <utility>

namespace ut::ub {
namespace {

// base64(RAND)@BSF and "2030-01-01T00:00:00Z": what a usual BSF gives (TS 33.220 clause 4.5.2).
constexpr std::size_t kUsualBTid = 24 + 1;
constexpr std::size_t kUsualLifetime = 20;

// Why the card cannot do GBA_U; nullopt when it can.
std::optional<Error> obstacle_to_gba_u(const isim::Identity& identity, const CardGba& card,
                                       std::string_view bsf) {
  if (!isim::offers_gba(identity) || card.unsupported) {
    return Error{ErrorCode::ub_gba_u_unsupported, "service table"};
  }
  const std::size_t needed =
      std::max(card.needed, isim::gbabp_size(kUsualBTid + bsf.size(), kUsualLifetime));
  if (card.room < needed) {
    return Error{ErrorCode::ub_gba_u_no_room,
                 "EF_GBABP",
                 {},
                 std::to_string(card.room) + " octets, " + std::to_string(needed) + " are needed"};
  }
  return std::nullopt;
}

}  // namespace

Result<ContextPlan> plan_contexts(GbaMode mode, const isim::Identity& identity, const CardGba& card,
                                  std::string_view bsf) {
  using enum AuthenticateContext;
  auto obstacle = obstacle_to_gba_u(identity, card, bsf);
  ContextPlan plan;
  switch (mode) {
    case GbaMode::u:
      if (obstacle) {
        return std::unexpected(*std::move(obstacle));
      }
      plan.contexts = {gba};
      plan.refused = {ErrorCode::ub_gba_me_wanted, "AUTHENTICATE"};
      return plan;
    case GbaMode::me:
      plan.contexts = {ims_aka};
      if (!obstacle || obstacle->code == ErrorCode::ub_gba_u_no_room) {
        plan.refused = {ErrorCode::ub_gba_u_wanted, "AUTHENTICATE"};
      }
      return plan;
    case GbaMode::automatic:
      break;
  }
  if (!obstacle) {
    plan.contexts = {gba, ims_aka};
    if (card.network == ims_aka) {
      std::ranges::reverse(plan.contexts);
    }
    return plan;
  }
  plan.contexts = {ims_aka};
  if (obstacle->code == ErrorCode::ub_gba_u_no_room) {
    plan.refused = *std::move(obstacle);
  }
  return plan;
}

gba::Parsed<CardAssociation> read_card_association(
    const std::optional<isim::GbaBootstrapping>& stored, std::chrono::seconds max_lifetime,
    UtcTime now) {
  if (!stored) {
    return std::unexpected("never written, or malformed");
  }
  const auto rand = isim::Rand::from(stored->rand);
  if (!rand) {
    return std::unexpected("no RAND");
  }
  if (!gba::is_b_tid(stored->b_tid)) {
    return std::unexpected("no B-TID that can be used");
  }
  const auto lifetime = gba::parse_utc_date_time(stored->key_lifetime);
  if (!lifetime) {
    return std::unexpected("no key lifetime in UTC");
  }
  if (*lifetime <= now) {
    return std::unexpected("the key lifetime is over");
  }
  return CardAssociation{*rand, stored->b_tid, std::min(*lifetime - now, max_lifetime)};
}

}  // namespace ut::ub
