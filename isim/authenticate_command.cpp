#include "isim/authenticate_command.h"

#include "isim/length_value.h"
#include "isim/status_word.h"

#include <cstddef>
#include <cstdlib>
#include <utility>

namespace ut::isim::authenticate_command {
namespace {

constexpr std::uint8_t kAuthenticate = 0x88;
constexpr std::size_t kMaxData = 255;
constexpr std::size_t kMinRes = 4;
constexpr std::size_t kMaxRes = 16;

// The context or the instruction is not known to the application.
bool says_unsupported(StatusWord sw) {
  return sw == 0x9864 || sw == 0x6a81 || sw == 0x6a86 || sw == 0x6b00 || sw == 0x6d00;
}

}  // namespace

CommandApdu encode(Context context, Bytes data) {
  if (data.size() > kMaxData) {
    std::abort();
  }
  return {0x00, kAuthenticate, 0x00, static_cast<std::uint8_t>(context), std::move(data), 256};
}

Result<void> check(StatusWord sw) {
  if (meaning_of(sw).kind == StatusKind::normal) {
    return {};
  }
  Error error = to_error(sw, "AUTHENTICATE");
  if (says_unsupported(sw)) {
    error.code = ErrorCode::card_aka_unsupported;
  }
  return std::unexpected(std::move(error));
}

std::unexpected<Error> malformed() {
  return fail(ErrorCode::card_answer_malformed, "AUTHENTICATE");
}

Result<Res> res_of(ByteView octets) {
  if (octets.size() < kMinRes || octets.size() > kMaxRes) {
    return malformed();
  }
  return Res{SecretBytes::copy_of(octets)};
}

Result<Auts> decode_auts(ByteView octets) {
  const auto field = take_length_value(octets);
  const auto auts = field && octets.empty() ? Auts::from(*field) : std::nullopt;
  if (!auts) {
    return malformed();
  }
  return *auts;
}

}  // namespace ut::isim::authenticate_command
