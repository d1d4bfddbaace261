#include "isim/gsm.h"

#include "isim/authenticate_command.h"
#include "isim/length_value.h"

#include <utility>

namespace ut::isim {

CommandApdu encode_gsm(const Rand& rand) {
  Bytes data;
  append_length_value(data, rand.view());
  return authenticate_command::encode(authenticate_command::Context::gsm, std::move(data));
}

Result<GsmResponse> decode_gsm(StatusWord sw, ByteView data) {
  TRY_VOID(authenticate_command::check(sw));
  const auto sres_field = take_length_value(data);
  const auto kc_field = sres_field ? take_length_value(data) : std::nullopt;
  if (!kc_field || !data.empty()) {
    return authenticate_command::malformed();
  }
  auto sres = GsmSres::from(*sres_field);
  auto kc = GsmKc::from(*kc_field);
  if (!sres || !kc) {
    return authenticate_command::malformed();
  }
  return GsmResponse{*std::move(sres), *std::move(kc)};
}

Result<GsmResponse> gsm_authenticate(CardSession& session, const Rand& rand) {
  TRY(const CardAnswer answer, session.exchange_with_pin(encode_gsm(rand)));
  return decode_gsm(answer.sw, answer.data.expose());
}

}  // namespace ut::isim
