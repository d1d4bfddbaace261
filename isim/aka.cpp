#include "isim/aka.h"

#include "isim/authenticate_command.h"
#include "isim/length_value.h"

#include <optional>
#include <utility>

namespace ut::isim {
namespace {

constexpr std::size_t kKc = 8;

using authenticate_command::malformed;

Result<AkaOutcome> decode_success(ByteView octets) {
  const auto res = take_length_value(octets);
  const auto ck_field = res ? take_length_value(octets) : std::nullopt;
  const auto ik_field = ck_field ? take_length_value(octets) : std::nullopt;
  if (!ik_field) {
    return malformed();
  }
  TRY(Res checked_res, authenticate_command::res_of(*res));
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
  AkaSuccess success{std::move(checked_res), *std::move(ck), *std::move(ik)};
  return AkaOutcome(std::move(success));
}

}  // namespace

CommandApdu encode_authenticate(const Rand& rand, const Autn& autn) {
  Bytes data;
  data.reserve(2 + Rand::size + Autn::size);
  append_length_value(data, rand.view());
  append_length_value(data, autn.view());
  return authenticate_command::encode(authenticate_command::Context::aka, std::move(data));
}

Result<AkaOutcome> decode_authenticate(StatusWord sw, ByteView data) {
  if (sw == authenticate_command::kIncorrectMac) {
    return AkaOutcome(AkaMacFailure{});
  }
  TRY_VOID(authenticate_command::check(sw));
  if (data.empty()) {
    return malformed();
  }
  const ByteView rest = data.subspan(1);
  if (data.front() == authenticate_command::kSuccess) {
    return decode_success(rest);
  }
  if (data.front() == authenticate_command::kSynchronisationFailure) {
    TRY(const Auts auts, authenticate_command::decode_auts(rest));
    return AkaOutcome(AkaSynchronisationFailure{auts});
  }
  return malformed();
}

Result<AkaOutcome> authenticate(CardSession& session, const Rand& rand, const Autn& autn) {
  TRY(const CardAnswer answer, session.exchange_with_pin(encode_authenticate(rand, autn)));
  return decode_authenticate(answer.sw, answer.data.expose());
}

}  // namespace ut::isim
