// The functions f1 to f5, f1* and f5* of AKA (TS 33.102 clause 6.3), whichever algorithm computes
// them.
#pragma once

#include "base/bytes.h"
#include "base/secret.h"
#include "isim/aka_types.h"
#include "isim/soft/sqn.h"

namespace ut::isim::soft {

struct AmfTag;
struct AkTag;
struct MacTag;
struct SresTag;
struct KcTag;
using Amf = SizedBytes<AmfTag, 2>;
using Ak = SizedSecret<AkTag, 6>;
// MAC-A or MAC-S. Secret: the right MAC of a wrong AUTN would make a forged AUTN.
using Mac = SizedSecret<MacTag, 8>;
using Sres = SizedSecret<SresTag, 4>;
using Kc = SizedSecret<KcTag, 8>;

// The algorithm of one subscriber, with K and the operator's constant in it.
class AkaAlgorithm {
 public:
  virtual ~AkaAlgorithm() = default;

  // f1: the network authentication code MAC-A.
  virtual Mac f1(const Rand& rand, Sqn sqn, const Amf& amf) const = 0;
  // f1*: the resynchronisation code MAC-S.
  virtual Mac f1_star(const Rand& rand, Sqn sqn, const Amf& amf) const = 0;

  // f2, f3, f4, f5 of one RAND; RES has 4 to 16 octets.
  struct Response {
    Res res;
    Ck ck;
    Ik ik;
    Ak ak;
  };
  virtual Response f2345(const Rand& rand) const = 0;
  // f5*: the anonymity key of AUTS.
  virtual Ak f5_star(const Rand& rand) const = 0;

 protected:
  AkaAlgorithm() = default;
  AkaAlgorithm(AkaAlgorithm&&) = default;
  AkaAlgorithm& operator=(AkaAlgorithm&&) = default;
};

// c2 (TS 33.102 clause 6.8.1.2): SRES of the GSM context. RES of up to 16 octets, zero-padded,
// folded to 4.
Sres sres_of(const Res& res);
// c3 (TS 33.102 clause 6.8.1.2): Kc of the GSM context.
Kc kc_of(const Ck& ck, const Ik& ik);

}  // namespace ut::isim::soft
