// AUTHENTICATE of the ISIM in the HTTP Digest context (TS 31.103 clause 7.1): the card holds the
// password and makes the session key of it [IS-5].
#pragma once

#include "base/result.h"
#include "base/secret.h"
#include "isim/card_session.h"

#include <string_view>

namespace ut::isim {

// What the card computed: H(A1) of MD5-sess for its user name and password [M].
struct HttpDigestResponse {
  SecretBytes octets{};  // 1 to 64
};

// 00 88 00 82 Lc Lrealm realm Lnonce nonce Lcnonce cnonce 00 [M]. input_malformed when a field is
// empty or all do not fit into 255 octets.
Result<CommandApdu> encode_http_digest(std::string_view realm, std::string_view nonce,
                                       std::string_view cnonce);

// DB Lresponse response. card_aka_unsupported when the application does not know the context;
// card_answer_malformed for other data; otherwise the failure that the status word is.
Result<HttpDigestResponse> decode_http_digest(StatusWord sw, ByteView data);

// Runs it on the application that `session` has selected; the PIN is verified when the card asks
// for it.
Result<HttpDigestResponse> http_digest(CardSession& session, std::string_view realm,
                                       std::string_view nonce, std::string_view cnonce);

}  // namespace ut::isim
