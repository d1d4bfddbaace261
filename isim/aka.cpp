#include "isim/aka.h"

#include "isim/length_value.h"
#include "isim/status_word.h"

#include <optional>
#include <utility>

namespace ut::isim {
namespace {

constexpr std::uint8_t kAuthenticate = 0x88;
constexpr std::uint8_t kImsAkaContext = 0x81;
constexpr std::uint8_t kSuccess = 0xdb;
constexpr std::uint8_t kSynchronisationFailure = 0xdc;
constexpr std::size_t kMinRes = 4;
constexpr std::size_t kMaxRes = 16;
constexpr std::size_t kKc = 8;

std::unexpected<Error> malformed() {
  return fail(ErrorCode::card_answer_malformed, "AUTHENTICATE");
}

Result<AkaOutcome> decode_success(ByteView octets) {
  const auto res = take_length_value(octets);
  const auto ck_field = res ? take_length_value(octets) : std::nullopt;
  const auto ik_field = ck_field ? take_length_value(octets) : std::nullopt;
  if (!ik_field || res->size() < kMinRes || res->size() > kMaxRes) {
    return malformed();
  }
  auto ck = Ck::from(*ck_field);
  auto ik = Ik::from(*ik_field);
  if (!ck || !ik) {
    return malformed();
  }
  if (!octets.empty()) {  // TS 31.102 clause 7.1.2.1: Kc when service 27 is available
    const auto kc = take_length_value(octets);
    if (!kc || kc->size() != kKc || !octets.empty()) {
      return malformed();
    }
  }
  AkaSuccess success{Res{SecretBytes::copy_of(*res)}, *std::move(ck), *std::move(ik)};
  return AkaOutcome(std::move(success));
}

Result<AkaOutcome> decode_synchronisation_failure(ByteView octets) {
  const auto field = take_length_value(octets);
  const auto auts = field && octets.empty() ? Auts::from(*field) : std::nullopt;
  if (!auts) {
    return malformed();
  }
  return AkaOutcome(AkaSynchronisationFailure{*auts});
}

// The context or the instruction is not known to the application.
bool says_unsupported(StatusWord sw) {
  return sw == 0x9864 || sw == 0x6a81 || sw == 0x6a86 || sw == 0x6b00 || sw == 0x6d00;
}

}  // namespace

CommandApdu encode_authenticate(const Rand& rand, const Autn& autn) {
  CommandApdu command{0x00, kAuthenticate, 0x00, kImsAkaContext, {}, 256};
  command.data.reserve(2 + Rand::size + Autn::size);
  command.data.push_back(Rand::size);
  append(command.data, rand.view());
  command.data.push_back(Autn::size);
  append(command.data, autn.view());
  return command;
}

Result<AkaOutcome> decode_authenticate(StatusWord sw, ByteView data) {
  if (sw == 0x9862) {
    return AkaOutcome(AkaMacFailure{});
  }
  if (says_unsupported(sw)) {
    Error error = to_error(sw, "AUTHENTICATE");
    error.code = ErrorCode::card_aka_unsupported;
    return std::unexpected(std::move(error));
  }
  if (meaning_of(sw).kind != StatusKind::normal) {
    return std::unexpected(to_error(sw, "AUTHENTICATE"));
  }
  if (data.empty()) {
    return malformed();
  }
  const ByteView rest = data.subspan(1);
  if (data.front() == kSuccess) {
    return decode_success(rest);
  }
  if (data.front() == kSynchronisationFailure) {
    return decode_synchronisation_failure(rest);
  }
  return malformed();
}

Result<AkaOutcome> authenticate(CardSession& session, const Rand& rand, const Autn& autn) {
  TRY(const CardAnswer answer, session.exchange_with_pin(encode_authenticate(rand, autn)));
  return decode_authenticate(answer.sw, answer.data.expose());
}

}  // namespace ut::isim
