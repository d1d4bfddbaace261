#include "agent/gba/aka_nonce.h"

#include "base/encoding.h"

namespace ut::gba {

Parsed<AkaNonce> decode_aka_nonce(std::string_view nonce) {
  const auto octets = from_base64(nonce);
  if (!octets) {
    return std::unexpected("the nonce is not base64");
  }
  const ByteView view = *octets;
  if (view.size() < isim::Rand::size + isim::Autn::size) {
    return std::unexpected("the nonce is too short for RAND and AUTN");
  }
  return AkaNonce{*isim::Rand::from(view.first(isim::Rand::size)),
                  *isim::Autn::from(view.subspan(isim::Rand::size, isim::Autn::size)),
                  to_bytes(view.subspan(isim::Rand::size + isim::Autn::size))};
}

std::string auts_parameter(const isim::Auts& auts) {
  return to_base64(auts.view());
}

}  // namespace ut::gba
