#include "isim/aka.h"
#include "isim/apdu.h"
#include "isim/gba.h"
#include "isim/gsm.h"
#include "isim/http_digest.h"
#include "isim/tlv.h"
#include "isim/uicc_files.h"
#include "tests/fuzz/targets.h"

#include <algorithm>
#include <cstdlib>

namespace ut::fuzz {

// APDUs, BER-TLV, FCP and the answers to AUTHENTICATE.
void card_answers(ByteView input) {
  using namespace isim;
  if (const auto command = decode_command(input)) {
    // Read again, what is written is the same command.
    if (decode_command(encode(*command)) != *command) {
      std::abort();
    }
  }
  static_cast<void>(decode_fcp(input));
  if (const auto objects = read_tlvs(input)) {
    Bytes written;
    for (const Tlv& object : *objects) {
      append_tlv(written, object.tag, object.value);
    }
    const auto again = read_tlvs(written);
    if (!again || !std::ranges::equal(*again, *objects, [](const Tlv& a, const Tlv& b) {
          return a.tag == b.tag && std::ranges::equal(a.value, b.value);
        })) {
      std::abort();
    }
  }
  const auto response = decode_response(input);
  if (!response) {
    return;
  }
  for (const StatusWord sw : {StatusWord{0x9000}, response->sw}) {
    static_cast<void>(decode_authenticate(sw, response->data));
    static_cast<void>(decode_gba_bootstrapping(sw, response->data));
    static_cast<void>(decode_gba_derivation(sw, response->data));
    static_cast<void>(decode_http_digest(sw, response->data));
    static_cast<void>(decode_gsm(sw, response->data));
  }
}

}  // namespace ut::fuzz
