// The session as the toolkit's terminal (TS 102 221 clauses 7.4.2 and 11.2, TS 102 223). Its
// commands go on the basic channel.
#include "isim/card_session.h"
#include "isim/status_word.h"
#include "isim/toolkit.h"

#include <utility>

namespace ut::isim {
namespace {

constexpr std::uint8_t kToolkitClass = 0x80;
constexpr std::uint8_t kTerminalProfile = 0x10;
constexpr std::uint8_t kFetch = 0x12;
constexpr std::uint8_t kTerminalResponse = 0x14;

// Proactive commands answered in one session: a card that has one more each time is left to the
// next session, as others wait for the card, too.
constexpr int kMostProactive = 8;

}  // namespace

// A card forgets its terminal with each reset, whoever made it, and nothing tells of a reset that
// happened before this transaction: so every session says it.
Result<void> CardSession::become_terminal() {
  if (options_.refresh_listener == nullptr) {
    return {};
  }
  // A card that refuses it has no toolkit, and its commands work all the same.
  TRY_VOID(send({kToolkitClass, kTerminalProfile, 0, 0, terminal_profile(), {}}));
  return {};
}

Result<void> CardSession::answer_proactive() {
  if (options_.refresh_listener == nullptr) {
    return {};
  }
  for (int round = 0; round < kMostProactive && proactive_ && !reset_asked_; ++round) {
    TRY(const bool answered, answer_one());
    if (!answered) {
      break;
    }
  }
  return {};
}

// False when the card gives no command, or none that can be answered.
Result<bool> CardSession::answer_one() {
  constexpr std::uint32_t kAll = 256;
  const std::uint8_t octets = *std::exchange(proactive_, std::nullopt);
  TRY(const CardAnswer fetched,
      send({kToolkitClass, kFetch, 0, 0, {}, octets == 0 ? kAll : octets}));
  if (!executed(fetched.sw)) {
    return false;
  }
  const auto reply = judge_proactive(fetched.data.expose());
  if (!reply) {
    return false;
  }
  for (const Refresh& refresh : reply->refresh) {
    options_.refresh_listener->on_refresh(refresh);
    if (refresh.mode == RefreshMode::uicc_reset) {
      // The reset is the answer: no TERMINAL RESPONSE goes before it [M].
      reset_asked_ = true;
      return true;
    }
  }
  TRY_VOID(send({kToolkitClass,
                 kTerminalResponse,
                 0,
                 0,
                 terminal_response(reply->details, reply->result),
                 {}}));
  return true;
}

}  // namespace ut::isim
