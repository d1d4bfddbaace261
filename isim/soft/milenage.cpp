#include "isim/soft/milenage.h"

#include <algorithm>
#include <array>

namespace ut::isim::soft {
namespace {

void xor_into(std::span<std::uint8_t> to, ByteView other) {
  for (std::size_t i = 0; i < to.size(); ++i) {
    to[i] = static_cast<std::uint8_t>(to[i] ^ other[i]);
  }
}

template <class Sized>
Sized part(ByteView block, std::size_t offset) {
  return *Sized::from(block.subspan(offset, Sized::size));
}

}  // namespace

Opc opc_of(const K& k, const Op& op) {
  Opc opc;
  crypto::Aes128(k.expose()).encrypt(op.expose(), opc.expose_mutable());
  xor_into(opc.expose_mutable(), op.expose());
  return opc;
}

Milenage::Milenage(const K& k, const Opc& opc) : aes_(k.expose()), opc_(opc.clone()) {}

Milenage::Block Milenage::temp(const Rand& rand) const {
  Block block = *Block::from(rand.view());
  xor_into(block.expose_mutable(), opc_.expose());
  aes_.encrypt(block.expose(), block.expose_mutable());
  return block;
}

Milenage::Block Milenage::out1(const Rand& rand, Sqn sqn, const Amf& amf) const {
  Block in1;
  const auto octets = in1.expose_mutable();
  const auto sqn_octets = sqn.octets();
  for (const std::size_t half : {std::size_t{0}, std::size_t{8}}) {
    std::ranges::copy(sqn_octets, octets.subspan(half).begin());
    std::ranges::copy(amf.view(), octets.subspan(half + 6).begin());
  }
  xor_into(octets, opc_.expose());
  // r1 = 64 bits, c1 = 0
  std::ranges::rotate(octets, octets.begin() + 8);
  xor_into(octets, temp(rand).expose());
  aes_.encrypt(in1.expose(), octets);
  xor_into(octets, opc_.expose());
  return in1;
}

Milenage::Block Milenage::out(const Block& temp, std::size_t rotation,
                              std::uint8_t constant) const {
  Block block = temp.clone();
  const auto octets = block.expose_mutable();
  xor_into(octets, opc_.expose());
  std::ranges::rotate(octets, octets.begin() + static_cast<std::ptrdiff_t>(rotation));
  octets[15] = static_cast<std::uint8_t>(octets[15] ^ constant);
  aes_.encrypt(block.expose(), octets);
  xor_into(octets, opc_.expose());
  return block;
}

Mac Milenage::f1(const Rand& rand, Sqn sqn, const Amf& amf) const {
  return part<Mac>(out1(rand, sqn, amf).expose(), 0);
}

Mac Milenage::f1_star(const Rand& rand, Sqn sqn, const Amf& amf) const {
  return part<Mac>(out1(rand, sqn, amf).expose(), 8);
}

Milenage::Response Milenage::f2345(const Rand& rand) const {
  const Block temp_block = temp(rand);
  const Block out2 = out(temp_block, 0, 1);
  const Block out3 = out(temp_block, 4, 2);
  const Block out4 = out(temp_block, 8, 4);
  return {.res = {SecretBytes::copy_of(out2.expose().subspan<8>())},
          .ck = part<Ck>(out3.expose(), 0),
          .ik = part<Ik>(out4.expose(), 0),
          .ak = part<Ak>(out2.expose(), 0)};
}

Ak Milenage::f5_star(const Rand& rand) const {
  return part<Ak>(out(temp(rand), 12, 8).expose(), 0);
}

}  // namespace ut::isim::soft
