// What the contexts of AUTHENTICATE have in common (TS 31.103 clause 7.1, TS 31.102 clause 7.1).
#pragma once

#include "base/result.h"
#include "isim/aka_types.h"
#include "isim/apdu.h"

#include <cstdint>

namespace ut::isim::authenticate_command {

// P2: the key of the application and the context.
enum class Context : std::uint8_t {
  gsm = 0x80,          // USIM
  aka = 0x81,          // IMS AKA of the ISIM, 3G of the USIM
  http_digest = 0x82,  // ISIM
  gba = 0x84,
};

// Tags of the answers.
constexpr std::uint8_t kSuccess = 0xdb;
constexpr std::uint8_t kSynchronisationFailure = 0xdc;

constexpr StatusWord kIncorrectMac = 0x9862;

// 00 88 00 context Lc data 00. Aborts for data of more than 255 octets.
CommandApdu encode(Context context, Bytes data);

// Nothing when the data of the answer may be read: 9000 and 91xx. card_aka_unsupported when the
// application does not know the context or the instruction; otherwise the failure that `sw` is.
Result<void> check(StatusWord sw);

std::unexpected<Error> malformed();

// RES of 4 to 16 octets.
Result<Res> res_of(ByteView octets);

// 0E AUTS, what follows the tag DC.
Result<Auts> decode_auts(ByteView octets);

}  // namespace ut::isim::authenticate_command
