// TUAK (TS 35.231): the functions f1 to f5, f1* and f5* of AKA on the permutation Keccak-f[1600].
#pragma once

#include "base/bytes.h"
#include "base/secret.h"
#include "isim/aka_types.h"
#include "isim/soft/aka_algorithm.h"
#include "isim/soft/sqn.h"

#include <cstddef>
#include <cstdint>

namespace ut::isim::soft {

struct TopTag;
struct TopcTag;
using Top = SizedSecret<TopTag, 32>;    // the operator's constant
using Topc = SizedSecret<TopcTag, 32>;  // TOP bound to one K

// Octets of what the functions give; each may be one of the sizes named (TS 35.231 clause 5).
struct TuakSizes {
  std::size_t mac = 8;  // 8, 16, 32
  std::size_t res = 8;  // 4, 8, 16, 32
  std::size_t ck = 16;  // 16, 32
  std::size_t ik = 16;  // 16, 32
};

// TOPc of TOP and K (TS 35.231 clause 6.1). K has 16 or 32 octets, `iterations` (of the
// permutation) is at least 1; else it aborts.
Topc topc_of(ByteView k, const Top& top, unsigned iterations);

// The functions with every size that TUAK has.
class TuakFunctions {
 public:
  // K has 16 or 32 octets, `iterations` is at least 1, the sizes are TUAK's; else it aborts.
  TuakFunctions(SecretBytes k, Topc topc, const TuakSizes& sizes, unsigned iterations);

  // sizes.mac octets each.
  SecretBytes f1(const Rand& rand, Sqn sqn, const Amf& amf) const;
  SecretBytes f1_star(const Rand& rand, Sqn sqn, const Amf& amf) const;

  struct Response {
    SecretBytes res;
    SecretBytes ck;
    SecretBytes ik;
    Ak ak;
  };
  Response f2345(const Rand& rand) const;
  Ak f5_star(const Rand& rand) const;

 private:
  SecretBytes mac(std::uint8_t function, const Rand& rand, Sqn sqn, const Amf& amf) const;

  SecretBytes k_;
  Topc topc_;
  TuakSizes sizes_;
  unsigned iterations_;
};

// One subscriber's TUAK with the sizes that AKA carries: MAC of 8 octets, CK and IK of 16.
class Tuak final : public AkaAlgorithm {
 public:
  // K of 16 or 32 octets, RES of 4, 8 or 16; else it aborts. 1 iteration is TUAK's default.
  Tuak(SecretBytes k, Topc topc, std::size_t res_size, unsigned iterations);

  Mac f1(const Rand& rand, Sqn sqn, const Amf& amf) const override;
  Mac f1_star(const Rand& rand, Sqn sqn, const Amf& amf) const override;
  Response f2345(const Rand& rand) const override;
  Ak f5_star(const Rand& rand) const override;

 private:
  TuakFunctions functions_;
};

}  // namespace ut::isim::soft
