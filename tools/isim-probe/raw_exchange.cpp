#include "tools/isim-probe/raw_exchange.h"

#include "base/encoding.h"
#include "isim/pin_form.h"
#include "isim/status_word.h"

#include <algorithm>
#include <array>

namespace ut::probe {
namespace {

constexpr std::uint8_t kGetResponse = 0xc0;
constexpr int kMostAnswers = 64;
constexpr std::size_t kLongestHeader = 5;

std::optional<unsigned> digit(char c) {
  if (c >= '0' && c <= '9') {
    return static_cast<unsigned>(c - '0');
  }
  const char lower = static_cast<char>(c | 0x20);
  return lower >= 'a' && lower <= 'f' ? std::optional(static_cast<unsigned>(lower - 'a') + 10U)
                                      : std::nullopt;
}

}  // namespace

std::optional<SecretBytes> octets_of(std::string_view text) {
  SecretBytes octets(text.size() / 2);
  std::size_t size = 0;
  std::optional<unsigned> high;
  for (const char c : text) {
    if (c == ' ' || c == ':' || c == '\t' || c == '\r') {
      if (high) {
        return std::nullopt;
      }
      continue;
    }
    const auto value = digit(c);
    if (!value) {
      return std::nullopt;
    }
    if (high) {
      octets.expose_mutable()[size++] = static_cast<std::uint8_t>(*high << 4 | *value);
      high.reset();
    } else {
      high = value;
    }
  }
  if (high) {
    return std::nullopt;
  }
  return SecretBytes::copy_of(octets.expose().first(size));
}

bool spends_try(ByteView command) {
  if (command.size() < 2) {
    return false;
  }
  // 00 20 00 01 and 00 20 00 01 00 ask for the tries only.
  const bool asks = command.size() == 4 || (command.size() == kLongestHeader && command[4] == 0);
  return isim::is_pin_command(command[1]) && !asks;
}

Result<RawAnswer> RawExchange::send(ByteView command) {
  if (command.size() < 4) {
    return fail(ErrorCode::input_malformed, "command APDU", "CLA INS P1 P2 are 4 octets");
  }
  if (spends_try(command) && !options_.allow_pin_commands) {
    return fail(ErrorCode::input_malformed, "command APDU",
                "not sent, as it may spend a try of a PIN: use 'isim-probe pin', or "
                "--allow-pin-commands");
  }
  RawAnswer answer;
  std::vector<SecretBytes> parts;
  SecretBytes next = SecretBytes::copy_of(command);
  for (int round = 0; round < kMostAnswers; ++round) {
    TRY(const SecretBytes octets, transport_.transmit(next.expose()));
    const ByteView view = octets.expose();
    if (view.size() < 2) {
      return fail(ErrorCode::card_transport, "response APDU");
    }
    auto shown = masker_.mask(next.expose(), view);
    answer.sw = static_cast<isim::StatusWord>(view[view.size() - 2] << 8 | view.back());
    answer.hidden = answer.hidden || shown.masked;
    if (round == 0) {
      answer.command = std::move(shown.command);
    }
    parts.push_back(SecretBytes::copy_of(shown.answer.expose().first(view.size() - 2)));
    const auto kind = isim::meaning_of(answer.sw).kind;
    const auto sw2 = static_cast<std::uint8_t>(answer.sw & 0xff);
    if (options_.plain) {
      break;
    }
    if (kind == isim::StatusKind::more_data) {
      const std::array<std::uint8_t, 5> get_response = {command[0], kGetResponse, 0, 0, sw2};
      next = SecretBytes::copy_of(get_response);
    } else if (kind == isim::StatusKind::wrong_length && round == 0 && command.size() >= 5) {
      // Le is the last octet of cases 2 and 4; of case 1 with P3 = 00, too.
      const bool has_le = command.size() == 5 || command.size() == 6U + command[4];
      SecretBytes again(command.size() + (has_le ? 0U : 1U));
      std::ranges::copy(command, again.expose_mutable().begin());
      again.expose_mutable().back() = sw2;
      next = std::move(again);
    } else {
      break;
    }
  }
  unlocked_ = unlocked_ || (spends_try(command) && isim::executed(answer.sw));
  std::size_t size = 0;
  for (const SecretBytes& part : parts) {
    size += part.size();
  }
  answer.data = SecretBytes(size);
  auto to = answer.data.expose_mutable().begin();
  for (const SecretBytes& part : parts) {
    to = std::ranges::copy(part.expose(), to).out;
  }
  return answer;
}

}  // namespace ut::probe
