#include "isim/http_digest.h"

#include "isim/authenticate_command.h"
#include "isim/length_value.h"

#include <utility>

namespace ut::isim {
namespace {

constexpr std::size_t kMaxCommandData = 255;
constexpr std::size_t kMaxResponse = 64;  // SHA-512

}  // namespace

Result<CommandApdu> encode_http_digest(std::string_view realm, std::string_view nonce,
                                       std::string_view cnonce) {
  const std::size_t size = 3 + realm.size() + nonce.size() + cnonce.size();
  if (realm.empty() || nonce.empty() || cnonce.empty() || size > kMaxCommandData) {
    return fail(ErrorCode::input_malformed, "HTTP Digest",
                "realm, nonce and cnonce must have 1 to 252 octets together");
  }
  Bytes data;
  append_length_value(data, as_bytes(realm));
  append_length_value(data, as_bytes(nonce));
  append_length_value(data, as_bytes(cnonce));
  return authenticate_command::encode(authenticate_command::Context::http_digest, std::move(data));
}

Result<HttpDigestResponse> decode_http_digest(StatusWord sw, ByteView data) {
  TRY_VOID(authenticate_command::check(sw));
  if (data.empty() || data.front() != authenticate_command::kSuccess) {
    return authenticate_command::malformed();
  }
  ByteView rest = data.subspan(1);
  const auto field = take_length_value(rest);
  if (!field || !rest.empty() || field->empty() || field->size() > kMaxResponse) {
    return authenticate_command::malformed();
  }
  return HttpDigestResponse{SecretBytes::copy_of(*field)};
}

Result<HttpDigestResponse> http_digest(CardSession& session, std::string_view realm,
                                       std::string_view nonce, std::string_view cnonce) {
  TRY(const CommandApdu command, encode_http_digest(realm, nonce, cnonce));
  TRY(const CardAnswer answer, session.exchange_with_pin(command));
  return decode_http_digest(answer.sw, answer.data.expose());
}

}  // namespace ut::isim
