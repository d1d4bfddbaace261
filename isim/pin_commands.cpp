// CHANGE PIN and UNBLOCK PIN of a session.
#include "isim/card_session.h"
#include "isim/pin_form.h"
#include "isim/status_word.h"

#include <algorithm>
#include <array>

namespace ut::isim {
namespace {

constexpr std::uint8_t kChangePin = 0x24;
constexpr std::uint8_t kUnblockPin = 0x2c;
constexpr StatusWord kMethodBlocked = 0x6983;

}  // namespace

// CLA INS P1 P2 Lc and two fields, put together in locked memory: PIN and PUK never leave it
// [KEY-4].
Result<CardAnswer> CardSession::send_two_pins(std::uint8_t ins, ByteView first, ByteView second) {
  SecretBytes command(5 + 2 * kPinField);
  const auto octets = command.expose_mutable();
  std::ranges::fill(octets, std::uint8_t{0xff});
  const std::array<std::uint8_t, 5> header = {cla_for_channel(0x00, channel_), ins, 0x00,
                                              pin_reference(), 2 * kPinField};
  const auto fields = std::ranges::copy(header, octets.begin()).out;
  std::ranges::copy(first, fields);
  std::ranges::copy(second, fields + kPinField);
  return transmit(command.expose());
}

Result<void> CardSession::change_pin(const SecretBytes& new_pin) {
  if (!is_pin(new_pin.expose())) {
    return fail(ErrorCode::pin_malformed, "new PIN");
  }
  TRY_VOID(verify_pin());
  if (!pin_verified_) {
    // CHANGE PIN would spend a try nobody knows the number of.
    return fail(ErrorCode::pin_tries_unknown, "CHANGE PIN",
                "the PIN is disabled, or another program has verified it");
  }
  TRY(const CardAnswer answer, send_two_pins(kChangePin, options_.pin->expose(), new_pin.expose()));
  if (!executed(answer.sw)) {
    return std::unexpected(to_error(answer.sw, "CHANGE PIN"));
  }
  return {};
}

Result<std::optional<unsigned>> CardSession::puk_tries() {
  TRY(const CardAnswer answer, exchange({0x00, kUnblockPin, 0x00, pin_reference(), {}, {}}));
  if (meaning_of(answer.sw).kind == StatusKind::tries_left) {
    return std::optional<unsigned>(answer.sw & 0x0fU);
  }
  return answer.sw == kMethodBlocked ? std::optional<unsigned>(0U) : std::nullopt;
}

Result<void> CardSession::unblock_pin(const SecretBytes& puk, const SecretBytes& new_pin) {
  if (!is_puk(puk.expose())) {
    return fail(ErrorCode::input_malformed, "PUK", "a PUK has 8 decimal digits");
  }
  if (!is_pin(new_pin.expose())) {
    return fail(ErrorCode::pin_malformed, "new PIN");
  }
  TRY(const auto tries, puk_tries());
  if (!tries) {
    return fail(ErrorCode::pin_tries_unknown, "UNBLOCK PIN", "of the PUK");
  }
  if (*tries == 0) {
    return fail(ErrorCode::pin_blocked, "UNBLOCK PIN", "and so is the PUK, for good");
  }
  if (*tries < options_.min_pin_tries) {
    return fail(ErrorCode::pin_tries_low, "UNBLOCK PIN",
                std::to_string(*tries) + " left to the PUK");
  }
  TRY(const CardAnswer answer, send_two_pins(kUnblockPin, puk.expose(), new_pin.expose()));
  if (executed(answer.sw)) {
    pin_verified_ = true;
    return {};
  }
  Error error = to_error(answer.sw, "UNBLOCK PIN");
  if (meaning_of(answer.sw).kind == StatusKind::tries_left) {
    error.detail = "the PUK has " + std::to_string(answer.sw & 0x0f) + " tries left";
  }
  return std::unexpected(std::move(error));
}

}  // namespace ut::isim
