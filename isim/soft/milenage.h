// Milenage (TS 35.206): the functions f1 to f5, f1* and f5* of AKA on AES-128.
#pragma once

#include "base/bytes.h"
#include "base/secret.h"
#include "isim/aka_types.h"
#include "isim/soft/sqn.h"
#include "tls/crypto/aes.h"

namespace ut::isim::soft {

struct KTag;
struct OpTag;
struct OpcTag;
struct AmfTag;
struct AkTag;
struct MacTag;
struct SresTag;
struct KcTag;
using K = SizedSecret<KTag, 16>;      // the subscriber's key
using Op = SizedSecret<OpTag, 16>;    // the operator's constant
using Opc = SizedSecret<OpcTag, 16>;  // OP bound to one K
using Amf = SizedBytes<AmfTag, 2>;
using Ak = SizedSecret<AkTag, 6>;
// MAC-A or MAC-S. Secret: the right MAC of a wrong AUTN would make a forged AUTN.
using Mac = SizedSecret<MacTag, 8>;
using Sres = SizedSecret<SresTag, 4>;
using Kc = SizedSecret<KcTag, 8>;

// OPc = OP xor AES_K(OP) (TS 35.206 clause 4.1).
Opc opc_of(const K& k, const Op& op);

// One subscriber's Milenage. The constants c1..c5 and r1..r5 are the standard's.
class Milenage {
 public:
  Milenage(const K& k, const Opc& opc);

  // f1: the network authentication code MAC-A.
  Mac f1(const Rand& rand, Sqn sqn, const Amf& amf) const;
  // f1*: the resynchronisation code MAC-S.
  Mac f1_star(const Rand& rand, Sqn sqn, const Amf& amf) const;

  // f2, f3, f4, f5 of one RAND; RES has 8 octets.
  struct Response {
    Res res;
    Ck ck;
    Ik ik;
    Ak ak;
  };
  Response f2345(const Rand& rand) const;
  // f5: the anonymity key alone.
  Ak f5(const Rand& rand) const;
  // f5*: the anonymity key of AUTS.
  Ak f5_star(const Rand& rand) const;

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

// c2 (TS 33.102 clause 6.8.1.2): SRES of the GSM context. RES of up to 16 octets, zero-padded,
// folded to 4.
Sres sres_of(const Res& res);
// c3 (TS 33.102 clause 6.8.1.2): Kc of the GSM context.
Kc kc_of(const Ck& ck, const Ik& ik);

}  // namespace ut::isim::soft
