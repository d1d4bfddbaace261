// Milenage (TS 35.206): the functions f1 to f5, f1* and f5* of AKA on AES-128.
#pragma once

#include "base/bytes.h"
#include "base/secret.h"
#include "isim/aka_types.h"
#include "isim/soft/aka_algorithm.h"
#include "isim/soft/sqn.h"
#include "tls/crypto/aes.h"

namespace ut::isim::soft {

struct KTag;
struct OpTag;
struct OpcTag;
using K = SizedSecret<KTag, 16>;      // the subscriber's key
using Op = SizedSecret<OpTag, 16>;    // the operator's constant
using Opc = SizedSecret<OpcTag, 16>;  // OP bound to one K

// OPc = OP xor AES_K(OP) (TS 35.206 clause 4.1).
Opc opc_of(const K& k, const Op& op);

// One subscriber's Milenage. The constants c1..c5 and r1..r5 are the standard's.
class Milenage final : public AkaAlgorithm {
 public:
  Milenage(const K& k, const Opc& opc);

  Mac f1(const Rand& rand, Sqn sqn, const Amf& amf) const override;
  Mac f1_star(const Rand& rand, Sqn sqn, const Amf& amf) const override;
  // RES has 8 octets.
  Response f2345(const Rand& rand) const override;
  Ak f5_star(const Rand& rand) const override;

 private:
  struct BlockTag;
  using Block = SizedSecret<BlockTag, 16>;

  Block temp(const Rand& rand) const;
  Block out1(const Rand& rand, Sqn sqn, const Amf& amf) const;
  // OUT2 to OUT5: AES_K(rot(TEMP xor OPc, `rotation` octets) xor `constant`) xor OPc.
  Block out(const Block& temp, std::size_t rotation, std::uint8_t constant) const;

  crypto::Aes128 aes_;
  Opc opc_;
};

}  // namespace ut::isim::soft
