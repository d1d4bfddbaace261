#include "isim/soft/aka_algorithm.h"

#include <cstdlib>

namespace ut::isim::soft {

Sres sres_of(const Res& res) {
  const ByteView octets = res.octets.expose();
  if (octets.size() > 16) {
    std::abort();
  }
  Sres sres;
  for (std::size_t i = 0; i < octets.size(); ++i) {
    auto& to = sres.expose_mutable()[i % Sres::size];
    to = static_cast<std::uint8_t>(to ^ octets[i]);
  }
  return sres;
}

Kc kc_of(const Ck& ck, const Ik& ik) {
  Kc kc;
  for (const ByteView half : {ByteView(ck.expose().first<8>()), ByteView(ck.expose().last<8>()),
                              ByteView(ik.expose().first<8>()), ByteView(ik.expose().last<8>())}) {
    for (std::size_t i = 0; i < Kc::size; ++i) {
      auto& to = kc.expose_mutable()[i];
      to = static_cast<std::uint8_t>(to ^ half[i]);
    }
  }
  return kc;
}

}  // namespace ut::isim::soft
